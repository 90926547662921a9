"""Breaks of an exam: which items take answers before and after one, and what it does to the clock.

Items before a break close when it is taken or passed over; those after it open then. While it runs, none is.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from typing import Literal

from quizapp.core.blueprint import Break
from quizapp.core.deadline import Timing

Place = Literal["open", "closed", "ahead", "break"]
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where an attempt is among its breaks, as stored with it."""

    closed_through: int = 0  # items up to this one take no more changes
    break_after: int | None = None  # the next break comes after this item; None: no more breaks

    def reaches(self, position: int) -> bool:
        """Whether an item lies between the last break and the next one."""
        is_ahead = self.break_after is not None and position > self.break_after
        return position > self.closed_through and not is_ahead


def next_break(breaks: Iterable[Break], closed_through: int) -> Break | None:
    """The first break that comes when the items up to one are closed."""
    to_come = [each for each in breaks if each.after_item > closed_through]
    return min(to_come, key=lambda each: each.after_item, default=None)


def stage_from(breaks: Iterable[Break], closed_through: int = 0) -> Stage:
    """The stage of an attempt whose items are closed up to one."""
    following = next_break(breaks, closed_through)
    return Stage(closed_through=closed_through, break_after=following.after_item if following else None)


def is_on_break(break_until: datetime | None, now: datetime) -> bool:
    """Whether a break runs now, by the end of the last one."""
    return break_until is not None and now < break_until


def place(stage: Stage, break_until: datetime | None, position: int, now: datetime) -> Place:
    """What the breaks make of an item: it takes answers, no more, not yet, or not while a break runs."""
    if is_on_break(break_until, now):
        return "break"
    if stage.reaches(position):
        return "open"
    return "closed" if position <= stage.closed_through else "ahead"


def begin(timing: Timing, length: timedelta, now: datetime) -> Timing:
    """The timing once a break has begun: its end moves by the whole length at once.

    A break never outlasts `latest_end`.
    """
    until = now + length
    if timing.latest_end is not None:
        until = max(now, min(until, timing.latest_end))
    return replace(
        timing, break_until=until, break_seconds=timing.break_seconds + ceil((until - now) / SECOND)
    )


def come_back(timing: Timing, now: datetime) -> Timing:
    """The timing once a break has ended early: what was not used is given back, in whole seconds."""
    if timing.break_until is None or now >= timing.break_until:
        return timing
    unused = (timing.break_until - now) // SECOND
    return replace(timing, break_until=now, break_seconds=timing.break_seconds - unused)
