"""Adding time while a sitting runs: a look at each one's new end, the act, and taking it back."""

from typing import Any

import structlog
from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from quizapp import clock, db
from quizapp.accounts.access import viewer
from quizapp.cohorts import added_time
from quizapp.cohorts import sitting_queries as queries
from quizapp.cohorts.added_time import Amount
from quizapp.cohorts.errors import CannotUndo, SittingFixed, SittingNotFound, TooMuchTime
from quizapp.cohorts.models import Cohort
from quizapp.cohorts.sitting_forms import AddTimeForm
from quizapp.cohorts.sitting_models import Sitting
from quizapp.cohorts.sitting_queries import Name
from quizapp.cohorts.sitting_routes import own, page
from quizapp.cohorts.sitting_services import may_change
from quizapp.exams.models import MOCK
from quizapp.i18n import gettext as _

bp = Blueprint(
    "sitting_times", __name__, url_prefix="/cohorts/<int:cohort_id>/sittings/<int:sitting_id>/time"
)
logger = structlog.get_logger("sittings")


def own_mock(cohort_id: int, sitting_id: int) -> tuple[Cohort, Sitting]:
    """:raises SittingNotFound: also for practice, which has no clock."""
    cohort, sitting = own(cohort_id, sitting_id)
    if sitting.mode != MOCK:
        raise SittingNotFound
    return cohort, sitting


def time_form(sitting: Sitting, given: Any) -> AddTimeForm:
    form = AddTimeForm(given)
    form.offer(Name(line.user_id, line.name) for line in queries.people(db.session, sitting, clock.now()))
    return form


def time_page(
    cohort: Cohort, sitting: Sitting, form: AddTimeForm, amount: Amount | None
) -> ResponseReturnValue:
    """The ends as they are, and once an amount is chosen as they will be."""
    now = clock.now()
    lines = added_time.end_lines(db.session, sitting, now, amount)
    return page(
        "time.html",
        form,
        cohort=cohort,
        sitting=sitting,
        amount=amount,
        lines=lines,
        end_for_all=added_time.end_for_all(lines),
        additions=added_time.additions(db.session, sitting, now),
        may_change=may_change(sitting, now),
    )


@bp.get("")
def look(cohort_id: int, sitting_id: int) -> ResponseReturnValue:
    cohort, sitting = own_mock(cohort_id, sitting_id)
    form = time_form(sitting, request.args or None)
    is_whole = "amount" in request.args and form.validate()
    return time_page(cohort, sitting, form, form.wanted() if is_whole else None)


@bp.post("")
def add(cohort_id: int, sitting_id: int) -> ResponseReturnValue:
    cohort, sitting = own_mock(cohort_id, sitting_id)
    if not may_change(sitting, clock.now()):
        raise SittingFixed
    form = time_form(sitting, request.form)
    if not form.validate():
        return time_page(cohort, sitting, form, None)
    amount = form.wanted()
    try:
        row = added_time.add_time(db.session, sitting, amount, moves_end=form.moves_end.data, now=clock.now())
    except TooMuchTime as error:
        db.session.rollback()
        form.amount.errors = [str(error.text)]
        return time_page(*own_mock(cohort_id, sitting_id), form, None)
    db.session.commit()
    logger.info("sitting time added", **_what(sitting, row.id, amount))
    flash(_("The time is added. Running clocks follow within five seconds."), "good")
    return to_time(sitting)


@bp.post("/<int:added_id>/undo")
def undo(cohort_id: int, sitting_id: int, added_id: int) -> ResponseReturnValue:
    _cohort, sitting = own_mock(cohort_id, sitting_id)
    try:
        row = added_time.undo(db.session, sitting, added_id, now=clock.now())
    except CannotUndo as error:
        db.session.rollback()
        flash(f"{error.title}. {error.text}", "problem")
        return redirect(url_for(".look", cohort_id=cohort_id, sitting_id=sitting_id), 303)
    taken_back = Amount(user_id=row.user_id, minutes=row.minutes, percent=row.percent)
    db.session.commit()
    logger.info("sitting time taken back", **_what(sitting, added_id, taken_back))
    flash(_("The added time is taken back."), "good")
    return to_time(sitting)


def _what(sitting: Sitting, added_id: int, amount: Amount) -> dict[str, object]:
    """Who did what, for the log."""
    return {
        "sitting_id": sitting.id,
        "added_id": added_id,
        "user_id": amount.user_id,
        "minutes": amount.minutes,
        "percent": amount.percent,
        "by": viewer().id,
    }


def to_time(sitting: Sitting) -> ResponseReturnValue:
    return redirect(url_for(".look", cohort_id=sitting.cohort_id, sitting_id=sitting.id), 303)
