"""Starting a practice set or a mock exam: choose the items, pin them, and open the attempt."""

import random
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from quizapp.accounts.multipliers import MULTIPLIERS
from quizapp.banks.queries import CurrentBlueprint, LiveItem, catalogue, live_items, revisions
from quizapp.banks.withdrawing import withdrawn_items
from quizapp.core.assembly import Candidate, CannotFill, FormEntry, assemble
from quizapp.core.breaks import stage_from
from quizapp.core.deadline import Timing, added_seconds, closes_at, deadline
from quizapp.core.items import ITEM_TYPES
from quizapp.core.selection import choose_practice
from quizapp.db import insert_for
from quizapp.exams.errors import AttemptNotFound, BankTooSmall, NothingToPractise
from quizapp.exams.models import MOCK, PRACTICE, Attempt, Form, ItemResponse, withholds_keys
from quizapp.exams.terms import SittingTerms

SET_SIZES = (5, 10, 20)
DOUBLE_CLICK = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenForm:
    """The items of a mock in order, not stored yet."""

    blueprint_revision_id: int
    seed: int
    entries: list[FormEntry]


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeFocus:
    """What a practice set is about: a domain, a principle, a misstep or a type of item."""

    kind: str
    key: str

    def holds(self, item: LiveItem) -> bool:
        if self.kind == "misstep":
            return self.key in item.missteps
        return bool(getattr(item, self.kind) == self.key)


def held_back(session: Session, learner_id: int, now: datetime) -> frozenset[str]:
    """The items whose keys must not show yet, as in running mocks: not to be met anywhere else before."""
    forms = session.scalars(
        select(Form.entries)
        .join(Attempt, Attempt.form_id == Form.id)
        .where(Attempt.learner_id == learner_id, withholds_keys(Attempt, now))
    )
    return frozenset(entry["item"] for entries in forms for entry in entries)


def candidates(session: Session, learner_id: int, items: Iterable[LiveItem]) -> list[Candidate]:
    """The items that are not withdrawn, with how often and when this learner met them."""
    met = {
        row.item_id: row
        for row in session.execute(
            select(
                ItemResponse.item_id,
                func.count().label("seen"),
                func.max(ItemResponse.saved_at).label("last_seen"),
            )
            .where(ItemResponse.learner_id == learner_id, ItemResponse.outcome.is_not(None))
            .group_by(ItemResponse.item_id)
        )
    }
    withdrawn = withdrawn_items(session)
    return [
        Candidate(
            item_id=item.item_id,
            revision_id=item.revision_id,
            domain=item.domain,
            situation=item.situation,
            standards=item.standards,
            seen=met[item.item_id].seen if item.item_id in met else 0,
            last_seen=met[item.item_id].last_seen if item.item_id in met else None,
        )
        for item in items
        if item.item_id not in withdrawn
    ]


def start_practice(
    session: Session,
    learner_id: int,
    state: str | None,
    focus: Sequence[PracticeFocus],
    size: int,
    now: datetime,
    *,
    asks_certainty: bool = False,
) -> Attempt:
    """A practice set of up to `size` items; with several topics, the first ones are used first.

    :param asks_certainty: whether each answer goes with how sure the learner is.
    :raises NothingToPractise: when no item is left that an open mock does not hold back.
    """
    again = _just_started(session, learner_id, focus, size, now)
    if again is not None and again.asks_certainty == asks_certainty:
        return again
    seed = secrets.randbits(62)
    chosen = _choose(session, learner_id, state, focus, size, seed, now)
    if not chosen:
        raise NothingToPractise
    entries = pin(session, [(candidate, candidate.domain) for candidate in chosen], seed)
    form = add_form(session, entries, seed, now)
    timing = Timing(started_at=now, grace_seconds=0)
    attempt = Attempt(
        learner_id=learner_id,
        mode=PRACTICE,
        form_id=form.id,
        item_count=len(entries),
        focus=_focus_column(focus),
        asks_certainty=asks_certainty,
        **timing_columns(timing),
    )
    session.add(attempt)
    session.flush()
    return attempt


def _choose(
    session: Session,
    learner_id: int,
    state: str | None,
    focus: Sequence[PracticeFocus],
    size: int,
    seed: int,
    now: datetime,
) -> list[Candidate]:
    """What is unseen, topic by topic; then what was seen longest ago, topic by topic again."""
    hidden = held_back(session, learner_id, now)
    items = [
        item
        for item in live_items(session, state)
        if item.item_id not in hidden and any(topic.holds(item) for topic in focus)
    ]
    pool = {candidate.item_id: candidate for candidate in candidates(session, learner_id, items)}
    chosen: list[Candidate] = []
    for is_seen in (False, True):
        for topic in focus:
            of_topic = [pool[item.item_id] for item in items if item.item_id in pool and topic.holds(item)]
            fitting = [one for one in of_topic if bool(one.seen) == is_seen and one not in chosen]
            chosen += choose_practice(fitting, size - len(chosen), seed)
    return chosen


def _just_started(
    session: Session, learner_id: int, focus: Sequence[PracticeFocus], size: int, now: datetime
) -> Attempt | None:
    """The set that the first of two clicks on the same button made a moment ago."""
    made = session.scalars(
        select(Attempt)
        .where(
            Attempt.learner_id == learner_id,
            Attempt.mode == PRACTICE,
            Attempt.sitting_id.is_(None),
            Attempt.submitted_at.is_(None),
            Attempt.started_at > now - DOUBLE_CLICK,
            Attempt.started_at <= now,
            ~exists().where(ItemResponse.attempt_id == Attempt.id),
        )
        .order_by(Attempt.id.desc())
    ).first()
    if made is None or made.focus != _focus_column(focus):
        return None
    # A set that holds fewer items than were asked for; one of another size was asked for as such.
    is_short = made.item_count < size and made.item_count not in SET_SIZES
    return made if made.item_count == size or is_short else None


def _focus_column(focus: Sequence[PracticeFocus]) -> dict[str, Any] | None:
    """What is kept of the topics; None for several, which is whatever helped most."""
    return {"kind": focus[0].kind, "key": focus[0].key} if len(focus) == 1 else None


def start_mock(
    session: Session,
    learner_id: int,
    state: str | None,
    blueprint_id: str,
    multiplier: str,
    now: datetime,
) -> int:
    """The id of this learner's open mock for the blueprint; a new one if none is open.

    The partial unique index decides between parallel starts: whoever loses it goes on in the winner's.

    :raises BankTooSmall: if the bank cannot fill the blueprint.
    """
    already_open = open_mock(session, learner_id, blueprint_id)
    if already_open is not None:
        return already_open.id
    started = insert_mock(session, learner_id, state, blueprint_id, multiplier, now)
    if started is None:
        # Once more: the winner is open now, unless it was handed in meanwhile.
        return start_mock(session, learner_id, state, blueprint_id, multiplier, now)
    return started


def insert_mock(
    session: Session,
    learner_id: int,
    state: str | None,
    blueprint_id: str,
    multiplier: str,
    now: datetime,
    terms: SittingTerms | None = None,
    ready: Form | None = None,
) -> int | None:
    """The id of a new mock; None when a constraint lets another one stand.

    :param terms: those of a sitting that it belongs to.
    :param ready: a stored form of the current blueprint for this learner alone, which it takes over.
    :raises BankTooSmall: if the bank cannot fill the blueprint.
    """
    current = current_blueprint(session, blueprint_id)
    form = ready
    if form is None:
        chosen = choose_mock(session, learner_id, state, blueprint_id)
        form = add_form(session, chosen.entries, chosen.seed, now)
    limit_seconds, multiplier_percent = current.blueprint.minutes * 60, MULTIPLIERS[multiplier]
    timing = Timing(
        started_at=now,
        limit_seconds=limit_seconds,
        multiplier_percent=multiplier_percent,
        added_seconds=added_seconds(limit_seconds, multiplier_percent, terms.added) if terms else 0,
        latest_end=terms.latest_end if terms else None,
    )
    values = {
        **timing_columns(timing),
        **(terms.columns(MOCK) if terms else {}),
        "learner_id": learner_id,
        "mode": MOCK,
        "form_id": form.id,
        "item_count": len(form.entries),
        "blueprint_id": blueprint_id,
        "blueprint_revision_id": current.revision_id,
        "break_after": stage_from(current.blueprint.breaks).break_after,
    }
    return _insert(session, values, form)


def choose_mock(
    session: Session,
    learner_id: int,
    state: str | None,
    blueprint_id: str,
    without: frozenset[str] = frozenset(),
) -> ChosenForm:
    """Items for a mock, those first that the learner met least. It reads only.

    :param without: items to leave out.
    :raises BankTooSmall: if the bank cannot fill the blueprint.
    """
    current = current_blueprint(session, blueprint_id)
    blueprint, seed = current.blueprint, secrets.randbits(62)
    pool = [
        item
        for item in live_items(session, state)
        if item.type in blueprint.item_types and item.item_id not in without
    ]
    try:
        placed = assemble(blueprint.form, blueprint.board_map, candidates(session, learner_id, pool), seed)
    except CannotFill as error:
        raise BankTooSmall from error
    return ChosenForm(
        blueprint_revision_id=current.revision_id, seed=seed, entries=pin(session, placed, seed)
    )


def insert_practice(
    session: Session,
    learner_id: int,
    state: str | None,
    focus: PracticeFocus,
    size: int,
    now: datetime,
    terms: SittingTerms,
) -> int | None:
    """The id of a new practice set in a sitting; None when a constraint lets another one stand.

    :raises NothingToPractise: when no item is left that an open mock does not hold back.
    """
    seed = secrets.randbits(62)
    chosen = _choose(session, learner_id, state, [focus], size, seed, now)
    if not chosen:
        raise NothingToPractise
    form = add_form(session, pin(session, [(each, each.domain) for each in chosen], seed), seed, now)
    values = {
        **timing_columns(Timing(started_at=now, grace_seconds=0, latest_end=terms.latest_end)),
        **terms.columns(PRACTICE),
        "learner_id": learner_id,
        "mode": PRACTICE,
        "form_id": form.id,
        "item_count": len(chosen),
        "focus": _focus_column([focus]),
    }
    return _insert(session, values, form)


def _insert(session: Session, values: dict[str, Any], form: Form) -> int | None:
    insert = insert_for(session.get_bind().dialect.name, Attempt)
    statement = insert.values(values).on_conflict_do_nothing().returning(Attempt.id)
    started = session.execute(statement).scalar_one_or_none()
    if started is None:
        session.delete(form)
    return started


def open_mock(session: Session, learner_id: int, blueprint_id: str) -> Attempt | None:
    """The learner's mock for this blueprint that is not handed in; its time may have passed."""
    return session.scalar(
        select(Attempt).where(
            Attempt.learner_id == learner_id,
            Attempt.blueprint_id == blueprint_id,
            Attempt.mode == MOCK,
            Attempt.submitted_at.is_(None),
        )
    )


def current_blueprint(session: Session, blueprint_id: str) -> CurrentBlueprint:
    """:raises AttemptNotFound: when there is no such blueprint."""
    found = catalogue(session).blueprints.get(blueprint_id)
    if found is None:
        raise AttemptNotFound
    return found


def pin(session: Session, placed: Sequence[tuple[Candidate, str]], seed: int) -> list[FormEntry]:
    """The places with the option order that this learner is shown."""
    rng = random.Random(seed)
    items = revisions(session, [candidate.revision_id for candidate, _ in placed])
    entries = []
    for candidate, domain in placed:
        item = items[candidate.revision_id]
        order = ITEM_TYPES[item.type].shuffle(item, rng)
        entries.append(
            FormEntry(
                revision_id=candidate.revision_id, item_id=candidate.item_id, domain=domain, order=order
            )
        )
    return entries


def add_form(session: Session, entries: Iterable[FormEntry], seed: int, now: datetime) -> Form:
    form = Form(
        seed=seed,
        created_at=now,
        entries=[
            {
                "revision": entry.revision_id,
                "item": entry.item_id,
                "domain": entry.domain,
                "order": list(entry.order),
            }
            for entry in entries
        ],
    )
    session.add(form)
    session.flush()
    return form


def timing_columns(timing: Timing) -> dict[str, Any]:
    return {
        "started_at": timing.started_at,
        "limit_seconds": timing.limit_seconds,
        "multiplier_percent": timing.multiplier_percent,
        "added_seconds": timing.added_seconds,
        "break_seconds": timing.break_seconds,
        "grace_seconds": timing.grace_seconds,
        "latest_end_at": timing.latest_end,
        "deadline_at": deadline(timing),
        "closes_at": closes_at(timing),
    }
