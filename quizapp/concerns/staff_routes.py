"""Reports for those who look after the banks: the list, an answer, closing, and putting an item back."""

import structlog
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import Form

from quizapp import clock, db
from quizapp.accounts.access import BANKS, Act, can, require, viewer
from quizapp.banks.queries import forget_catalogue, reference
from quizapp.banks.withdrawing import put_back as put_item_back
from quizapp.concerns import queries, services
from quizapp.concerns.errors import ConcernChanged
from quizapp.concerns.forms import AnswerForm, PutBackForm, SeenForm
from quizapp.concerns.queries import STATES, StaffConcern
from quizapp.core.items import ITEM_TYPES
from quizapp.i18n import gettext as _

bp = Blueprint("staff_concerns", __name__, url_prefix="/item-reports")
logger = structlog.get_logger("concerns")

UNPROCESSABLE = 422


@bp.get("")
def index() -> ResponseReturnValue:
    """All reports in a state, with ?item=… of one item alone."""
    require(can(viewer(), "view", BANKS))
    asked = request.args.get("state", "open")
    state = asked if asked in STATES else "open"
    item_id = request.args.get("item", "").replace("\x00", "") or None
    page, found = queries.concerns(db.session, state, item_id, request.args.get("page"))
    return render_template(
        "concerns/index.html", page=page, found=found, state=state, states=list(STATES), item_id=item_id
    )


@bp.get("/<int:concern_id>")
def look(concern_id: int) -> ResponseReturnValue:
    found = seen(concern_id, "view")
    answer_form = AnswerForm(data={"version": found.concern.version, "answer": found.concern.answer})
    return concern_page(found, answer_form, PutBackForm())


@bp.post("/<int:concern_id>/answer")
def answer(concern_id: int) -> ResponseReturnValue:
    found = seen(concern_id, "edit")
    form = AnswerForm(request.form)
    if not form.validate():
        return concern_page(found, form, PutBackForm())
    services.answer(db.session, concern_id, form.version.data or 0, form.answer.data or "", clock.now())
    db.session.commit()
    logger.info("report answered", concern_id=concern_id, by=viewer().id)
    flash(_("Your answer is sent. The learner finds it at their reports."), "good")
    return to_concern(concern_id)


@bp.post("/<int:concern_id>/close")
def close(concern_id: int) -> ResponseReturnValue:
    seen(concern_id, "edit")
    form = SeenForm(request.form)
    if not form.validate():
        raise ConcernChanged
    services.close(db.session, concern_id, form.version.data or 0, clock.now())
    db.session.commit()
    logger.info("report closed", concern_id=concern_id, by=viewer().id)
    flash(_("The report is closed."), "good")
    return to_concern(concern_id)


@bp.post("/<int:concern_id>/put-back")
def put_back(concern_id: int) -> ResponseReturnValue:
    """Put the item of a report back; whoever may publish may."""
    found = seen(concern_id, "publish")
    form = PutBackForm(request.form)
    if not form.validate():
        answer_form = AnswerForm(data={"version": found.concern.version, "answer": found.concern.answer})
        return concern_page(found, answer_form, form)
    is_back = put_item_back(db.session, found.item.id, form.reason.data or "", clock.now())
    db.session.commit()
    forget_catalogue()
    if is_back:
        logger.info("item put back", item_id=found.item.id, by=viewer().id)
        flash(_("The item is back. New practice and exams can take it again."), "good")
    else:
        flash(_("The item was put back before."), "info")
    return to_concern(concern_id)


@bp.errorhandler(ConcernChanged)
def changed(error: ConcernChanged) -> ResponseReturnValue:
    """Back to the report as it is now."""
    db.session.rollback()
    flash(f"{error.title}. {error.text}", "problem")
    return to_concern((request.view_args or {})["concern_id"])


def seen(concern_id: int, act: Act) -> StaffConcern:
    """The report. :raises NotFound: when there is none, or this person may not do this."""
    require(can(viewer(), act, BANKS))
    return queries.concern(db.session, concern_id)


def concern_page(
    found: StaffConcern, answer_form: AnswerForm, put_back_form: PutBackForm
) -> ResponseReturnValue:
    forms: tuple[Form, ...] = (answer_form, put_back_form)
    kind = ITEM_TYPES[found.item.type]
    page = render_template(
        "concerns/concern.html",
        found=found,
        review=kind.review(found.item, kind.plain_order(found.item), None),
        taxonomy=reference(db.session).taxonomy,
        answer_form=answer_form,
        put_back_form=put_back_form,
        past=queries.past_withdrawals(db.session, found.item.id),
        may_answer=can(viewer(), "edit", BANKS),
        may_put_back=can(viewer(), "publish", BANKS),
    )
    return page, UNPROCESSABLE if any(form.errors for form in forms) else 200


def to_concern(concern_id: int) -> ResponseReturnValue:
    return redirect(url_for(".look", concern_id=concern_id), 303)
