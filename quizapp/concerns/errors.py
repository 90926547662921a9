"""The rules of reports that can be broken."""

from http import HTTPStatus

from quizapp.errors import NotFound, QuizError
from quizapp.i18n import lazy_gettext as _l


class ConcernNotFound(NotFound):
    """No such report, or someone else's."""


class ItemNotReportable(NotFound):
    """Not an item that this learner has seen with its rationale, or one that a running exam holds."""


class TooManyConcerns(QuizError):
    """A day's worth is sent."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "too_many_reports"
    title = _l("That is enough for today")
    text = _l("You sent as many reports as one person can send in a day. Please send this one tomorrow.")


class ConcernSettled(QuizError):
    """Staff have answered or closed it, so it stays as it is."""

    status = HTTPStatus.CONFLICT
    code = "report_settled"
    title = _l("This report stays as it is")
    text = _l("It was looked at meanwhile.")


class ConcernChanged(QuizError):
    """It is not as it was when the page was made."""

    status = HTTPStatus.CONFLICT
    code = "report_changed"
    title = _l("The report has changed")
    text = _l("Nothing was changed by you. Here it is as it is now.")
