"""The rules of accounts that can be broken."""

from http import HTTPStatus

from quizapp.errors import QuizError
from quizapp.i18n import lazy_gettext as _l


class LinkDead(QuizError):
    """The link in a mail was used, is too old, or is not ours."""

    status = HTTPStatus.GONE
    code = "link_dead"
    title = _l("This link no longer works")
    text = _l("Links in our mails work once and for a short time. You can ask for a new one.")


class NoManagerLeft(QuizError):
    """The last person who may manage a programme would lose that right."""

    status = HTTPStatus.CONFLICT
    code = "no_manager_left"
    title = _l("Somebody has to look after this programme")
    text = _l("First make another person a trainer or coordinator. Nothing was changed.")


class OwnAccount(QuizError):
    """An admin tried to shut themselves out."""

    code = "own_account"
    title = _l("That is your own account")
    text = _l("Ask another admin to do this, so that nobody is locked out by mistake.")
