"""Pages of practice: choose, answer, learn, go on."""

from collections import Counter
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quizapp import clock, db
from quizapp.accounts import login
from quizapp.accounts.access import Viewer, viewer
from quizapp.accounts.services import update_settings
from quizapp.banks.queries import live_items, reference
from quizapp.core.certainty import marks
from quizapp.core.items import ITEM_TYPES, Fields, InvalidResponse
from quizapp.exams import certainty, handing_in, practising, queries, starting
from quizapp.exams.certainty_words import calibration_picture
from quizapp.exams.errors import AttemptClosed, NothingToPractise
from quizapp.exams.forms import StartPracticeForm, certainty_level, look_milliseconds
from quizapp.exams.loading import OpenedItem, load_practice, opened_item
from quizapp.exams.messages import invalid_response_text
from quizapp.exams.models import PRACTICE
from quizapp.exams.starting import PracticeFocus
from quizapp.i18n import gettext as _
from quizapp.i18n import ngettext

bp = Blueprint("practice", __name__, url_prefix="/practice")
login.companions["practice.item"] = load_practice
login.companions["practice.answer"] = load_practice


@bp.get("")
def choose() -> ResponseReturnValue:
    form = StartPracticeForm(request.args)
    return _choose_page(form)


@bp.post("")
def start() -> ResponseReturnValue:
    person = viewer()
    form = StartPracticeForm(request.form)
    if not form.validate():
        return _choose_page(form), 422
    focus, size = _focus(form, person), int(form.size.data or 0)
    wants_certainty = form.wants_certainty(person.asks_certainty)
    try:
        attempt = starting.start_practice(
            db.session, person.id, person.state, focus, size, clock.now(), asks_certainty=wants_certainty
        )
    except NothingToPractise as error:
        flash(str(error.text), "info")
        return redirect(url_for(".choose"), 303)
    if wants_certainty != person.asks_certainty:
        update_settings(db.session, person.id, {"asks_certainty": wants_certainty})
    db.session.commit()
    if attempt.item_count < size:
        flash(
            ngettext(
                "There is %(num)s item for this right now.",
                "There are %(num)s items for this right now.",
                attempt.item_count,
            ),
            "info",
        )
    return redirect(url_for(".item", attempt_id=attempt.id, position=1), 303)


@bp.get("/certainty")
def certainty_table() -> ResponseReturnValue:
    """How often the learner was right at each level, and where they were sure but not right."""
    person = viewer()
    rows = certainty.calibration_of(db.session, person.id)
    if rows is None:
        return render_template("practice/certainty.html", picture=None)
    hidden = starting.held_back(db.session, person.id, clock.now())
    page, entries = certainty.sure_but_not_right(db.session, person.id, hidden, request.args.get("page"))
    return render_template(
        "practice/certainty.html",
        marks=marks(rows),
        picture=calibration_picture(rows),
        page=page,
        entries=entries,
        taxonomy=reference(db.session).taxonomy,
    )


@bp.get("/certainty/intro")
def certainty_intro() -> ResponseReturnValue:
    return render_template("practice/certainty_intro.html")


@bp.get("/<int:attempt_id>")
def summary(attempt_id: int) -> ResponseReturnValue:
    person = viewer()
    practice = queries.reviewed(db.session, person.id, attempt_id, PRACTICE, clock.now())
    if practice.attempt.is_withheld(clock.now()):
        return render_template("practice/withheld.html", practice=practice, now=clock.now())
    return render_template(
        "practice/summary.html",
        practice=practice,
        is_open=practice.attempt.submitted_at is None and practice.attempt.closes_at >= clock.now(),
        taxonomy=reference(db.session).taxonomy,
    )


@bp.get("/<int:attempt_id>/<int(min=1):position>")
def item(attempt_id: int, position: int) -> ResponseReturnValue:
    opened = opened_item(PRACTICE)
    if opened.outcome is None and opened.arrival(clock.now()) == "closed":
        return redirect(url_for(".summary", attempt_id=attempt_id), 303)
    return _item_page(opened)


@bp.post("/<int:attempt_id>/<int(min=1):position>")
def answer(attempt_id: int, position: int) -> ResponseReturnValue:
    opened = opened_item(PRACTICE)
    now = clock.now()
    if request.form.get("skip"):
        practising.skip_item(db.session, opened, now, current_app.extensions["on_scored"])
        db.session.commit()
        return redirect(_after(opened), 303)
    if opened.is_held_back(now):
        return _item_page(opened), 409
    try:
        fields = request.form.to_dict(flat=False)
        chosen = opened.kind.parse(opened.item, opened.order, fields, opened.answer)
    except InvalidResponse as error:
        return _item_page(opened, invalid_response_text(error), fields), 422
    if chosen is None or (opened.kind.in_steps and chosen == opened.answer):
        return _item_page(opened, _("Please choose one response before checking."), fields), 422
    if not opened.kind.in_steps and not opened.kind.is_complete(opened.item, chosen):
        return _item_page(opened, _("Something is still open. Please answer every part."), fields), 422
    level = certainty_level(request.form) if opened.asks_certainty else None
    if opened.asks_certainty and level is None:
        return _item_page(opened, fields=fields, lacks_certainty=True), 422
    milliseconds = look_milliseconds(request.form, int(now.timestamp() * 1000))
    listeners = current_app.extensions["on_scored"]
    if not practising.answer_item(db.session, opened, chosen, milliseconds, now, listeners, certainty=level):
        flash(_("You answered this one before. That answer stays."), "info")
    db.session.commit()
    if not opened.tells_at_once and opened.kind.is_complete(opened.item, chosen):
        return redirect(_after(opened), 303)
    return redirect(url_for(".item", attempt_id=attempt_id, position=position), 303)


@bp.post("/<int:attempt_id>/end")
def end(attempt_id: int) -> ResponseReturnValue:
    """End a set before its last item; what is answered in it stays."""
    found = queries.own_practice(db.session, viewer().id, attempt_id)
    handing_in.end_practice(db.session, found, clock.now())
    handing_in.tell_totals(db.session, found, clock.now(), current_app.extensions["on_scored"])
    db.session.commit()
    return redirect(url_for(".summary", attempt_id=attempt_id), 303)


@bp.errorhandler(AttemptClosed)
def ended(_error: AttemptClosed) -> ResponseReturnValue:
    """An answer from a page that was left open until after its set had ended."""
    attempt_id = opened_item(PRACTICE).attempt_id
    return render_template("practice/ended.html", attempt_id=attempt_id), AttemptClosed.status


def _after(opened: OpenedItem) -> str:
    if opened.position < opened.item_count:
        return url_for(".item", attempt_id=opened.attempt_id, position=opened.position + 1)
    return url_for(".summary", attempt_id=opened.attempt_id)


def _item_page(
    opened: OpenedItem,
    problem: str | None = None,
    fields: Fields | None = None,
    *,
    lacks_certainty: bool = False,
) -> str:
    taxonomy = reference(db.session).taxonomy
    scene, question = opened.kind.scene_and_question(opened.item)
    page: dict[str, Any] = {
        "opened": opened,
        "taxonomy": taxonomy,
        "scene": scene,
        "question": question,
        "after": _after(opened),
    }
    if opened.is_held_back(clock.now()):
        return render_template("practice/held_back.html", **page)
    if opened.outcome is not None and opened.is_withheld(clock.now()):
        return render_template("practice/saved.html", **page)
    if opened.outcome is not None:
        review = opened.kind.review(opened.item, opened.order, opened.answer)
        chosen = opened.kind.missteps_chosen(opened.item, opened.answer)
        return render_template("practice/feedback.html", review=review, missteps=sorted(chosen), **page)
    is_met = request.args.get("show") or request.method == "POST" or opened.version
    if opened.item.content_note and not is_met:
        return render_template("practice/content_note.html", **page)
    data = opened.kind.question(opened.item, opened.order, opened.answer, fields)
    return render_template(
        "practice/item.html",
        data=data,
        problem=problem,
        lacks_certainty=lacks_certainty,
        certainty=certainty_level(request.form),
        shown_ms=int(clock.now().timestamp() * 1000),
        **page,
    )


def _choose_page(form: StartPracticeForm) -> str:
    person = viewer()
    items = live_items(db.session, person.state)
    hidden = starting.held_back(db.session, person.id, clock.now())
    offered = [entry for entry in items if entry.item_id not in hidden]
    taxonomy = reference(db.session).taxonomy
    ranked = current_app.extensions["rank_domains"](db.session, person)
    return render_template(
        "practice/choose.html",
        form=form,
        sizes=starting.SET_SIZES,
        wants_certainty=form.wants_certainty(person.asks_certainty),
        taxonomy=taxonomy,
        per_domain=Counter(entry.domain for entry in offered),
        per_principle=Counter(entry.principle for entry in offered),
        per_type=Counter(entry.type for entry in offered),
        item_types=list(ITEM_TYPES),
        per_misstep=Counter(misstep for entry in offered for misstep in entry.missteps),
        held_back=len(hidden),
        offered=len(offered),
        best=next((focus for focus in ranked if any(e.domain == focus.domain for e in offered)), None),
        open_sets=queries.open_practice(db.session, person.id, clock.now()),
    )


def _focus(form: StartPracticeForm, person: Viewer) -> list[PracticeFocus]:
    """The topics to draw from, the first ones first."""
    lists = {"domain": form.domain, "principle": form.principle, "misstep": form.misstep, "type": form.type}
    kind = form.about.data or ""
    if kind in lists:
        return [PracticeFocus(kind=kind, key=lists[kind].data or "")]
    ranked = current_app.extensions["rank_domains"](db.session, person)
    return [PracticeFocus(kind="domain", key=focus.domain) for focus in ranked]
