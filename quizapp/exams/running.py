"""What pages of a running mock share: staying signed in, the way to a break, the page of what is closed."""

from flask import Response, render_template, url_for

from quizapp import clock, db
from quizapp.accounts import login
from quizapp.accounts.access import viewer
from quizapp.core.deadline import Timing, closes_at, is_timed
from quizapp.exams import queries
from quizapp.exams.errors import AttemptClosed


def stay_signed_in(timing: Timing) -> None:
    """A running timed mock never signs out: not before its deadline and grace."""
    if is_timed(timing):
        login.keep_signed_in_until(closes_at(timing))


def break_url(attempt_id: int, after: int | None) -> str:
    """The page of a break. It names the item before it: an old page must not lead to the next break."""
    return url_for("breaks.page", attempt_id=attempt_id, after=after)


def closed_page(attempt_id: int, *, came_late: bool = False, is_over: bool = False) -> Response:
    """The calm page of an attempt whose time has passed, or of an item that a break has closed.

    Showing it writes nothing.

    :param is_over: whether it is about the time, though answers may still arrive within the grace.
    """
    mock = queries.own_mock(db.session, viewer().id, attempt_id)
    is_running = not is_over and mock.arrival(clock.now()) != "closed"
    page = render_template("exams/closed.html", mock=mock, came_late=came_late, is_running=is_running)
    return Response(page, AttemptClosed.status)
