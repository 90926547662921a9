"""The rules of groups that can be broken."""

from http import HTTPStatus

from quizapp.errors import NotFound, QuizError
from quizapp.i18n import lazy_gettext as _l


class CohortNotFound(NotFound):
    """No such group, member or invitation, or another programme's."""


class CodeUnknown(QuizError):
    """Mistyped, run out or replaced: which of them is nobody's business who does not have the right code."""

    status = HTTPStatus.NOT_FOUND
    code = "code_unknown"
    title = _l("That code does not work")
    text = _l(
        "Please compare it with the one you were given. Codes run out after a while and can be replaced: "
        "your trainer can give you a new one."
    )


class CohortClosed(QuizError):
    """An archived group takes nobody in."""

    status = HTTPStatus.GONE
    code = "cohort_closed"
    title = _l("This group is closed")
    text = _l("It takes no new members. Ask your trainer which group is open.")


class InvitationDead(QuizError):
    """It was used or withdrawn, is too old, or is not ours."""

    status = HTTPStatus.GONE
    code = "invitation_dead"
    title = _l("This invitation no longer works")
    text = _l("Invitations work once, for two weeks. Ask the people who invited you for a new one.")
