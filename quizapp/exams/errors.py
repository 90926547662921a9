"""The rules of attempts that can be broken."""

from http import HTTPStatus

from quizapp.errors import NotFound, QuizError
from quizapp.i18n import lazy_gettext as _l


class AttemptNotFound(NotFound):
    """No such attempt or position, or another learner's."""


class AttemptClosed(QuizError):
    """It was handed in, or its time has passed."""

    status = HTTPStatus.GONE
    code = "closed"
    title = _l("This exam is closed")
    text = _l("What was saved in time counts. You can open the results from your home page.")


class NotFinished(QuizError):
    """Results are asked for before handing in."""

    status = HTTPStatus.NOT_FOUND
    code = "not_finished"
    title = _l("There is no result yet")
    text = _l("Hand in first; then the result is here.")


class NothingToPractise(QuizError):
    """No item matches, or an open mock holds them all back."""

    code = "nothing_to_practise"
    title = _l("There is nothing to practise here yet")
    text = _l("There is nothing to practise on that topic right now. An open mock exam may hold it back.")


class BankTooSmall(QuizError):
    """The bank cannot fill the blueprint."""

    status = HTTPStatus.CONFLICT
    code = "bank_too_small"
    title = _l("This mock exam cannot be put together yet")
    text = _l("The question bank has too few items for it. Please choose another one.")
