from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.core.local_time import resolve

NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # clocks move by half an hour there


def wall(text: str) -> datetime:
    """A time as people write it, without a zone."""
    return datetime.fromisoformat(text)


walls = st.datetimes(wall("2020-01-01T00:00"), wall("2035-01-01T00:00"))


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


def test_an_ordinary_time_is_one_moment() -> None:
    found = resolve(wall("2026-03-03T10:00"), NEW_YORK)
    assert (found.comes, found.first, found.second) == (
        "once",
        utc(2026, 3, 3, 15, 0),
        utc(2026, 3, 3, 15, 0),
    )


def test_a_time_that_is_left_out_stands_for_one_as_long_after_the_leap() -> None:
    found = resolve(wall("2026-03-08T02:30"), NEW_YORK)
    assert (found.comes, found.first) == ("never", utc(2026, 3, 8, 7, 30))
    assert found.first.astimezone(NEW_YORK).replace(tzinfo=None) == wall("2026-03-08T03:30")


def test_a_time_that_comes_twice_is_two_moments() -> None:
    found = resolve(wall("2026-11-01T01:30"), NEW_YORK)
    assert (found.comes, found.first, found.second) == (
        "twice",
        utc(2026, 11, 1, 5, 30),
        utc(2026, 11, 1, 6, 30),
    )


@pytest.mark.parametrize(
    ("text", "comes"),
    [
        ("2026-03-08T01:59", "once"),
        ("2026-03-08T02:00", "never"),
        ("2026-03-08T02:59", "never"),
        ("2026-03-08T03:00", "once"),
        ("2026-11-01T00:59", "once"),
        ("2026-11-01T01:00", "twice"),
        ("2026-11-01T01:59", "twice"),
        ("2026-11-01T02:00", "once"),
    ],
)
def test_the_edges_of_the_changes(text: str, comes: str) -> None:
    assert resolve(wall(text), NEW_YORK).comes == comes


@given(walls, st.sampled_from([NEW_YORK, LORD_HOWE, ZoneInfo("Asia/Kolkata")]))
def test_what_comes_reads_as_it_was_written(written: datetime, zone: ZoneInfo) -> None:
    found = resolve(written, zone)
    assert found.first <= found.second
    read = {moment.astimezone(zone).replace(tzinfo=None, fold=0) for moment in (found.first, found.second)}
    assert (read == {written}) == (found.comes != "never")
    if found.comes == "never":
        assert timedelta(0) < read.pop() - written <= timedelta(hours=1)


def test_what_is_no_wall_time_is_refused() -> None:
    for moment in (utc(2026, 3, 3), wall("0001-01-01"), wall("9999-12-31T23:59")):
        with pytest.raises(ValueError, match=r"zone|far"):
            resolve(moment, ZoneInfo("Australia/Lord_Howe" if moment.year < 9999 else "America/New_York"))
