"""A sitting as the learner has it: what it is, when it is open, and starting it."""

from dataclasses import dataclass
from datetime import datetime

import structlog
from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from quizapp import clock, db
from quizapp.accounts.access import Viewer, viewer
from quizapp.accounts.multipliers import MULTIPLIERS
from quizapp.banks.queries import catalogue, reference
from quizapp.cohorts import sitting_queries as queries
from quizapp.cohorts import sitting_services as services
from quizapp.cohorts.errors import OtherMockOpen, SittingNotOpen
from quizapp.cohorts.sitting_queries import OwnSitting
from quizapp.core.blueprint import ExamBlueprint
from quizapp.core.deadline import (
    NOTHING_ADDED,
    Timing,
    added_seconds,
    deadline,
    ends_early,
    is_timed,
    own_end,
)
from quizapp.exams.errors import NothingToPractise
from quizapp.exams.models import MOCK, Attempt
from quizapp.exams.starting import open_mock

bp = Blueprint("own_sittings", __name__, url_prefix="/sittings")
logger = structlog.get_logger("sittings")


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """How much time a learner has in a mock if they start at `begins_at`."""

    minutes: int | None  # None: no limit but the window
    begins_at: datetime
    ends_at: datetime
    is_cut: bool  # by the end of the window
    is_set_by_staff: bool


@bp.get("/<int:sitting_id>")
def first_page(sitting_id: int) -> ResponseReturnValue:
    person, now = viewer(), clock.now()
    own = queries.own_sitting(db.session, person.id, sitting_id)
    blueprint = blueprint_of(own)
    return render_template(
        "sittings/first_page.html",
        own=own,
        sitting=own.sitting,
        state=own.state(now),
        now=now,
        blueprint=blueprint,
        time=own_time(own, person, blueprint, now) if blueprint else None,
        other=other_mock(own, person) if own.state(now) == "start" else None,
        taxonomy=reference(db.session).taxonomy,
    )


def blueprint_of(own: OwnSitting) -> ExamBlueprint | None:
    current = catalogue(db.session).blueprints.get(own.sitting.blueprint_id or "")
    return current.blueprint if current else None


def own_time(own: OwnSitting, person: Viewer, blueprint: ExamBlueprint, now: datetime) -> Time:
    begins_at = max(now, own.sitting.opens_at)
    limit_seconds = blueprint.minutes * 60
    multiplier_percent = MULTIPLIERS[own.time_multiplier or person.time_multiplier]
    timing = Timing(
        started_at=begins_at,
        limit_seconds=limit_seconds,
        multiplier_percent=multiplier_percent,
        added_seconds=added_seconds(limit_seconds, multiplier_percent, own.added),
        latest_end=own.sitting.closes_at,
    )
    whole = own_end(timing) - begins_at
    return Time(
        minutes=round(whole.total_seconds() / 60) if is_timed(timing) else None,
        begins_at=begins_at,
        ends_at=deadline(timing),
        is_cut=ends_early(timing),
        is_set_by_staff=bool(own.time_multiplier) or own.added != NOTHING_ADDED,
    )


def other_mock(own: OwnSitting, person: Viewer) -> Attempt | None:
    """An open mock of the same exam that is not of this sitting: of one exam there is one at a time."""
    if own.sitting.mode != MOCK:
        return None
    found = open_mock(db.session, person.id, own.sitting.blueprint_id or "")
    return found if found is not None and found.sitting_id != own.sitting.id else None


@bp.post("/<int:sitting_id>/start")
def start(sitting_id: int) -> ResponseReturnValue:
    try:
        started = services.start(db.session, sitting_id, viewer(), now=clock.now())
    except (SittingNotOpen, OtherMockOpen, NothingToPractise) as error:
        db.session.rollback()
        flash(f"{error.title}. {error.text}", "info")
        return redirect(url_for(".first_page", sitting_id=sitting_id), 303)
    db.session.commit()
    logger.info("sitting started", sitting_id=sitting_id, attempt_id=started.id, user_id=viewer().id)
    if started.mode == MOCK:
        return redirect(url_for("exams.resume", attempt_id=started.id), 303)
    if not started.is_new:
        return redirect(url_for("practice.summary", attempt_id=started.id), 303)
    return redirect(url_for("practice.item", attempt_id=started.id, position=1), 303)
