from fractions import Fraction
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.core.certainty import (
    AIMS,
    FAIRLY_SURE,
    GUESSING,
    LEVELS,
    SURE,
    Calibration,
    Verdict,
    accuracy_bonus,
    best_single_mark,
    calibration,
    expected_mark,
    marks,
)
from quizapp.core.scoring import certainty_mark

chances = st.fractions(0, 1, max_denominator=1000)
counts = st.integers(0, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def row(level: int, right: int, n: int) -> Calibration:
    return Calibration(level=level, right=right, n=n)


# ---- Marks and honesty.


@pytest.mark.parametrize(
    ("chance", "guessing", "fairly", "sure"),
    [("0.5", "0.5", "0", "-1.5"), ("0.7", "0.7", "0.8", "0.3"), ("0.85", "0.85", "1.4", "1.65")],
)
def test_what_each_level_can_expect(chance: str, guessing: str, fairly: str, sure: str) -> None:
    expected = {GUESSING: Fraction(guessing), FAIRLY_SURE: Fraction(fairly), SURE: Fraction(sure)}
    assert {level: expected_mark(level, Fraction(chance)) for level in LEVELS} == expected


@given(chances)
def test_the_level_whose_aim_holds_the_chance_pays_best(chance: Fraction) -> None:
    honest = [level for level, (low, high) in AIMS.items() if low <= chance <= high]
    best = max(expected_mark(level, chance) for level in LEVELS)
    assert [level for level in sorted(LEVELS) if expected_mark(level, chance) == best] == honest


@pytest.mark.parametrize(
    ("chance", "below", "above"),
    [(Fraction(2, 3), GUESSING, FAIRLY_SURE), (Fraction(4, 5), FAIRLY_SURE, SURE)],
)
def test_where_the_best_level_switches(chance: Fraction, below: int, above: int) -> None:
    assert expected_mark(below, chance) == expected_mark(above, chance)
    little = Fraction(1, 1000)
    assert expected_mark(below, chance - little) > expected_mark(above, chance - little)
    assert expected_mark(below, chance + little) < expected_mark(above, chance + little)


@given(chances)
def test_the_expected_mark_is_the_mean_of_the_marks(chance: Fraction) -> None:
    """As many right answers as the chance says, at one level."""
    right, n = chance.numerator, chance.denominator
    for level in LEVELS:
        assert marks([row(level, right, n)]).mean == expected_mark(level, chance)


@pytest.mark.parametrize(
    ("mean", "share", "bonus"), [("1", "1/2", "0.05"), ("2", "9/10", "-0.01"), ("3", "1", "0")]
)
def test_bonus_agrees_with_moodle(mean: str, share: str, bonus: str) -> None:
    # moodle/moodle 04975560, question/behaviour/deferredcbm/tests/behaviour_type_test.php
    assert accuracy_bonus(Fraction(mean), Fraction(share)) == Fraction(bonus)


@given(chances)
def test_one_level_for_all_earns_no_bonus(chance: Fraction) -> None:
    earned = [accuracy_bonus(expected_mark(level, chance), chance) for level in LEVELS]
    assert max(earned) == 0


@given(st.lists(st.tuples(st.sampled_from(LEVELS), st.booleans()), min_size=20, max_size=60))
def test_mean_and_bonus_are_those_of_the_single_answers(said: list[tuple[int, bool]]) -> None:
    summary = marks(calibration((level, is_right, 1) for level, is_right in said))
    earned = [certainty_mark(level, is_right=is_right) for level, is_right in said]
    assert (summary.n, summary.total) == (len(said), sum(earned))
    assert summary.mean is not None
    share = Fraction(sum(is_right for _level, is_right in said), len(said))
    assert summary.best_single == best_single_mark(share)
    assert summary.bonus == (summary.mean - best_single_mark(share)) / 10


def test_levels_that_tell_right_from_wrong_earn_a_bonus() -> None:
    told = marks([row(SURE, 12, 12), row(GUESSING, 2, 8)])
    assert (told.mean, told.best_single) == (Fraction(38, 20), Fraction(4 * 14, 20) - 2)
    assert told.bonus == Fraction(11, 100)


def test_no_answer_has_no_mean_and_few_answers_no_bonus() -> None:
    nothing = marks(calibration([]))
    assert [nothing.mean, nothing.best_single, nothing.bonus] == [None, None, None]
    few = marks([row(SURE, 19, 19)])
    assert [few.mean, few.bonus] == [3, None]


# ---- Rows and verdicts.


def test_answers_become_a_row_for_each_level_the_surest_first() -> None:
    found = calibration([(GUESSING, True, 3), (SURE, False, 2), (SURE, True, 8), (GUESSING, False, 4)])
    assert [(each.level, each.right, each.n) for each in found] == [
        (SURE, 8, 10),
        (FAIRLY_SURE, 0, 0),
        (GUESSING, 3, 7),
    ]


@pytest.mark.parametrize(
    ("level", "right", "n", "verdict"),
    [
        (SURE, 19, 19, "not_enough"),
        (SURE, 0, 19, "not_enough"),
        (SURE, 16, 20, "fits"),  # 4 of 5 exactly
        (SURE, 20, 20, "fits"),
        (SURE, 15, 20, "close"),  # 57 to 87 %
        (SURE, 12, 20, "too_sure"),  # 42 to 76 %
        (FAIRLY_SURE, 15, 20, "fits"),
        (FAIRLY_SURE, 20, 30, "fits"),  # 2 of 3 exactly
        (FAIRLY_SURE, 12, 20, "close"),  # 42 to 76 %
        (FAIRLY_SURE, 9, 20, "too_sure"),  # 28 to 63 %
        (FAIRLY_SURE, 19, 20, "too_careful"),  # 80.4 to 99 %
        (GUESSING, 0, 20, "fits"),
        (GUESSING, 20, 30, "fits"),
        (GUESSING, 15, 20, "close"),
        (GUESSING, 18, 20, "too_careful"),  # 74 to 97 %
    ],
)
def test_a_verdict_needs_evidence(level: int, right: int, n: int, verdict: Verdict) -> None:
    assert row(level, right, n).verdict == verdict


def test_a_share_needs_five_answers() -> None:
    assert [row(SURE, 4, 4).share, row(SURE, 4, 4).interval] == [None, None]
    five = row(SURE, 4, 5)
    assert five.share == Fraction(4, 5)
    assert five.interval == pytest.approx((0.4353, 0.9540), abs=1e-4)


@given(st.sampled_from(LEVELS), counts)
def test_a_verdict_never_contradicts_its_numbers(level: int, case: tuple[int, int]) -> None:
    right, n = case
    found = row(level, right, n)
    assert found.verdict in get_args(Verdict)
    if found.verdict == "not_enough":
        assert n < 20
        return
    low, high = AIMS[level]
    assert found.share is not None
    assert found.interval is not None
    assert (found.verdict == "fits") == (low <= found.share <= high)
    if found.verdict == "too_sure":
        assert found.interval[1] < low
    if found.verdict == "too_careful":
        assert found.interval[0] > high
