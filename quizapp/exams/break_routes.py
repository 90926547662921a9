"""Pages of the breaks in a mock exam: offering one, and the time until it ends."""

from datetime import timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quizapp import clock, db
from quizapp.accounts.access import viewer
from quizapp.core.breaks import begin
from quizapp.core.deadline import closes_at, deadline, ends_early, is_timed, seconds_left
from quizapp.exams import pausing, queries
from quizapp.exams.forms import whole_number
from quizapp.exams.palette import read_palette
from quizapp.exams.queries import OpenMock
from quizapp.exams.running import break_url, closed_page, stay_signed_in

bp = Blueprint("breaks", __name__, url_prefix="/attempts/<int:attempt_id>/break")


@bp.get("")
def page(attempt_id: int) -> ResponseReturnValue:
    """The break that runs or comes next; the exam, once the one that was asked for is behind."""
    now = clock.now()
    mock = queries.own_mock(db.session, viewer().id, attempt_id)
    if mock.submitted_at is not None:
        return redirect(url_for("exams.results", attempt_id=attempt_id), 303)
    if mock.arrival(now) == "closed":
        return closed_page(attempt_id)
    if mock.is_on_break(now):
        return _running_page(mock)
    is_behind = 0 < whole_number(request.args.get("after")) <= mock.stage.closed_through
    if mock.next_break is None or is_behind:
        return redirect(url_for("exams.resume", attempt_id=attempt_id), 303)
    return _offer_page(mock)


@bp.post("/take")
def take(attempt_id: int) -> ResponseReturnValue:
    now, after = clock.now(), whole_number(request.form.get("after"))
    mock = queries.own_mock(db.session, viewer().id, attempt_id)
    if mock.submitted_at is None and mock.arrival(now) != "in_time":
        return closed_page(attempt_id, is_over=True)
    pausing.take_break(db.session, mock, after, now)
    db.session.commit()
    return redirect(break_url(attempt_id, after or None), 303)


@bp.post("/pass-over")
def pass_over(attempt_id: int) -> ResponseReturnValue:
    now, after = clock.now(), whole_number(request.form.get("after"))
    mock = queries.own_mock(db.session, viewer().id, attempt_id)
    if mock.submitted_at is None and mock.arrival(now) == "closed":
        return closed_page(attempt_id)
    pausing.pass_over_break(db.session, mock, after, now)
    db.session.commit()
    return redirect(break_url(attempt_id, after or None), 303)


@bp.post("/end")
def end(attempt_id: int) -> ResponseReturnValue:
    """Back to the exam, before or after the end of the break."""
    mock = queries.own_mock(db.session, viewer().id, attempt_id)
    pausing.end_break(db.session, mock, clock.now())
    db.session.commit()
    return redirect(url_for("exams.resume", attempt_id=attempt_id), 303)


def _offer_page(mock: OpenMock) -> str:
    now, pause = clock.now(), mock.next_break
    assert pause
    stay_signed_in(mock.timing)
    palette = read_palette(db.session, mock.id, mock.item_count, mock.stage)
    on_break = begin(mock.timing, timedelta(minutes=pause.minutes), now)
    return render_template(
        "exams/break.html",
        mock=mock,
        pause=pause,
        palette=palette,
        items=queries.open_stems(db.session, mock, palette.left_to_see),
        is_timed=is_timed(mock.timing),
        left=seconds_left(mock.timing, now) if is_timed(mock.timing) else None,
        ends_at=deadline(mock.timing),
        closes_at=closes_at(mock.timing),
        ends_early=ends_early(on_break),
        window_end=deadline(on_break),
    )


def _running_page(mock: OpenMock) -> str:
    now, until = clock.now(), mock.timing.break_until
    assert until
    stay_signed_in(mock.timing)
    return render_template(
        "exams/on_break.html",
        mock=mock,
        until=until,
        break_left=-((now - until) // timedelta(seconds=1)),
        left=seconds_left(mock.timing, now) if is_timed(mock.timing) else None,
        ends_at=deadline(mock.timing),
        ends_early=ends_early(mock.timing),
    )
