from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.core.blueprint import Break
from quizapp.core.breaks import Stage, begin, come_back, is_on_break, next_break, place, stage_from
from quizapp.core.deadline import Timing, closes_at, deadline, seconds_left

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
MOCK = Timing(started_at=START, limit_seconds=75 * 60)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
BREAKS = [Break(after_item=60, minutes=10), Break(after_item=30, minutes=5)]

spans = st.timedeltas(timedelta(0), timedelta(hours=3))
breaks = st.lists(st.builds(Break, after_item=st.integers(1, 20), minutes=st.integers(1, 30)), max_size=4)


@pytest.mark.parametrize(
    ("closed_through", "comes_next"), [(0, 30), (29, 30), (30, 60), (59, 60), (60, None), (90, None)]
)
def test_breaks_come_in_the_order_of_their_items(closed_through: int, comes_next: int | None) -> None:
    found = next_break(BREAKS, closed_through)
    assert (found.after_item if found else None) == comes_next
    assert stage_from(BREAKS, closed_through).break_after == comes_next


def test_an_exam_without_breaks_is_open_from_the_first_item_to_the_last() -> None:
    assert stage_from([]) == Stage()
    assert {place(Stage(), None, position, START) for position in (1, 2, 150)} == {"open"}


@pytest.mark.parametrize(
    ("position", "before", "between", "after"),
    [
        (1, "open", "closed", "closed"),
        (30, "open", "closed", "closed"),
        (31, "ahead", "open", "closed"),
        (60, "ahead", "open", "closed"),
        (61, "ahead", "ahead", "open"),
        (90, "ahead", "ahead", "open"),
    ],
)
def test_an_item_is_open_between_two_breaks_alone(
    position: int, before: str, between: str, after: str
) -> None:
    stages = [stage_from(BREAKS, closed_through) for closed_through in (0, 30, 60)]
    assert [place(stage, None, position, START) for stage in stages] == [before, between, after]
    assert [place(stage, START + SECOND, position, START) for stage in stages] == ["break"] * 3
    assert [place(stage, START, position, START) for stage in stages] == [before, between, after]


def test_the_end_moves_by_the_whole_break_at_once_and_the_clock_stands_still() -> None:
    began = begin(MOCK, 10 * MINUTE, START + 30 * MINUTE)
    assert deadline(began) == START + 85 * MINUTE
    assert began.break_until == START + 40 * MINUTE
    for minute in (30, 35, 40):
        assert seconds_left(began, START + minute * MINUTE) == 45 * 60
    assert seconds_left(began, START + 41 * MINUTE) == 44 * 60


def test_extra_time_makes_no_break_longer() -> None:
    slow = replace(MOCK, multiplier_percent=200)
    began = begin(slow, 10 * MINUTE, START)
    assert deadline(began) - deadline(slow) == 10 * MINUTE


def test_without_a_limit_a_break_changes_no_end() -> None:
    untimed = replace(MOCK, multiplier_percent=None)
    began = begin(untimed, 10 * MINUTE, START)
    assert deadline(began) == deadline(untimed)
    assert is_on_break(began.break_until, START + 9 * MINUTE)


def test_who_comes_back_early_gets_only_what_was_used() -> None:
    began = begin(MOCK, 10 * MINUTE, START + 30 * MINUTE)
    back = come_back(began, START + 33 * MINUTE)
    assert deadline(back) == START + 78 * MINUTE
    assert not is_on_break(back.break_until, START + 33 * MINUTE)
    assert come_back(back, START + 34 * MINUTE) == back


def test_coming_back_after_the_end_changes_nothing() -> None:
    began = begin(MOCK, 10 * MINUTE, START)
    for minute in (10, 11):
        assert come_back(began, START + minute * MINUTE) == began


def test_a_break_ends_with_the_window() -> None:
    sitting = replace(MOCK, latest_end=START + 40 * MINUTE)
    began = begin(sitting, 10 * MINUTE, START + 35 * MINUTE)
    assert began.break_until == deadline(began) == START + 40 * MINUTE
    assert began.break_seconds == 5 * 60


@given(
    now=spans.map(START.__add__),
    length=st.integers(1, 60),
    used=spans,
    latest_end=st.none() | spans.map(START.__add__),
    added=st.integers(0, 3600),
)
def test_no_break_takes_exam_time_or_gives_more_than_a_second(
    now: datetime, length: int, used: timedelta, latest_end: datetime | None, added: int
) -> None:
    timing = replace(MOCK, added_seconds=added, latest_end=latest_end)
    began = begin(timing, length * MINUTE, now)
    assert began.break_until
    assert began.break_until <= max(now, latest_end or began.break_until)
    back_at = min(now + used, began.break_until)
    back = come_back(began, back_at)
    assert deadline(timing) <= deadline(back) <= deadline(began)
    assert 0 <= back.break_seconds <= began.break_seconds
    assert latest_end is None or closes_at(back) <= latest_end + timedelta(seconds=timing.grace_seconds)
    if latest_end is None and now < deadline(timing):
        left, then = deadline(timing) - now, deadline(back) - back_at
        assert left <= then < left + SECOND
        assert seconds_left(began, now) == seconds_left(timing, now)


@given(breaks, st.data())
def test_every_item_is_open_in_one_stage_alone(offered: list[Break], data: st.DataObject) -> None:
    """Whatever is taken or passed over, one goes through the exam once and in one direction."""
    position = data.draw(st.integers(1, 21))
    stage, seen = stage_from(offered), []
    while True:
        seen.append(place(stage, None, position, START))
        if stage.break_after is None:
            break
        after = stage_from(offered, stage.break_after)
        assert after.closed_through > stage.closed_through
        stage = after
    assert seen.count("open") == 1
    at = seen.index("open")
    assert set(seen[:at]) <= {"ahead"}
    assert set(seen[at + 1 :]) <= {"closed"}
