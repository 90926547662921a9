from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.core.deadline import (
    Added,
    Timing,
    added_seconds,
    arrival,
    closes_at,
    deadline,
    ends_early,
    is_timed,
    own_end,
    seconds_left,
)

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
MOCK = Timing(started_at=START, limit_seconds=75 * 60)
SECOND, TICK = timedelta(seconds=1), timedelta(microseconds=1)

timings = st.builds(
    Timing,
    started_at=st.timedeltas(timedelta(0), timedelta(days=3650)).map(START.__add__),
    limit_seconds=st.none() | st.integers(0, 20_000),
    multiplier_percent=st.sampled_from([None, 100, 125, 150, 200]),
    added_seconds=st.integers(0, 7200),
    break_seconds=st.integers(0, 7200),
    break_until=st.none() | st.timedeltas(timedelta(0), timedelta(days=3690)).map(START.__add__),
    grace_seconds=st.integers(0, 300),
    latest_end=st.none() | st.timedeltas(timedelta(0), timedelta(days=3690)).map(START.__add__),
)
offsets = st.timedeltas(timedelta(days=-1), timedelta(days=40))


@pytest.mark.parametrize(("percent", "minutes"), [(100, 75), (125, 93.75), (150, 112.5), (200, 150)], ids=str)
def test_the_multiplier_stretches_the_limit_exactly(percent: int, minutes: float) -> None:
    assert deadline(replace(MOCK, multiplier_percent=percent)) == START + timedelta(minutes=minutes)


def test_added_time_and_breaks_are_not_multiplied() -> None:
    timing = replace(MOCK, multiplier_percent=200, added_seconds=600, break_seconds=45)
    assert deadline(timing) == START + timedelta(minutes=160, seconds=45)


@pytest.mark.parametrize(
    "timing",
    [
        Timing(started_at=START),
        Timing(started_at=START, limit_seconds=None, multiplier_percent=None, added_seconds=60),
        Timing(started_at=START, limit_seconds=4500, multiplier_percent=None, break_seconds=60),
    ],
)
def test_practice_and_untimed_exams_close_after_30_days(timing: Timing) -> None:
    assert not is_timed(timing)
    assert deadline(timing) == START + timedelta(days=30)


@pytest.mark.parametrize(
    ("after_deadline", "expected"),
    [
        (-SECOND, "in_time"),
        (timedelta(0), "in_time"),
        (TICK, "late"),
        (30 * SECOND, "late"),
        (30 * SECOND + TICK, "closed"),
    ],
)
def test_arrival_decides_with_both_limits_included(after_deadline: timedelta, expected: str) -> None:
    assert arrival(MOCK, deadline(MOCK) + after_deadline) == expected


@given(timings)
def test_an_attempt_never_ends_after_the_latest_end_and_its_grace(timing: Timing) -> None:
    free = replace(timing, latest_end=None)
    assert own_end(timing) == deadline(free)
    assert not ends_early(free)
    if timing.latest_end is None:
        return
    assert deadline(timing) == min(deadline(free), timing.latest_end)
    assert closes_at(timing) <= timing.latest_end + timedelta(seconds=timing.grace_seconds)
    assert ends_early(timing) == (deadline(timing) < deadline(free))
    assert is_timed(timing) == is_timed(free)


def test_a_latest_end_after_the_own_one_changes_nothing() -> None:
    later = replace(MOCK, latest_end=START + timedelta(minutes=75))
    assert deadline(later) == deadline(MOCK)
    assert not ends_early(later)
    assert ends_early(replace(MOCK, latest_end=START + timedelta(minutes=75) - TICK))


def test_without_grace_nothing_is_late() -> None:
    timing = replace(MOCK, grace_seconds=0)
    assert arrival(timing, deadline(timing)) == "in_time"
    assert arrival(timing, deadline(timing) + TICK) == "closed"


@given(timings, offsets, st.timedeltas(timedelta(0), timedelta(days=1)))
def test_time_only_ever_moves_an_attempt_towards_its_end(
    timing: Timing, offset: timedelta, later: timedelta
) -> None:
    stages = ["in_time", "late", "closed"]
    now = timing.started_at + offset
    assert stages.index(arrival(timing, now + later)) >= stages.index(arrival(timing, now))
    assert seconds_left(timing, now + later) <= seconds_left(timing, now)


@given(timings, st.timedeltas(timedelta(0), timedelta(days=40)))
def test_the_clock_shows_zero_exactly_from_the_deadline_on(timing: Timing, offset: timedelta) -> None:
    timing = replace(timing, break_until=None)
    now = timing.started_at + offset
    left = seconds_left(timing, now)
    assert left >= 0
    assert (left == 0) == (now >= deadline(timing))
    assert (left - 1) * SECOND < max(timedelta(0), deadline(timing) - now) <= left * SECOND


@given(timings, offsets, st.integers(0, 3600))
def test_more_time_never_closes_an_attempt(timing: Timing, offset: timedelta, seconds: int) -> None:
    now = timing.started_at + offset
    longer = replace(timing, added_seconds=timing.added_seconds + seconds)
    assert closes_at(longer) >= closes_at(timing)
    assert not (arrival(longer, now) == "closed" and arrival(timing, now) != "closed")


def test_in_a_break_the_clock_stands_still_until_its_end() -> None:
    timing = replace(MOCK, break_seconds=600, break_until=START + timedelta(minutes=40))
    moments = [30, 39, 40, 41]
    lefts = [seconds_left(timing, START + timedelta(minutes=minute)) // 60 for minute in moments]
    assert lefts == [45, 45, 45, 44]


def test_zones_do_not_matter() -> None:
    elsewhere = timezone(timedelta(hours=-7))
    now = START + timedelta(minutes=74)
    assert seconds_left(MOCK, now.astimezone(elsewhere)) == 60


@pytest.mark.parametrize(
    "change",
    [{"limit_seconds": -1}, {"multiplier_percent": -50}, {"grace_seconds": -1}, {"break_seconds": -1}],
)
def test_negative_amounts_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no such timing"):
        Timing(started_at=START, **change)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no such timing"):
        Timing(started_at=START.replace(tzinfo=None))
    with pytest.raises(ValueError, match="no such timing"):
        Timing(started_at=START, latest_end=START.replace(tzinfo=None))
    with pytest.raises(ValueError, match="no such timing"):
        Timing(started_at=START, break_until=START.replace(tzinfo=None))


# Time on top


@pytest.mark.parametrize(
    ("multiplier", "added", "seconds"),
    [
        (100, Added(), 0),
        (100, Added(minutes=10), 600),
        (150, Added(minutes=10), 600),
        (100, Added(shared_minutes=10), 600),
        (150, Added(shared_minutes=10), 900),
        (125, Added(shared_minutes=1), 75),
        (100, Added(percent=20), 900),
        (150, Added(percent=20), 1350),
        (150, Added(shared_percent=20), 1350),
        (150, Added(shared_percent=1), 68),  # 67.5: never less than was said
        (200, Added(minutes=1, percent=10, shared_minutes=1, shared_percent=10), 60 + 900 + 120 + 900),
        (None, Added(minutes=10, percent=20, shared_minutes=10, shared_percent=20), 600),
    ],
)
def test_what_is_added_keeps_the_ratio_of_each(multiplier: int | None, added: Added, seconds: int) -> None:
    assert added_seconds(75 * 60, multiplier, added) == seconds


def test_nothing_is_a_share_of_no_limit() -> None:
    assert added_seconds(None, 100, Added(percent=20, shared_minutes=5, shared_percent=20)) == 0


amounts = st.integers(0, 240)


@given(st.integers(0, 20_000), st.sampled_from([100, 125, 150, 200]), amounts, amounts, amounts, amounts)
def test_more_is_never_less(
    limit: int, multiplier: int, minutes: int, percent: int, more_minutes: int, more_percent: int
) -> None:
    one = Added(shared_minutes=minutes, shared_percent=percent)
    both = Added(shared_minutes=minutes + more_minutes, shared_percent=percent + more_percent)
    assert added_seconds(limit, multiplier, both) >= added_seconds(limit, multiplier, one)
