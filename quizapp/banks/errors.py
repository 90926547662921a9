"""What can be wrong with content when a page needs it."""

from http import HTTPStatus

from quizapp.errors import QuizError
from quizapp.i18n import lazy_gettext as _l


class NothingLoaded(QuizError):
    """No bank was ever synced into this database."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "nothing_loaded"
    title = _l("The question bank is not loaded yet")
    text = _l("The people who run this site load it with the command quizapp bank sync.")
