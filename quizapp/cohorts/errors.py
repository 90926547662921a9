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


class SittingNotFound(NotFound):
    """No such sitting, or not for this person, or another programme's."""


class SittingNotOpen(QuizError):
    """It cannot be started now: not open yet, over, called off, or no attempt is left."""

    status = HTTPStatus.CONFLICT
    code = "sitting_not_open"
    title = _l("This cannot be started now")
    text = _l("Its page says when it is open and how often it can be started.")


class OtherMockOpen(QuizError):
    """The learner has an open mock of the same exam that is not of this sitting."""

    status = HTTPStatus.CONFLICT
    code = "other_mock_open"
    title = _l("You have another one of these exams open")
    text = _l("Hand that one in first. Then this one can be started.")


class TooMuchTime(QuizError):
    """More would be added, in all, than a sitting allows."""

    code = "too_much_time"
    title = _l("That is too much time")
    text = _l("In all, at most 240 minutes and 100 percent can be added.")


class CannotUndo(QuizError):
    """Somebody has worked past the end that would come back."""

    status = HTTPStatus.CONFLICT
    code = "cannot_undo"
    title = _l("That can no longer be undone")
    text = _l("Somebody has already used the time that was added.")


class SittingFixed(QuizError):
    """Somebody has begun it, or it is over: what would change its rules stays as it is."""

    status = HTTPStatus.CONFLICT
    code = "sitting_fixed"
    title = _l("That can no longer be changed")
    text = _l("Somebody has started this sitting, or it is over. Its rules stay as they were.")
