"""Pages of a mock exam: first page, items, review, handing in, results."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf
from pydantic import ValidationError

from quizapp import clock, db, direct, errors
from quizapp.accounts import login
from quizapp.accounts import services as accounts
from quizapp.accounts.access import viewer
from quizapp.banks.queries import authored, exam_name, reference
from quizapp.core.breaks import is_on_break
from quizapp.core.deadline import (
    arrival,
    closes_at,
    deadline,
    ends_early,
    is_timed,
    seconds_left,
)
from quizapp.core.items import Answer, Fields, InvalidResponse
from quizapp.core.receipt import answer_hash
from quizapp.exams import handing_in, queries, receipts, starting, words
from quizapp.exams import results as exam_results
from quizapp.exams.errors import NotFinished
from quizapp.exams.forms import (
    CHANGE_ID,
    SaveRequest,
    StartMockForm,
    look_milliseconds,
    new_change_id,
    whole_number,
)
from quizapp.exams.loading import (
    OpenedItem,
    load_clock,
    load_mock,
    load_mock_page,
    opened_clock,
    opened_item,
)
from quizapp.exams.messages import invalid_response_text
from quizapp.exams.models import BY_LEARNER, BY_TIME, MOCK
from quizapp.exams.palette import Palette, read_palette
from quizapp.exams.running import break_url, closed_page, stay_signed_in
from quizapp.exams.saving import Change, SaveResult, add_look, record_change
from quizapp.i18n import clock_time, moment
from quizapp.i18n import gettext as _
from quizapp.kept import render_kept

bp = Blueprint("exams", __name__)
login.companions["exams.item"] = load_mock_page
login.companions["exams.time"] = load_clock
login.companions["exams.move"] = login.companions["exams.save"] = load_mock


@bp.get("/mocks")
def choose() -> ResponseReturnValue:
    person = viewer()
    offers = queries.mock_offers(db.session, person.id)
    return render_template("exams/choose.html", offers=offers, now=clock.now())


@bp.get("/mocks/<blueprint_id>")
def first_page(blueprint_id: str) -> ResponseReturnValue:
    person = viewer()
    blueprint = starting.current_blueprint(db.session, blueprint_id).blueprint
    form = StartMockForm(data={"time_multiplier": person.time_multiplier, "hides_clock": person.hides_clock})
    return render_template(
        "exams/first_page.html",
        blueprint=blueprint,
        form=form,
        taxonomy=reference(db.session).taxonomy,
        open_attempt=starting.open_mock(db.session, person.id, blueprint_id),
        now=clock.now(),
    )


@bp.post("/mocks/<blueprint_id>/start")
def start(blueprint_id: str) -> ResponseReturnValue:
    person = viewer()
    form = StartMockForm(request.form)
    if not form.validate():
        flash(_("Please choose one of the times in the list."), "problem")
        return redirect(url_for(".first_page", blueprint_id=blueprint_id), 303)
    attempt_id = starting.start_mock(
        db.session, person.id, person.state, blueprint_id, form.time_multiplier.data, clock.now()
    )
    if form.hides_clock.data != person.hides_clock:
        accounts.update_settings(db.session, person.id, {"hides_clock": form.hides_clock.data})
    db.session.commit()
    return redirect(url_for(".resume", attempt_id=attempt_id), 303)


@bp.get("/attempts")
def attempts() -> ResponseReturnValue:
    page, past = queries.past_attempts(db.session, viewer().id, request.args.get("page"), clock.now())
    taxonomy = reference(db.session).taxonomy
    return render_template("exams/attempts.html", page=page, past=past, taxonomy=taxonomy)


@bp.get("/attempts/<int:attempt_id>")
def resume(attempt_id: int) -> ResponseReturnValue:
    """To the first open item, wherever the learner left off and on whatever machine."""
    mock = queries.own_mock(db.session, viewer().id, attempt_id)
    if mock.submitted_at is not None:
        return redirect(url_for(".results", attempt_id=attempt_id), 303)
    palette = read_palette(db.session, attempt_id, mock.item_count, mock.stage)
    position = palette.go_on_at
    return redirect(url_for(".item", attempt_id=attempt_id, position=position), 303)


@bp.get("/attempts/<int:attempt_id>/<int(min=1):position>")
def item(attempt_id: int, position: int) -> ResponseReturnValue:
    opened = opened_item(MOCK)
    if opened.submitted_at is not None:
        return redirect(url_for(".results", attempt_id=attempt_id), 303)
    now = clock.now()
    if opened.arrival(now) == "closed":
        return closed_page(attempt_id)
    if opened.place(now) != "open":
        return _elsewhere(opened, now)
    return _item_page(opened)


@bp.post("/attempts/<int:attempt_id>/<int(min=1):position>")
def move(attempt_id: int, position: int) -> ResponseReturnValue:
    """Every way off an item, and its flag: saves what the page holds, then goes where the button says."""
    opened = opened_item(MOCK)
    now = clock.now()
    to = request.form.get("to", "next")
    try:
        fields = request.form.to_dict(flat=False)
        answer = opened.kind.parse(opened.item, opened.order, fields, opened.answer)
    except InvalidResponse as error:
        return _unreadable_page(opened, fields, invalid_response_text(error))
    is_flagged = (request.form.get("flagged") == "1") != (to == "flag")
    if to == "clear":
        answer = None
    looked = look_milliseconds(request.form, int(now.timestamp() * 1000))
    if (answer, is_flagged) == (opened.answer, opened.is_flagged):
        if opened.submitted_at is not None:
            return redirect(url_for(".results", attempt_id=attempt_id), 303)
        connection = direct.connection()
        with connection.writing():
            add_look(connection, opened, looked, now)
        return redirect(_target(opened, to), 303)
    change = Change(
        base=whole_number(request.form.get("base")),
        change_id=_posted_change_id(),
        answer=answer,
        is_flagged=is_flagged,
        milliseconds=looked,
    )
    connection = direct.connection()
    with connection.writing():
        result = record_change(connection, opened, change, now)
    if result.outcome == "closed":
        return closed_page(attempt_id, came_late=True)
    if result.outcome == "conflict":
        return _conflict_page(opened, change, result)
    return redirect(_target(opened, to), 303)


@bp.post("/attempts/<int:attempt_id>/<int(min=1):position>/save")
def save(attempt_id: int, position: int) -> ResponseReturnValue:
    """One change by script. The answer says what became of it, and the time that is left."""
    opened = opened_item(MOCK)
    now = clock.now()
    try:
        sent = SaveRequest.model_validate(request.get_json())
        answer = opened.kind.parse(opened.item, opened.order, sent.fields, opened.answer)
    except (ValidationError, InvalidResponse, RecursionError):
        return errors.answer(
            422, "unreadable", _("That answer could not be read."), _("Nothing was changed. Reload the page.")
        )
    change = Change(
        base=sent.base,
        change_id=sent.change_id,
        answer=answer,
        is_flagged=sent.flagged,
        milliseconds=sent.ms,
    )
    connection = direct.connection()
    with connection.writing():
        result = record_change(connection, opened, change, now)
    body: dict[str, Any] = {
        "outcome": result.outcome,
        "version": result.version,
        "at": clock_time(result.at),
        "left": seconds_left(opened.timing, now) if is_timed(opened.timing) else None,
        "hash": answer_hash(result.answer if result.outcome == "conflict" else answer),
    }
    if result.outcome == "conflict":
        body["fields"] = opened.kind.posted(opened.item, opened.order, result.answer)
        body["flagged"] = result.is_flagged
    status = {"conflict": 409, "closed": 410}.get(result.outcome, 200)
    return _json(body, status)


@bp.get("/attempts/<int:attempt_id>/time")
def time(attempt_id: int) -> ResponseReturnValue:
    """The time that is left, for a page that asks every few seconds: staff may have added some.

    It also says what another tab has done: whether a break runs, and through which item all are closed.
    """
    timing, stage, submitted_at = opened_clock()
    now = clock.now()
    body = {
        "closed": submitted_at is not None or arrival(timing, now) == "closed",
        "left": seconds_left(timing, now) if is_timed(timing) else None,
        "until": clock_time(closes_at(timing))[:5],
        "paused": is_on_break(timing.break_until, now),
        "through": stage.closed_through,
    }
    return _json(body)


@bp.get("/attempts/<int:attempt_id>/review")
def review(attempt_id: int) -> ResponseReturnValue:
    """The page before handing in: what is open and what is flagged."""
    now = clock.now()
    mock = queries.own_mock(db.session, viewer().id, attempt_id)
    if mock.submitted_at is not None:
        return redirect(url_for(".results", attempt_id=attempt_id), 303)
    if mock.arrival(now) == "closed":
        return closed_page(attempt_id)
    if mock.is_on_break(now):
        return redirect(break_url(attempt_id, mock.stage.closed_through), 303)
    stay_signed_in(mock.timing)
    palette = read_palette(db.session, attempt_id, mock.item_count, mock.stage)
    return render_template(
        "exams/review.html",
        break_url=break_url,
        mock=mock,
        palette=palette,
        items=queries.open_stems(db.session, mock, palette.left_to_see),
        left=seconds_left(mock.timing, now) if is_timed(mock.timing) else None,
        ends_at=deadline(mock.timing),
        closes_at=closes_at(mock.timing),
        ends_early=ends_early(mock.timing),
    )


@bp.post("/attempts/<int:attempt_id>/hand-in")
def hand_in(attempt_id: int) -> ResponseReturnValue:
    now = clock.now()
    mock = queries.own_mock(db.session, viewer().id, attempt_id)
    # The page itself hands in at zero, which is a moment after the deadline.
    by = BY_LEARNER if mock.arrival(now) == "in_time" else BY_TIME
    at = min(now, closes_at(mock.timing))
    handing_in.submit_attempt(db.session, attempt_id, at, current_app.extensions["on_scored"], by)
    db.session.commit()
    login.keep_signed_in_only_until(queries.runs_until(db.session, viewer().id, now))
    return redirect(url_for(".results", attempt_id=attempt_id), 303)


@bp.get("/attempts/<int:attempt_id>/results")
def results(attempt_id: int) -> ResponseReturnValue:
    reviewed = queries.reviewed(db.session, viewer().id, attempt_id, MOCK, clock.now())
    if reviewed.attempt.submitted_at is None:
        raise NotFinished
    if reviewed.attempt.is_withheld(clock.now()):
        return render_template("exams/withheld.html", reviewed=reviewed)
    show = request.args.get("show", "all")
    return render_template(
        "exams/results.html",
        results=exam_results.work_out(reviewed),
        taxonomy=reference(db.session).taxonomy,
        show=show if show in ("all", "missed", "flagged") else "all",
    )


def _json(body: Mapping[str, Any], status: int = 200) -> Response:
    """Without spaces: hundreds of these are sent in a minute."""
    return Response(json.dumps(body, separators=(",", ":")), status, mimetype="application/json")


@bp.get("/attempts/<int:attempt_id>/receipt")
def receipt(attempt_id: int) -> ResponseReturnValue:
    """The receipt to keep. It tells nothing of right or wrong, so it is there before the results are."""
    found = receipts.own_receipt(db.session, viewer().id, attempt_id)
    headers = {"Content-Disposition": f'attachment; filename="quizapp-receipt-{attempt_id}.txt"'}
    return Response(found.text(), headers=headers, mimetype="text/plain")


def _target(opened: OpenedItem, to: str) -> str:
    """Where a button of the item's form leads."""
    if to == "leave":
        return url_for("progress.home")
    if to == "review" or (to == "next" and opened.position == opened.item_count):
        return url_for(".review", attempt_id=opened.attempt_id)
    steps = {"previous": opened.position - 1, "next": opened.position + 1}
    position = steps.get(to) or whole_number(to) or opened.position
    position = max(1, min(position, opened.item_count))
    if opened.stage.break_after is not None and position > opened.stage.break_after:
        return break_url(opened.attempt_id, opened.stage.break_after)
    return url_for(".item", attempt_id=opened.attempt_id, position=position)


def _posted_change_id() -> str:
    posted = request.form.get("change_id", "")
    return posted if CHANGE_ID.fullmatch(posted) else new_change_id()


def _unreadable_page(opened: OpenedItem, fields: Fields, problem: str) -> ResponseReturnValue:
    """The item again with what was sent, which is not saved, and why; or the page of a closed attempt."""
    if opened.submitted_at is not None:
        return redirect(url_for(".results", attempt_id=opened.attempt_id), 303)
    now = clock.now()
    if opened.arrival(now) == "closed" or opened.place(now) != "open":
        return closed_page(opened.attempt_id, came_late=True)
    flash(problem, "problem")
    return _item_page(opened, fields), 422


def _elsewhere(opened: OpenedItem, now: datetime) -> ResponseReturnValue:
    """To where an item leads that breaks let nobody open: the break, or what comes after it."""
    place, stage = opened.place(now), opened.stage
    if place != "closed":
        after = stage.break_after if place == "ahead" else stage.closed_through
        return redirect(break_url(opened.attempt_id, after), 303)
    to = (opened.palette or _palette(opened)).go_on_at
    flash(_("Item %(position)s is closed since the break. Here you can go on.", position=opened.position))
    return redirect(url_for(".item", attempt_id=opened.attempt_id, position=to), 303)


def _palette(opened: OpenedItem) -> Palette:
    return read_palette(db.session, opened.attempt_id, opened.item_count, opened.stage)


def _item_page(opened: OpenedItem, fields: Fields | None = None) -> str:
    now, person, item = clock.now(), viewer(), opened.item
    timed = is_timed(opened.timing)
    stay_signed_in(opened.timing)
    scene, question = opened.kind.scene_and_question(item)
    palette = opened.palette or _palette(opened)
    left, ends_at = seconds_left(opened.timing, now), deadline(opened.timing)
    shown = opened.kind.question(item, opened.order, opened.answer, fields)
    return render_kept(
        "exams/item.html",
        keys={
            "count": opened.item_count,
            "lang": item.lang,
            "is_timed": timed,
            "ends_early": ends_early(opened.timing),
            "hides_clock": person.hides_clock,
            "has_shortcuts": person.uses_shortcuts,
            "has_scene": scene != "",
            "has_step": opened.kind.in_steps and not opened.is_complete,
            "is_first": opened.position == opened.stage.closed_through + 1,
            "has_closed": opened.stage.closed_through > 0,
            "is_last": opened.position == opened.item_count,
            "is_saved": opened.version > 0,
            "in_steps": opened.kind.in_steps,
            "is_answered": opened.answer is not None,
            "is_flagged": opened.is_flagged,
        },
        holes={
            "exam_name": exam_name(db.session, opened.blueprint_id),
            "exam": url_for(".resume", attempt_id=opened.attempt_id),
            "token": generate_csrf(),
            "messages": words.messages(),
            "person_id": person.id,
            "attempt_id": opened.attempt_id,
            "position": opened.position,
            "version": opened.version,
            "change_id": new_change_id(),
            "shown_ms": int(now.timestamp() * 1000),
            "scene": authored(db.session, scene),
            "question": words.question(item, shown, question),
            "squares": words.palette_items(palette, opened.position),
            "answered": palette.answered,
            "flagged": palette.flagged,
            "saved_at": words.second(opened.saved_at) if opened.saved_at else "",
            "left": left,
            "grace": opened.timing.grace_seconds,
            "clock_words": words.clock_words(left, ends_at),
            "closes_at": words.hour(closes_at(opened.timing)),
            "window_end": moment(deadline(opened.timing)),
        },
    )


def _conflict_page(opened: OpenedItem, change: Change, result: SaveResult) -> Response:
    """Both answers side by side; the choice is a new change on top of what stands."""

    def shown(answer: Answer | None) -> dict[str, Any]:
        return opened.kind.question(opened.item, opened.order, answer)

    page = render_template(
        "exams/conflict.html",
        opened=opened,
        version=result.version,
        choices=[
            ("theirs", shown(result.answer), result.is_flagged, _fields(opened, result.answer)),
            ("mine", shown(change.answer), change.is_flagged, _fields(opened, change.answer)),
        ],
        change_ids=[new_change_id(), new_change_id()],
    )
    return Response(page, 409)


def _fields(opened: OpenedItem, answer: Answer | None) -> dict[str, list[str]]:
    return opened.kind.posted(opened.item, opened.order, answer)
