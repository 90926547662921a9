"""When an attempt ends, and what that means for an answer that arrives: a pure function of time."""

import functools
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Literal

UNTIMED_LIFE = timedelta(days=30)  # practice and untimed exams close this long after their start

Arrival = Literal["in_time", "late", "closed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """What decides the end of an attempt, as stored with it. `started_at` is aware."""

    started_at: datetime
    limit_seconds: int | None = None  # None: practice
    multiplier_percent: int | None = 100  # 150 is time and a half; None: untimed
    added_seconds: int = 0
    break_seconds: int = 0  # stop-the-clock breaks taken so far
    grace_seconds: int = 30
    latest_end: datetime | None = None  # whatever time is left then; aware
    break_until: datetime | None = None  # the clock stands still until then; aware

    def __post_init__(self) -> None:
        amounts = (self.limit_seconds, self.multiplier_percent, self.break_seconds, self.grace_seconds)
        moments = (self.started_at, self.latest_end, self.break_until)
        is_naive = any(moment is not None and moment.tzinfo is None for moment in moments)
        if is_naive or any(amount is not None and amount < 0 for amount in amounts):
            raise ValueError(f"no such timing: {self}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """Time on top of a learner's own.

    `minutes` and `percent` (of the learner's own limit) are for one learner. The shared ones are for
    everybody: their minutes are those of standard time, and grow with a multiplier as the limit does.
    """

    minutes: int = 0
    percent: int = 0
    shared_minutes: int = 0
    shared_percent: int = 0


NOTHING_ADDED = Added()


def added_seconds(limit_seconds: int | None, multiplier_percent: int | None, added: Added) -> int:
    """Whole seconds on top of a learner's own limit. Parts of a second are rounded up, to their favour."""
    seconds = added.minutes * 60
    if limit_seconds is None or multiplier_percent is None:
        return seconds
    own_limit = limit_seconds * multiplier_percent  # in hundredths of a second
    shared = 6000 * added.shared_minutes * multiplier_percent + own_limit * added.shared_percent
    return seconds + ceil(own_limit * added.percent / 10_000) + ceil(shared / 10_000)


def is_timed(timing: Timing) -> bool:
    """Whether a clock runs for this learner."""
    return timing.limit_seconds is not None and timing.multiplier_percent is not None


@functools.lru_cache(maxsize=1024)  # a page of an exam asks five times
def deadline(timing: Timing) -> datetime:
    """The last moment at which an answer is in time: at the end of the attempt's own time, or earlier."""
    own = own_end(timing)
    return own if timing.latest_end is None else min(own, timing.latest_end)


def ends_early(timing: Timing) -> bool:
    """Whether the attempt ends before its own time is over."""
    return timing.latest_end is not None and timing.latest_end < own_end(timing)


def own_end(timing: Timing) -> datetime:
    """When the attempt's own time is over."""
    if timing.limit_seconds is None or timing.multiplier_percent is None:
        return timing.started_at + UNTIMED_LIFE
    # A hundredth of a second is 10 ms: whole numbers, so that 125 % is exact.
    limit = timedelta(milliseconds=10 * timing.limit_seconds * timing.multiplier_percent)
    return timing.started_at + limit + timedelta(seconds=timing.added_seconds + timing.break_seconds)


def closes_at(timing: Timing) -> datetime:
    """The last moment at which an answer counts: the deadline plus the grace for slow networks."""
    return deadline(timing) + timedelta(seconds=timing.grace_seconds)


def arrival(timing: Timing, now: datetime) -> Arrival:
    """How an answer that arrives now is treated: counted, counted and marked late, or refused."""
    if now <= deadline(timing):
        return "in_time"
    return "late" if now <= closes_at(timing) else "closed"


def seconds_left(timing: Timing, now: datetime) -> int:
    """Whole seconds until the deadline, rounded up: 0 only once it has come. A break uses none."""
    runs_from = now if timing.break_until is None else max(now, timing.break_until)
    return max(0, ceil((deadline(timing) - runs_from) / timedelta(seconds=1)))
