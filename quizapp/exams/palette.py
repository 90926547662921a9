"""Which places of a form are answered and which are flagged."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, String, bindparam, case, cast, select
from sqlalchemy.orm import Session, aliased

from quizapp.core.breaks import Stage
from quizapp.db import joined_text
from quizapp.exams.models import ItemResponse

ANSWERED, FLAGGED = 1, 2
CLOSED = 4  # added to the others where a break has closed the place
NO_BREAKS = Stage()


@dataclass(frozen=True, slots=True)
class Palette:
    """The state of each place in order: ANSWERED, FLAGGED, both added, or 0."""

    states: Sequence[int]
    stage: Stage = NO_BREAKS

    @classmethod
    def from_codes(cls, item_count: int, codes: Iterable[int | str], stage: Stage = NO_BREAKS) -> "Palette":
        """:param codes: as `palette_codes` has them; a place that nobody touched has none."""
        states = [0] * item_count
        for code in map(int, codes):
            states[(code >> 2) - 1] = code & 3
        return cls(states, stage)

    @property
    def answered(self) -> int:
        return self.states.count(ANSWERED) + self.states.count(ANSWERED + FLAGGED)

    @property
    def flagged(self) -> int:
        return self.states.count(FLAGGED) + self.states.count(ANSWERED + FLAGGED)

    @property
    def open(self) -> list[int]:
        """The positions without an answer."""
        return [position for position, state in enumerate(self.states, start=1) if not state & ANSWERED]

    @property
    def left_to_see(self) -> list[int]:
        """The positions that are open or flagged, and that no break has closed or is still to open."""
        return [
            position
            for position, state in enumerate(self.states, start=1)
            if state != ANSWERED and self.stage.reaches(position)
        ]

    @property
    def open_here(self) -> list[int]:
        """The positions without an answer between the last break and the next one."""
        return [position for position in self.open if self.stage.reaches(position)]

    @property
    def missed(self) -> list[int]:
        """The positions that were closed without an answer."""
        return [position for position in self.open if position <= self.stage.closed_through]

    @property
    def go_on_at(self) -> int:
        """The first open position that no break has closed; without one, the first of these positions."""
        first = self.stage.closed_through + 1
        return next((position for position in self.open if position >= first), first)

    def is_answered(self, position: int) -> bool:
        return bool(self.states[position - 1] & ANSWERED)

    def is_flagged(self, position: int) -> bool:
        return bool(self.states[position - 1] & FLAGGED)


_place = aliased(ItemResponse)  # one of its own, as it is also read beside the response of one item
_code: ColumnElement[int] = (
    _place.position * 4
    + case((_place.answer.is_not(None), ANSWERED), else_=0)
    + case((_place.is_flagged, FLAGGED), else_=0)
)


def palette_codes(attempt_id: Any) -> ScalarSelect[str]:
    """The places of an attempt as one text: for each, four times its position plus its state."""
    codes = joined_text(cast(_code, String), " ")
    return select(codes).where(_place.attempt_id == attempt_id).scalar_subquery()


_CODES = select(_code).where(_place.attempt_id == bindparam("attempt_id"))


def read_palette(session: Session, attempt_id: int, item_count: int, stage: Stage) -> Palette:
    return Palette.from_codes(item_count, session.scalars(_CODES, {"attempt_id": attempt_id}), stage)
