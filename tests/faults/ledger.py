"""What the server has acknowledged, written down outside of it, and compared with the database at the end."""

import json
import threading
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.core.receipt import answer_hash
from quizapp.exams.models import ItemResponse, ResponseChange

WRITTEN = ("saved", "late")

Place = tuple[int, int]  # attempt and position


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """The server's word about one change: `version` and `hash` are its own, the rest is what was sent.

    `asked_at` is when the request went off that was answered at last, in seconds since 1970.
    """

    attempt_id: int
    position: int
    change_id: str
    base: int
    answer: Any
    is_flagged: bool
    outcome: str
    version: int
    hash: str
    asked_at: float

    @property
    def place(self) -> Place:
        return self.attempt_id, self.position

    @property
    def body(self) -> dict[str, Any]:
        return {"answer": self.answer, "flagged": self.is_flagged}


class Ledger:
    """A file with one line for each acknowledgement, in the order of arrival."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._sent: set[tuple[Place, str]] = set()
        self._lock = threading.Lock()
        self._file = path.open("a", encoding="utf-8")

    def sent(self, attempt_id: int, position: int, change_id: str) -> None:
        """A change is about to be sent; it may arrive without a word of the server's coming back."""
        with self._lock:
            self._sent.add(((attempt_id, position), change_id))

    def write(self, acknowledged: Acknowledged) -> None:
        with self._lock:
            self._file.write(json.dumps(asdict(acknowledged)) + "\n")
            self._file.flush()

    def close(self) -> None:
        self._file.close()

    def entries(self) -> list[Acknowledged]:
        return [Acknowledged(**json.loads(line)) for line in self.path.read_text("utf-8").splitlines()]

    def audit(self, session: Session) -> "Audit":
        """Hold everything that was acknowledged against what the database holds."""
        return audit(session, self.entries(), self._sent)


@dataclass(slots=True)
class Audit:
    """What a comparison found; each list has one line for each thing that is wrong."""

    acknowledged: int = 0
    told_again: int = 0  # were written by an earlier try, whose answer never came
    lost: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)  # the database contradicts itself, or holds what nobody sent

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.changed or self.odd)

    def __str__(self) -> str:
        counts = f"{self.acknowledged} acknowledged, {len(self.lost)} lost, {len(self.changed)} changed"
        return "\n".join([counts, *self.lost[:5], *self.changed[:5], *self.odd[:5]])


def audit(session: Session, entries: Iterable[Acknowledged], sent: set[tuple[Place, str]]) -> Audit:
    found = Audit()
    by_place: dict[Place, list[Acknowledged]] = defaultdict(list)
    for entry in entries:
        found.acknowledged += 1
        by_place[entry.place].append(entry)
    attempts = {attempt_id for attempt_id, _ in by_place} | {place[0] for place, _ in sent}
    history = _history(session, attempts)
    rows = {
        (row.attempt_id, row.position): row
        for row in session.scalars(select(ItemResponse).where(ItemResponse.attempt_id.in_(attempts)))
    }
    for place, told in by_place.items():
        _check_history(found, history[place], told)
        _check_answer(found, rows.get(place), told)
    for place in history.keys() | rows.keys():
        _check_chain(found, place, history[place], rows.get(place))
        unsent = [name for name in history[place] if (place, name) not in sent]
        found.odd += [f"{place}: {name} was never sent" for name in unsent]
    return found


def _history(session: Session, attempts: set[int]) -> dict[Place, dict[str, ResponseChange]]:
    found: dict[Place, dict[str, ResponseChange]] = defaultdict(dict)
    for row in session.scalars(select(ResponseChange).where(ResponseChange.attempt_id.in_(attempts))):
        found[row.attempt_id, row.position][row.change_id] = row
    return found


def _check_history(found: Audit, history: dict[str, ResponseChange], told: list[Acknowledged]) -> None:
    """Every acknowledged change is there, as it was sent and with the outcome that was told."""
    for entry in told:
        row = history.get(entry.change_id)
        if row is None:
            found.lost.append(f"the history lacks {entry}")
        elif (row.outcome, row.version, row.body) != (entry.outcome, entry.version, entry.body):
            found.changed.append(f"the history says {row.outcome} {row.version} {row.body} of {entry}")
        elif entry.outcome != "conflict" and answer_hash(row.body["answer"]) != entry.hash:
            found.changed.append(f"the server told another answer than it keeps of {entry}")
        elif row.received_at.timestamp() < entry.asked_at:
            found.told_again += 1


def _check_answer(found: Audit, row: ItemResponse | None, told: list[Acknowledged]) -> None:
    """The newest acknowledged version stands, or a later one that stands on it."""
    written = [entry for entry in told if entry.outcome in WRITTEN]
    if not written:
        return
    newest = max(written, key=lambda entry: entry.version)
    if row is None or row.version < newest.version:
        found.lost.append(f"version {row.version if row else 0} stands in place of {newest}")
    elif row.version == newest.version and _body(row) != newest.body:
        found.changed.append(f"{_body(row)} stands in place of {newest}")


def _check_chain(
    found: Audit, place: Place, history: dict[str, ResponseChange], row: ItemResponse | None
) -> None:
    """The versions are 1, 2, 3, ..., each made on top of the one before, and the last of them stands."""
    written = [each for each in history.values() if each.outcome in WRITTEN]
    chain = sorted(written, key=lambda each: each.version)
    steps = [(each.base, each.version) for each in chain]
    if steps != [(number, number + 1) for number in range(len(chain))]:
        found.odd.append(f"{place}: the versions are {steps}")
    stands = row.version if row else 0
    if stands != len(chain):
        found.odd.append(f"{place}: version {stands} stands after {len(chain)} changes")
    elif row and chain and _body(row) != chain[-1].body:
        found.odd.append(f"{place}: {_body(row)} stands, the history ends with {chain[-1].body}")


def _body(row: ItemResponse) -> dict[str, Any]:
    return {"answer": row.answer, "flagged": row.is_flagged}
