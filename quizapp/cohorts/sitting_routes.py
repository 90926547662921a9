"""Sittings for those who look after a group: giving, changing, following them as they run."""

from typing import Any

import structlog
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quizapp import clock, db
from quizapp.accounts.access import Act, viewer
from quizapp.banks.queries import catalogue, reference
from quizapp.cohorts import sitting_queries as queries
from quizapp.cohorts import sitting_services as services
from quizapp.cohorts.errors import CohortClosed, SittingFixed, SittingNotFound
from quizapp.cohorts.models import Cohort
from quizapp.cohorts.queries import own_cohort
from quizapp.cohorts.sitting_forms import ExtendForm, SittingForm, TimeForm
from quizapp.cohorts.sitting_models import Sitting
from quizapp.exams.models import MOCK
from quizapp.i18n import gettext as _

bp = Blueprint("sittings", __name__, url_prefix="/cohorts/<int:cohort_id>/sittings")
logger = structlog.get_logger("sittings")

UNPROCESSABLE = 422


def page(template: str, form: Any = None, **values: Any) -> ResponseReturnValue:
    """A page of this feature; 422 when its form came back with problems."""
    status = UNPROCESSABLE if form is not None and form.errors else 200
    return render_template(f"sittings/{template}", form=form, now=clock.now(), **values), status


def own(cohort_id: int, sitting_id: int, act: Act = "manage") -> tuple[Cohort, Sitting]:
    """The sitting with its group, if it is of this person's programme."""
    return queries.staff_sitting(db.session, viewer(), cohort_id, sitting_id, act)


def sent() -> Any:
    return request.form if request.method == "POST" else None


def to_live(sitting: Sitting) -> ResponseReturnValue:
    return redirect(url_for(".live", cohort_id=sitting.cohort_id, sitting_id=sitting.id), 303)


@bp.get("")
def index(cohort_id: int) -> ResponseReturnValue:
    cohort = own_cohort(db.session, viewer(), cohort_id, "view")
    return page(
        "index.html",
        cohort=cohort,
        lines=queries.sittings(db.session, cohort.id),
        taxonomy=reference(db.session).taxonomy,
    )


@bp.route("/new", methods=["GET", "POST"])
def create(cohort_id: int) -> ResponseReturnValue:
    cohort = own_cohort(db.session, viewer(), cohort_id, "manage")
    if cohort.archived_at is not None:
        raise CohortClosed
    form = sitting_form(cohort)
    if request.method != "POST" or not form.validate():
        return page("form.html", form, cohort=cohort, sitting=None)
    sitting = services.create_sitting(db.session, cohort, form.plan(), now=clock.now())
    db.session.commit()
    logger.info("sitting created", sitting_id=sitting.id, by=viewer().id)
    say(_("The sitting is ready. Learners see it at once, and get a mail when it opens."), form.notes())
    return to_live(sitting)


def sitting_form(cohort: Cohort) -> SittingForm:
    form = SittingForm(sent())
    form.at(cohort.programme.time_zone, clock.now())
    known = catalogue(db.session)
    form.offer([each.blueprint for each in known.blueprints.values()], known.reference.taxonomy)
    form.offer_people(queries.names(db.session, cohort.id))
    return form


def say(text: str, notes: list[str]) -> None:
    flash(text, "good")
    for note in notes:
        flash(note, "info")


@bp.route("/<int:sitting_id>/edit", methods=["GET", "POST"])
def edit(cohort_id: int, sitting_id: int) -> ResponseReturnValue:
    """Everything while nobody has begun; afterwards a later end and more people."""
    cohort, sitting = own(cohort_id, sitting_id)
    if not services.may_change(sitting, clock.now()):
        raise SittingFixed
    if queries.is_begun(db.session, sitting.id):
        return extend(cohort, sitting)
    form = sitting_form(cohort)
    if request.method != "POST":
        form.fill(sitting, queries.chosen(db.session, sitting.id))
    if request.method != "POST" or not form.validate():
        return page("form.html", form, cohort=cohort, sitting=sitting)
    services.change_sitting(db.session, sitting, form.plan(), now=clock.now())
    db.session.commit()
    say(_("The sitting is changed."), form.notes())
    return to_live(sitting)


def extend(cohort: Cohort, sitting: Sitting) -> ResponseReturnValue:
    form = ExtendForm(sent())
    form.at(cohort.programme.time_zone, clock.now())
    form.earliest = sitting.closes_at
    is_in = queries.chosen(db.session, sitting.id)
    form.offer_people(
        member for member in queries.names(db.session, cohort.id) if member.user_id not in is_in
    )
    if request.method != "POST":
        form.fill(sitting)
    if request.method != "POST" or not form.validate():
        return page("extend.html", form, cohort=cohort, sitting=sitting)
    more = () if sitting.is_for_all else form.ticked()
    services.extend_sitting(db.session, sitting, form.closes, more, now=clock.now())
    db.session.commit()
    say(_("The sitting is changed."), form.notes())
    return to_live(sitting)


@bp.get("/<int:sitting_id>")
def live(cohort_id: int, sitting_id: int) -> ResponseReturnValue:
    cohort, sitting = own(cohort_id, sitting_id, "view")
    return page(
        "live.html",
        cohort=cohort,
        sitting=sitting,
        people=queries.people(db.session, sitting, clock.now()),
        may_change=services.may_change(sitting, clock.now()),
        taxonomy=reference(db.session).taxonomy,
    )


@bp.get("/<int:sitting_id>/progress")
def progress(cohort_id: int, sitting_id: int) -> ResponseReturnValue:
    """The list of the live page alone: the page asks for it again and again."""
    cohort, sitting = own(cohort_id, sitting_id, "view")
    people = queries.people(db.session, sitting, clock.now())
    may_change = services.may_change(sitting, clock.now())
    return page("_people.html", cohort=cohort, sitting=sitting, people=people, may_change=may_change)


@bp.route("/<int:sitting_id>/cancel", methods=["GET", "POST"])
def cancel(cohort_id: int, sitting_id: int) -> ResponseReturnValue:
    cohort, sitting = own(cohort_id, sitting_id)
    if request.method != "POST":
        return page("cancel.html", cohort=cohort, sitting=sitting)
    services.cancel_sitting(db.session, sitting, now=clock.now())
    db.session.commit()
    logger.info("sitting cancelled", sitting_id=sitting.id, by=viewer().id)
    flash(_("The sitting is called off. Nobody can start it any more."), "good")
    return to_live(sitting)


@bp.route("/<int:sitting_id>/people/<int:user_id>", methods=["GET", "POST"])
def person(cohort_id: int, sitting_id: int, user_id: int) -> ResponseReturnValue:
    """The time of one person, which is no secret from them: their page of the sitting says it."""
    cohort, sitting = own(cohort_id, sitting_id)
    if sitting.mode != MOCK:
        raise SittingNotFound  # practice has no clock
    line = queries.person_line(db.session, sitting, user_id, clock.now())
    as_it_is = {
        "time_multiplier": line.time_multiplier or "",
        "added_minutes": line.added_minutes,
        "added_percent": line.added_percent,
    }
    form = TimeForm(sent(), data=as_it_is)
    form.offer()
    if request.method != "POST" or not form.validate():
        return page("person.html", form, cohort=cohort, sitting=sitting, line=line)
    if not services.may_change(sitting, clock.now()):
        raise SittingFixed
    is_everywhere = services.set_time(
        db.session,
        sitting,
        user_id,
        form.time_multiplier.data or None,
        form.added_minutes.data or 0,
        form.added_percent.data or 0,
    )
    db.session.commit()
    logger.info("sitting time set", sitting_id=sitting.id, user_id=user_id, by=viewer().id)
    flash(_("The time of %(name)s is set.", name=line.name), "good")
    if not is_everywhere:
        flash(
            _("What %(name)s has open keeps its time: it would have ended earlier.", name=line.name), "info"
        )
    return to_live(sitting)
