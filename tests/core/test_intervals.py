from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.core.intervals import MIN_FIRST_ANSWERS, Z90, not_enough, wilson

counts = st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("successes", "n", "lower", "upper"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_agrees_with_the_published_table(successes: int, n: int, lower: float, upper: float) -> None:
    # Newcombe (1998), Statistics in Medicine 17, table I, method 3 (score, no continuity correction), 95 %.
    assert wilson(successes, n, z=1.959963984540054) == pytest.approx((lower, upper), abs=5e-5)


@pytest.mark.parametrize(
    ("needed", "n"), [(5, 5), (6, 7), (7, 9), (8, 10), (9, 12), (11, 15), (14, 20), (17, 25)]
)
def test_a_panel_is_sure_of_more_than_half_from_these_counts(needed: int, n: int) -> None:
    assert wilson(needed, n)[0] > 0.5
    assert wilson(needed - 1, n)[0] <= 0.5


@pytest.mark.parametrize("n", [1, 5, 16, 75])
def test_at_the_ends_the_bounds_have_a_closed_form(n: int) -> None:
    # With nothing right the bounds are 0 and z² / (n + z²), with all right their mirror image.
    none, all_right = wilson(0, n), wilson(n, n)
    assert (none[0], all_right[1]) == (0, 1)
    assert (none[1], all_right[0]) == pytest.approx((Z90**2 / (n + Z90**2), n / (n + Z90**2)))


@given(counts)
def test_the_bounds_solve_the_score_equation(case: tuple[int, int]) -> None:
    successes, n = case
    for bound in wilson(successes, n):
        distance = (successes / n - bound) ** 2
        assert distance == pytest.approx(Z90**2 * bound * (1 - bound) / n, abs=1e-9)


@given(counts)
def test_the_interval_holds_the_share_and_mirrors(case: tuple[int, int]) -> None:
    successes, n = case
    lower, upper = wilson(successes, n)
    assert 0 <= lower <= successes / n <= upper <= 1
    assert wilson(n - successes, n) == pytest.approx((1 - upper, 1 - lower))


@given(counts)
def test_ten_times_the_answers_narrow_it(case: tuple[int, int]) -> None:
    successes, n = case
    few, many = wilson(successes, n), wilson(10 * successes, 10 * n)
    assert many[1] - many[0] < few[1] - few[0]


def test_partial_credit_lies_between_its_neighbours() -> None:
    assert wilson(3, 8) < wilson(float(Fraction(7, 2)), 8) < wilson(4, 8)


@pytest.mark.parametrize(("successes", "n"), [(0, 0), (1, 0), (-1, 5), (6, 5), (0, -3)])
def test_impossible_counts_are_refused(successes: int, n: int) -> None:
    with pytest.raises(ValueError, match="no interval"):
        wilson(successes, n)


def test_below_five_answers_there_is_not_enough() -> None:
    assert [n for n in range(10) if not_enough(n)] == [0, 1, 2, 3, 4]
    assert MIN_FIRST_ANSWERS == 5
