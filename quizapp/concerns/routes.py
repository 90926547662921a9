"""Reports for learners: saying what is the matter with an item, and what came of it."""

import structlog
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quizapp import clock, db
from quizapp.accounts.access import viewer
from quizapp.banks.queries import forget_catalogue
from quizapp.concerns import queries, services
from quizapp.concerns.errors import ConcernSettled, TooManyConcerns
from quizapp.concerns.forms import ReportForm
from quizapp.concerns.models import SEEN
from quizapp.concerns.queries import Reportable
from quizapp.exams.models import PRACTICE
from quizapp.i18n import gettext as _

bp = Blueprint("concerns", __name__)
logger = structlog.get_logger("concerns")

UNPROCESSABLE = 422


@bp.get("/attempts/<int:attempt_id>/<int(min=1):position>/report")
def look(attempt_id: int, position: int) -> ResponseReturnValue:
    found = own(attempt_id, position)
    return report_page(found, ReportForm(obj=found.concern))


@bp.post("/attempts/<int:attempt_id>/<int(min=1):position>/report")
def report(attempt_id: int, position: int) -> ResponseReturnValue:
    found = own(attempt_id, position)
    form = ReportForm(request.form)
    if not form.validate():
        return report_page(found, form), UNPROCESSABLE
    kind = form.kind.data or ""
    try:
        concern = services.report(db.session, viewer().id, found, kind, form.words.data or None, clock.now())
    except TooManyConcerns as error:
        db.session.rollback()
        form.form_errors.append(f"{error.title}. {error.text}")
        return report_page(found, form), error.status
    except ConcernSettled as error:
        db.session.rollback()
        flash(f"{error.title}. {error.text}", "info")
        return to_own_reports()
    db.session.commit()
    if kind == SEEN:
        forget_catalogue()
    # Who it was stands in no log: staff are promised to read the words and not the name.
    logger.info("item reported", concern_id=concern.id, item_id=found.item.id, kind=kind)
    flash(thanks(kind), "good")
    return to_own_reports()


@bp.get("/reports")
def mine() -> ResponseReturnValue:
    page, own_concerns = queries.own_concerns(db.session, viewer().id, request.args.get("page"), clock.now())
    return render_template("concerns/mine.html", page=page, concerns=own_concerns)


def own(attempt_id: int, position: int) -> Reportable:
    return queries.reportable(db.session, viewer().id, attempt_id, position, clock.now())


def report_page(found: Reportable, form: ReportForm) -> str:
    return render_template("concerns/report.html", found=found, form=form, back=back(found))


def back(found: Reportable) -> str:
    if found.mode == PRACTICE:
        return url_for("practice.item", attempt_id=found.attempt_id, position=found.position)
    return url_for("exams.results", attempt_id=found.attempt_id, _anchor="items")


def thanks(kind: str) -> str:
    """What a report has done."""
    if kind == SEEN:
        return _(
            "Thank you. The item is withdrawn: no new practice or exam takes it until staff have looked. "
            "Your saved answers stay and count."
        )
    return _("Thank you. Staff will read it, and their answer will be here.")


def to_own_reports() -> ResponseReturnValue:
    return redirect(url_for(".mine"), 303)
