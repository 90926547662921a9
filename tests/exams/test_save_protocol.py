"""The save protocol against its rule: the SQL must do what `core.versions.decide` says."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quizapp.accounts.models import User
from quizapp.core import versions
from quizapp.core.breaks import place
from quizapp.core.deadline import arrival, closes_at, deadline
from quizapp.core.versions import Closed, Conflict, Late, Recorded, Replayed, Saved
from quizapp.direct import Direct
from quizapp.exams import handing_in, pausing
from quizapp.exams.loading import OpenedItem, open_item
from quizapp.exams.models import MOCK, Attempt, Form, ItemResponse, ResponseChange
from quizapp.exams.queries import own_mock
from quizapp.exams.saving import MOST_REFUSED, Change, SaveResult, record_change
from tests.exams.walk import change_id
from tests.factories import NOW, give_breaks, make_mock

POSITION = 3
MOMENTS = {"in time": 0, "at the deadline": 4500, "late": 4510, "at the end": 4530, "over": 4531}

Act = Literal[
    "write",
    "write anywhere",
    "send again",
    "other body",
    "clock",
    "more time",
    "hand in",
    "take the break",
    "go on without",
    "come back",
]
Step = tuple[Act, int, int]
ACTS: list[Act] = ["write", "write", "write anywhere", "send again", "send again", "other body", "clock"]
# Before the item that is written, and after it; the clock may move to within a break, and to its end.
BREAKS = (POSITION - 1, 10), (POSITION, 5)
BREAK_ACTS: list[Act] = [
    "write",
    "write",
    "send again",
    "clock",
    "take the break",
    "go on without",
    "come back",
]
IN_BREAKS = [0, 60, 300, 600, 659, 660, 900, *MOMENTS.values(), 5400, 5430, 5431]


def steps(acts: list[Act]) -> st.SearchStrategy[list[Step]]:
    return st.lists(
        st.tuples(
            st.sampled_from([*acts, "more time", "hand in"]),
            st.integers(0, 2),  # which browser
            st.integers(0, 40),  # what it chooses, or which of all changes so far comes again
        ),
        max_size=25,
    )


@pytest.fixture
def attempt(app: Flask, session: Session, content: None, alice: User) -> Attempt:
    found = session.get(Attempt, make_mock(app, session, alice))
    assert found
    return found


@dataclass
class Twin:
    """The database and the model side by side."""

    session: Session
    attempt: Attempt
    opened: OpenedItem
    stored: versions.Stored = field(default_factory=versions.Stored)
    history: versions.History = field(default_factory=dict)
    seconds: int = 0
    rows: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    sent: list[Change] = field(default_factory=list)

    def receive(self, change: Change) -> SaveResult:
        """One change into both, which must say the same and stand the same afterwards."""
        now = NOW + timedelta(seconds=self.seconds)
        timing = self.attempt.timing
        is_open = place(self.attempt.stage, timing.break_until, POSITION, now) == "open"
        when = arrival(timing, now) if is_open and not self.attempt.submitted_at else "closed"
        told = versions.Change(base=change.base, change_id=change.change_id, body=change.body)
        decision = versions.decide(self.stored, self.history, told, when)
        self.stored, self.history = versions.apply(self.stored, self.history, told, decision)
        result = record_change(Direct.within(self.session), self.opened, change, now)
        assert (result.outcome, result.version) == _expected(decision, self.stored.version)
        assert result.is_replay == isinstance(decision, Replayed)
        if isinstance(decision, Conflict):
            assert {"answer": result.answer, "flagged": result.is_flagged} == self.body
        self.compare()
        return result

    @property
    def body(self) -> dict[str, Any]:
        return self.stored.answer or {"answer": None, "flagged": False}

    def compare(self) -> None:
        self.session.expire_all()
        row = self.session.get(ItemResponse, (self.attempt.id, POSITION))
        if row is None:
            assert self.stored.version == 0
        else:
            assert row.version == self.stored.version
            assert {"answer": row.answer, "flagged": row.is_flagged} == self.body
        rows = {
            row.change_id: tuple(row)
            for row in self.session.execute(select(ResponseChange.__table__).order_by(ResponseChange.id))
        }
        assert rows | self.rows == rows, "a history row was changed or is gone"
        self.rows = rows
        assert self.history == {
            name: Recorded(body=row[5], outcome=row[6], version=row[7]) for name, row in rows.items()
        }

    def add_time(self, seconds: int) -> None:
        """As a proctor does; brings an attempt back whose time has passed."""
        self.attempt.added_seconds += seconds
        self.attempt.deadline_at = deadline(self.attempt.timing)
        self.attempt.closes_at = closes_at(self.attempt.timing)
        self.session.flush()

    def pause(self, act: Act) -> None:
        mock = own_mock(self.session, self.attempt.learner_id, self.attempt.id)
        now, after = NOW + timedelta(seconds=self.seconds), mock.stage.break_after or 0
        if act == "take the break":
            pausing.take_break(self.session, mock, after, now)
        elif act == "go on without":
            pausing.pass_over_break(self.session, mock, after, now)
        else:
            pausing.end_break(self.session, mock, now)


def _expected(decision: versions.Decision, standing: int) -> tuple[str, int]:
    match decision:
        case Saved(version):
            return "saved", version
        case Late(version):
            return "late", version
        case Replayed(outcome, version):
            return outcome, version
        case Conflict(current):
            return "conflict", current.version
        case Closed():
            return "closed", standing


def make_twin(session: Session, attempt: Attempt, learner: User) -> Twin:
    return Twin(session, attempt, open_item(session, MOCK, learner.id, attempt.id, POSITION))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps(ACTS))
def test_sql_decides_as_the_rule_does(
    app: Flask, session: Session, attempt: Attempt, alice: User, run: list[Step]
) -> None:
    session.rollback()  # of an example that failed
    play(make_twin(session, attempt, alice), run, list(MOMENTS.values()))
    session.rollback()


@pytest.fixture
def attempt_with_breaks(app: Flask, session: Session, content: None, alice: User) -> Attempt:
    give_breaks(session, *BREAKS)
    found = session.get(Attempt, make_mock(app, session, alice))
    assert found
    return found


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example([("write", 0, 0), ("take the break", 0, 0), ("write", 0, 1), ("come back", 0, 0), ("write", 0, 2)])
@example([("go on without", 0, 0), ("write", 0, 0), ("go on without", 0, 0), ("write", 0, 1)])
@given(steps(BREAK_ACTS))
def test_sql_decides_as_the_rule_does_about_breaks(
    app: Flask, session: Session, attempt_with_breaks: Attempt, alice: User, run: list[Step]
) -> None:
    session.rollback()  # of an example that failed
    play(make_twin(session, attempt_with_breaks, alice), run, IN_BREAKS)
    session.rollback()


def play(twin: Twin, run: list[Step], moments: list[int]) -> None:
    """What several browsers, a proctor and the clock do, in turn."""
    session, attempt = twin.session, twin.attempt
    knows = [0, 0, 0]  # what each browser was last told
    for act, browser, number in run:
        if act == "clock":
            twin.seconds = max(twin.seconds, moments[number % len(moments)])
        elif act == "more time":
            twin.add_time(60 * number)
        elif act in ("take the break", "go on without", "come back"):
            twin.pause(act)
        elif act == "hand in":
            handing_in.submit_attempt(session, attempt.id, NOW + timedelta(seconds=twin.seconds), ())
            session.refresh(attempt)
        elif act in ("write", "write anywhere"):
            answer = None if number % 5 == 4 else {"option": number % 3}
            base = knows[browser] if act == "write" else number % 7
            change = _change(base, answer, is_flagged=number % 3 == 0)
            twin.sent.append(change)
            result = twin.receive(change)
            knows[browser] = result.version
        elif twin.sent:
            change = twin.sent[number % len(twin.sent)]
            if act == "other body":
                change = _change(twin.stored.version, {"option": number % 3}, name=change.change_id)
            twin.receive(change)


def _change(base: int, answer: Any, *, is_flagged: bool = False, name: str | None = None) -> Change:
    return Change(
        base=base,
        change_id=name or change_id(),
        answer=answer,
        is_flagged=is_flagged,
        milliseconds=1000,
    )


def test_refused_change_stays_refused_when_its_base_has_come_round(
    session: Session, attempt: Attempt, alice: User
) -> None:
    twin = make_twin(session, attempt, alice)
    ahead = _change(2, {"option": 1})
    assert twin.receive(ahead).outcome == "conflict"
    for base in (0, 1):
        assert twin.receive(_change(base, {"option": 0})).outcome == "saved"
    assert twin.receive(ahead).outcome == "conflict"
    assert twin.stored.answer["answer"] == {"option": 0}


def test_change_refused_after_the_end_stays_refused_when_time_is_added(
    session: Session, attempt: Attempt, alice: User
) -> None:
    twin = make_twin(session, attempt, alice)
    twin.seconds = MOMENTS["over"]
    late = _change(0, {"option": 1})
    assert twin.receive(late).outcome == "closed"
    twin.add_time(600)
    assert twin.receive(late).outcome == "closed"
    assert twin.receive(_change(0, {"option": 1})).outcome == "saved"


@pytest.mark.parametrize(
    ("moment", "outcome"),
    [
        ("in time", "saved"),
        ("at the deadline", "saved"),
        ("late", "late"),
        ("at the end", "late"),
        ("over", "closed"),
    ],
)
def test_arrival_decides(session: Session, attempt: Attempt, alice: User, moment: str, outcome: str) -> None:
    twin = make_twin(session, attempt, alice)
    twin.seconds = MOMENTS[moment]
    assert twin.receive(_change(0, {"option": 1})).outcome == outcome
    row = session.get(ItemResponse, (attempt.id, POSITION))
    assert (row is not None and row.is_late) == (outcome == "late")


def test_one_change_id_may_serve_two_positions(session: Session, attempt: Attempt, alice: User) -> None:
    change = _change(0, {"option": 0})
    for position in (1, 2):
        opened = open_item(session, MOCK, alice.id, attempt.id, position)
        assert record_change(Direct.within(session), opened, change, NOW).outcome == "saved"


def test_time_on_the_item_adds_up_but_a_night_does_not_count(
    session: Session, attempt: Attempt, alice: User
) -> None:
    opened = open_item(session, MOCK, alice.id, attempt.id, POSITION)
    for base, look in enumerate((1500, 2500, 10**9)):
        change = Change(base=base, change_id=change_id(), answer=None, is_flagged=True, milliseconds=look)
        record_change(Direct.within(session), opened, change, NOW)
    row = session.get(ItemResponse, (attempt.id, POSITION))
    assert row
    assert row.milliseconds == 1500 + 2500 + 24 * 3600 * 1000


def test_attempt_cannot_be_opened_twice_for_one_blueprint(session: Session, attempt: Attempt) -> None:
    """Not only the code around it says so."""
    columns = {column.name: getattr(attempt, column.name) for column in Attempt.__table__.columns}
    form = Form(seed=1, entries=[], created_at=NOW)
    session.add(form)
    session.flush()
    session.add(Attempt(**(columns | {"id": None, "form_id": form.id})))
    with pytest.raises(IntegrityError):
        session.flush()
    session.rollback()
    session.execute(update(Attempt).values(submitted_at=NOW))
    session.add(form_again := Form(seed=2, entries=[], created_at=NOW))
    session.flush()
    session.add(Attempt(**(columns | {"id": None, "form_id": form_again.id})))
    session.flush()


def test_refused_changes_of_an_item_are_kept_up_to_a_bound(
    app: Flask, session: Session, attempt: Attempt, alice: User
) -> None:
    opened = open_item(session, MOCK, alice.id, attempt.id, POSITION)
    handing_in.submit_attempt(session, attempt.id, NOW, [])
    refused = [_change(0, {"option": 0}) for _change_number in range(MOST_REFUSED + 5)]
    for change in refused:
        assert record_change(Direct.within(session), opened, change, NOW).outcome == "closed"
    assert len(session.scalars(select(ResponseChange.id)).all()) == MOST_REFUSED
    again = record_change(Direct.within(session), opened, refused[0], NOW)
    assert (again.outcome, again.is_replay) == ("closed", True)
