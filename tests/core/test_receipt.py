import hashlib
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.core.receipt import receipt_hash, short_receipt

SUBMITTED = datetime(2026, 3, 1, 10, 15, 3, 120, tzinfo=UTC)
ANSWERS: list[tuple[int, Any, int]] = [(1, {"option": 2}, 1), (2, None, 0), (3, {"option": 0}, 4)]


def test_the_hash_is_that_of_the_documented_text() -> None:
    text = (
        '{"answers":[{"answer":{"option":2},"position":1,"version":1},{"answer":null,"position":2,"version":0},'
        '{"answer":{"option":0},"position":3,"version":4}],"attempt":41,'
        '"submitted_at":"2026-03-01T10:15:03.000120+00:00"}'
    )
    assert receipt_hash(41, SUBMITTED, ANSWERS) == hashlib.sha256(text.encode()).hexdigest()


@given(st.randoms(use_true_random=False), st.integers(-12, 12))
def test_order_and_zone_do_not_matter(random: Random, hours: int) -> None:
    shuffled = random.sample(ANSWERS, len(ANSWERS))
    elsewhere = SUBMITTED.astimezone(timezone(timedelta(hours=hours)))
    assert receipt_hash(41, elsewhere, iter(shuffled)) == receipt_hash(41, SUBMITTED, ANSWERS)


def test_the_order_of_an_answers_fields_does_not_matter() -> None:
    one: dict[str, Any] = {"best": 1, "worst": 3}
    other: dict[str, Any] = {"worst": 3, "best": 1}
    assert receipt_hash(1, SUBMITTED, [(1, one, 1)]) == receipt_hash(1, SUBMITTED, [(1, other, 1)])


@pytest.mark.parametrize(
    ("attempt_id", "submitted_at", "answers"),
    [
        (42, SUBMITTED, ANSWERS),
        (41, SUBMITTED + timedelta(microseconds=1), ANSWERS),
        (41, SUBMITTED, ANSWERS[:2]),
        (41, SUBMITTED, [*ANSWERS[:2], (3, {"option": 1}, 4)]),
        (41, SUBMITTED, [*ANSWERS[:2], (3, {"option": 0}, 5)]),
        (41, SUBMITTED, [*ANSWERS[:2], (4, {"option": 0}, 4)]),
        (41, SUBMITTED, [*ANSWERS, (4, None, 0)]),
    ],
)
def test_anything_else_gives_another_hash(
    attempt_id: int, submitted_at: datetime, answers: list[tuple[int, Any, int]]
) -> None:
    assert receipt_hash(attempt_id, submitted_at, answers) != receipt_hash(41, SUBMITTED, ANSWERS)


def test_a_time_without_its_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        receipt_hash(1, SUBMITTED.replace(tzinfo=None), [])


def test_a_position_handed_in_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        receipt_hash(1, SUBMITTED, [(1, None, 0), (1, {"option": 1}, 1)])


def test_a_number_that_json_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        receipt_hash(1, SUBMITTED, [(1, float("nan"), 1)])


def test_the_short_form_is_twelve_digits_in_groups_of_four() -> None:
    assert short_receipt("0123456789abcdef" * 4) == "0123 4567 89ab"
