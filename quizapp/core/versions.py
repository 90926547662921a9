"""The rule of the save protocol: what becomes of one change of one answer.

The rule is carried out by SQL (an upsert guarded by version and state, and a history row); this is the same
rule as a plain function, for reading and as the model that tests hold the SQL against. Two things follow:

- an answer is replaced only by a change that was made on top of it, so no writer overwrites another unseen;
- a change has one outcome for ever, however often it arrives, because the history is asked first. The SQL
  may ask it last for a change that was saved: its base can never again be the stored version. A change that
  was refused can come back after its base has become the stored version or the time was extended, so the
  guarded write must also require that the history does not hold its id.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from quizapp.core.deadline import Arrival

Outcome = Literal["saved", "late", "conflict", "closed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """The answer that stands at one position; version 0 before the first one."""

    version: int = 0
    answer: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change as it arrives: `base` is the version that the server last acknowledged to its sender."""

    base: int
    change_id: str
    body: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A history row; `version` is the one made, or for a refusal the one that stood."""

    body: Any
    outcome: Outcome
    version: int


@dataclass(frozen=True, slots=True)
class Saved:
    """Written in time."""

    version: int


@dataclass(frozen=True, slots=True)
class Late:
    """Written within the grace after the deadline."""

    version: int


@dataclass(frozen=True, slots=True)
class Replayed:
    """It came before: its outcome then is told again, and nothing is written."""

    outcome: Outcome
    version: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """It was made on top of something else than what stands now; the learner is asked."""

    current: Stored


@dataclass(frozen=True, slots=True)
class Closed:
    """It came after the grace, after handing in, or to an item that a break has closed."""


Decision = Saved | Late | Replayed | Conflict | Closed
History = Mapping[str, Recorded]


def decide(stored: Stored, history: History, change: Change, arrival: Arrival) -> Decision:
    """What becomes of a change.

    :param arrival: "closed" also once the attempt is handed in, and where a break lets no answer in
        (`core.breaks.place`).
    """
    before = history.get(change.change_id)
    if before is not None and before.body == change.body:
        return Replayed(before.outcome, before.version)
    if arrival == "closed":
        return Closed()
    if before is not None or change.base != stored.version:  # an id with two bodies is never written
        return Conflict(stored)
    version = stored.version + 1
    return Late(version) if arrival == "late" else Saved(version)


def apply(stored: Stored, history: History, change: Change, decision: Decision) -> tuple[Stored, History]:
    """The answer and the history after a decision. A history row is written once and never changed."""
    match decision:
        case Saved(version):
            stored, row = Stored(version=version, answer=change.body), _row(change, "saved", version)
        case Late(version):
            stored, row = Stored(version=version, answer=change.body), _row(change, "late", version)
        case Conflict():
            row = _row(change, "conflict", stored.version)
        case Closed():
            row = _row(change, "closed", stored.version)
        case Replayed():
            return stored, history
    return stored, {change.change_id: row, **history}


def _row(change: Change, outcome: Outcome, version: int) -> Recorded:
    return Recorded(body=change.body, outcome=outcome, version=version)
