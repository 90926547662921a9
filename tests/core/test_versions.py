from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.core.deadline import Arrival
from quizapp.core.versions import (
    Change,
    Closed,
    Conflict,
    Decision,
    History,
    Late,
    Recorded,
    Replayed,
    Saved,
    Stored,
    apply,
    decide,
)

STOOD = Stored(version=3, answer="b")
SAVED_BEFORE: History = {"old": Recorded(body="b", outcome="saved", version=3)}


@pytest.mark.parametrize(
    ("change", "arrival", "expected"),
    [
        (Change(base=3, change_id="new", body="c"), "in_time", Saved(4)),
        (Change(base=3, change_id="new", body="c"), "late", Late(4)),
        (Change(base=3, change_id="new", body=None), "in_time", Saved(4)),
        (Change(base=3, change_id="new", body="c"), "closed", Closed()),
        (Change(base=2, change_id="new", body="c"), "in_time", Conflict(STOOD)),
        (Change(base=2, change_id="new", body="b"), "in_time", Conflict(STOOD)),
        (Change(base=0, change_id="new", body="c"), "late", Conflict(STOOD)),
        (Change(base=9, change_id="new", body="c"), "in_time", Conflict(STOOD)),
        (Change(base=2, change_id="new", body="c"), "closed", Closed()),
        (Change(base=2, change_id="old", body="b"), "in_time", Replayed("saved", 3)),
        (Change(base=2, change_id="old", body="b"), "closed", Replayed("saved", 3)),
        (Change(base=2, change_id="old", body="x"), "in_time", Conflict(STOOD)),
        (Change(base=3, change_id="old", body="x"), "in_time", Conflict(STOOD)),
    ],
)
def test_what_becomes_of_a_change(change: Change, arrival: Arrival, expected: Decision) -> None:
    assert decide(STOOD, SAVED_BEFORE, change, arrival) == expected


def test_the_first_answer_has_base_0_and_makes_version_1() -> None:
    change = Change(base=0, change_id="a", body={"option": 2})
    assert decide(Stored(), {}, change, "in_time") == Saved(1)


@pytest.mark.parametrize("arrival", ["in_time", "late", "closed"])
def test_a_refused_change_stays_refused_when_its_base_or_the_time_comes_round(arrival: Arrival) -> None:
    ahead = Change(base=4, change_id="a", body="x")
    stored, history = apply(STOOD, {}, ahead, decide(STOOD, {}, ahead, "in_time"))
    other = Change(base=3, change_id="b", body="y")
    stored, history = apply(stored, history, other, decide(stored, history, other, "in_time"))
    assert stored == Stored(version=4, answer="y")
    assert decide(stored, history, ahead, arrival) == Replayed("conflict", 3)


@dataclass
class Writer:
    """A browser: what the server last acknowledged to it, and each change with what it replaced there."""

    base: int = 0
    knows: Any = None
    written: list[tuple[Change, Any]] = field(default_factory=list)


@dataclass
class Server:
    """The stored side; `arrival` moves as time does, and back when time is added."""

    stored: Stored = field(default_factory=Stored)
    history: History = field(default_factory=dict)
    arrival: Arrival = "in_time"

    def receive(self, change: Change) -> Decision:
        decision = decide(self.stored, self.history, change, self.arrival)
        self.stored, self.history = apply(self.stored, self.history, change, decision)
        return decision


Step = tuple[Literal["write", "send", "clock"], int, int, bool]
steps = st.lists(
    st.tuples(
        st.sampled_from(["write", "send", "send", "clock"]),
        st.integers(0, 2),  # writer
        st.integers(0, 30),  # what it writes, or which of its changes is sent (again)
        st.booleans(),  # whether the server's answer gets back
    ),
    max_size=50,
)


def acknowledge(writer: Writer, change: Change, decision: Decision) -> None:
    """What a browser learns from an answer. After a conflict it is shown both and goes on from there."""
    match decision:
        case Saved(version) | Late(version) | Replayed("saved" | "late", version):
            if version >= writer.base:
                writer.base, writer.knows = version, change.body
        case Conflict(current):
            writer.base, writer.knows = current.version, current.answer
        case _:
            pass


@given(steps)
def test_no_writer_ever_overwrites_what_it_has_not_seen(run: list[Step]) -> None:
    server, writers = Server(), [Writer(), Writer(), Writer()]
    clock: list[Arrival] = ["in_time", "late", "closed"]
    saves = 0
    for act, number, choice, answered in run:
        writer = writers[number]
        if act == "clock":
            server.arrival = clock[choice % 3]
        elif act == "write":
            change = Change(base=writer.base, change_id=f"{number}-{len(writer.written)}", body=choice)
            writer.written.append((change, writer.knows))
        elif writer.written:
            # Any change of any age: requests are lost, late, repeated and out of order.
            change, replaces = writer.written[-1 - choice % len(writer.written)]
            before, decision = server.stored, server.receive(change)
            if isinstance(decision, Saved | Late):
                saves += 1
                assert before == Stored(version=change.base, answer=replaces)
                assert server.stored == Stored(version=change.base + 1, answer=change.body)
            else:
                assert server.stored == before
            if answered:
                acknowledge(writer, change, decision)
    assert server.stored.version == saves


@given(steps, st.lists(st.integers(0, 100), max_size=20), st.sampled_from(["in_time", "late", "closed"]))
def test_replaying_any_change_changes_nothing_and_tells_the_same(
    run: list[Step], again: list[int], then: Arrival
) -> None:
    server = Server()
    arrived: dict[str, Change] = {}
    for number, (_, base, body, _) in enumerate(run):
        change = Change(base=base, change_id=str(number), body=body)
        arrived[change.change_id] = change
        server.receive(change)
    stored, history = server.stored, dict(server.history)
    assert history.keys() == arrived.keys()
    server.arrival = then
    for number in again:
        if not arrived:
            break
        change = arrived[str(number % len(arrived))]
        row = history[change.change_id]
        assert server.receive(change) == Replayed(row.outcome, row.version)
    assert (server.stored, server.history) == (stored, history)


def test_a_history_row_is_never_overwritten() -> None:
    change = Change(base=3, change_id="old", body="another")
    _, history = apply(STOOD, SAVED_BEFORE, change, decide(STOOD, SAVED_BEFORE, change, "in_time"))
    assert history == SAVED_BEFORE
