"""Panels: published examples, keys that are carried or not, and what a panel cannot have said."""

import datetime
import random
from fractions import Fraction
from itertools import combinations_with_replacement
from statistics import fmean, pstdev
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from quizapp.core.panel import (
    Panel,
    Path,
    aggregate_credit,
    check_panel,
    content_validity_ratio,
    kendall_w,
    key_is_carried,
    krippendorff_alpha,
    median_ranks,
    median_rating,
    profile_correlation,
    rank_key_is_carried,
    rankings,
    rating_is_carried,
)

Row = list[int | None]
Level = Literal["nominal", "ordinal", "interval"]
LEVELS: tuple[Level, ...] = ("nominal", "ordinal", "interval")

levels = st.sampled_from(LEVELS)
votes = st.integers(1, 1000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def table(cells: st.SearchStrategy[Any], least: int = 2) -> st.SearchStrategy[list[list[Any]]]:
    """Rows of one length, at least `least` by `least`."""
    widths = st.integers(least, 7)
    return widths.flatmap(lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=2))


ratings = table(st.none() | st.integers(1, 4))
orders = table(st.integers(1, 5))


def across(rows: list[list[Any]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def shuffled(rows: list[list[Any]], seed: int) -> list[list[Any]]:
    """The same table with its rows and its columns in another order."""
    rng = random.Random(seed)
    columns = across(rng.sample(rows, len(rows)))
    return across(rng.sample(columns, len(columns)))


# Best answer


@pytest.mark.parametrize(
    ("needed", "n"), [(5, 5), (6, 7), (7, 9), (8, 10), (9, 12), (11, 15), (14, 20), (17, 25)]
)
def test_key_is_carried_from_these_votes_on(needed: int, n: int) -> None:
    assert key_is_carried(needed, n)
    assert not key_is_carried(needed - 1, n)


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_fewer_than_five_carry_no_key_even_with_one_voice(n: int) -> None:
    assert not key_is_carried(n, n)


@given(votes)
def test_one_vote_more_never_loses_the_key(case: tuple[int, int]) -> None:
    count, n = case
    assert key_is_carried(min(count + 1, n), n) >= key_is_carried(count, n)


@given(votes)
def test_a_carried_key_has_more_than_half_of_the_votes(case: tuple[int, int]) -> None:
    count, n = case
    assert not key_is_carried(count, n) or 2 * count > n


@pytest.mark.parametrize(("count", "n"), [(0, 0), (6, 5), (-1, 5)])
def test_impossible_votes_are_refused(count: int, n: int) -> None:
    with pytest.raises(ValueError, match="no interval"):
        key_is_carried(count, n)


def test_credit_is_the_share_of_the_most_chosen_option() -> None:
    assert list(aggregate_credit([2, 1, 8, 4])) == [Fraction(1, 4), Fraction(1, 8), 1, Fraction(1, 2)]
    assert list(aggregate_credit([3, 3, 0])) == [1, 1, 0]


@pytest.mark.parametrize("counts", [[], [0, 0, 0], [3, -1]])
def test_no_credit_without_votes(counts: list[int]) -> None:
    with pytest.raises(ValueError, match="no credit"):
        aggregate_credit(counts)


@pytest.mark.parametrize(
    ("essential", "n", "ratio"),
    [
        # 7 of 8 on Lawshe's table: Wilson, Pan and Schumsky (2012), Measurement and Evaluation in Counseling
        # and Development 45, 197-210.
        (7, 8, Fraction(3, 4)),
        (0, 8, -1),
        (4, 8, 0),
        (8, 8, 1),
        (3, 5, Fraction(1, 5)),
    ],
)
def test_content_validity_ratio(essential: int, n: int, ratio: Fraction) -> None:
    assert content_validity_ratio(essential, n) == ratio


@pytest.mark.parametrize(("essential", "n"), [(0, 0), (6, 5), (-1, 5)])
def test_no_ratio_of_impossible_counts(essential: int, n: int) -> None:
    with pytest.raises(ValueError, match="no ratio"):
        content_validity_ratio(essential, n)


# Krippendorff's alpha

# Krippendorff (2011), Computing Krippendorff's Alpha-Reliability: 4 observers, 12 units, missing data.
OBSERVERS: list[Row] = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]


@pytest.mark.parametrize(
    ("level", "printed", "exact"),
    # Three digits as printed; six from krippendorff 0.9 for Python.
    [("nominal", 0.743, 0.743421), ("ordinal", 0.815, 0.815388), ("interval", 0.849, 0.849107)],
)
def test_alpha_agrees_with_the_published_example(level: Level, printed: float, exact: float) -> None:
    alpha = krippendorff_alpha(across(OBSERVERS), level)
    assert alpha == pytest.approx(printed, abs=5e-4)
    assert alpha == pytest.approx(exact, abs=5e-7)


def test_alpha_is_ordinal_unless_told_otherwise() -> None:
    rows = across(OBSERVERS)
    assert krippendorff_alpha(rows) == krippendorff_alpha(rows, "ordinal")


@given(
    st.lists(st.integers(1, 4), min_size=2).filter(lambda row: len(set(row)) > 1), st.integers(2, 9), levels
)
def test_alpha_of_perfect_agreement_is_one(values: list[int], raters: int, level: Level) -> None:
    assert krippendorff_alpha([[value] * raters for value in values], level) == 1


@given(ratings, levels, st.integers())
def test_alpha_does_not_know_who_is_who(rows: list[Row], level: Level, seed: int) -> None:
    assert krippendorff_alpha(shuffled(rows, seed), level) == krippendorff_alpha(rows, level)


@given(ratings, levels)
def test_alpha_is_at_most_one(rows: list[Row], level: Level) -> None:
    alpha = krippendorff_alpha(rows, level)
    assert alpha is None or alpha <= 1


@given(ratings)
def test_ordinal_and_nominal_alpha_know_no_distances(rows: list[Row]) -> None:
    stretched = [[None if value is None else value**3 for value in row] for row in rows]
    assert krippendorff_alpha(stretched, "ordinal") == krippendorff_alpha(rows, "ordinal")
    assert krippendorff_alpha(stretched, "nominal") == krippendorff_alpha(rows, "nominal")


@given(ratings, levels)
def test_a_unit_with_one_value_changes_no_alpha(rows: list[Row], level: Level) -> None:
    alone: Row = [3, *[None] * (len(rows[0]) - 1)]
    assert krippendorff_alpha([*rows, alone], level) == krippendorff_alpha(rows, level)


@pytest.mark.parametrize(
    "rows", [[], [[]], [[1], [2]], [[1, None], [None, 2]], [[3, 3], [3, 3]], [[3, 3], [1, None]]]
)
def test_no_alpha_where_nothing_can_be_compared_or_all_is_the_same(rows: list[Row]) -> None:
    assert [krippendorff_alpha(rows, level) for level in LEVELS] == [None, None, None]


# Kendall's W

# NAG Library manual, routine g08daf, example: 3 comparisons of 10 objects, with ties.
COMPARISONS = [
    [1.0, 4.5, 2.0, 4.5, 3.0, 7.5, 6.0, 9.0, 7.5, 10.0],
    [2.5, 1.0, 2.5, 4.5, 4.5, 8.0, 9.0, 6.5, 10.0, 6.5],
    [2.0, 1.0, 4.5, 4.5, 4.5, 4.5, 8.0, 8.0, 8.0, 10.0],
]


def test_w_agrees_with_the_published_example() -> None:
    assert kendall_w(COMPARISONS) == pytest.approx(0.828, abs=5e-4)


@pytest.mark.parametrize(
    ("ranks", "expected"),
    [
        # Sums 5, 6, 7: S = 2, and W = 12 S / (3² · 24).
        ([[1, 2, 3], [1, 3, 2], [3, 1, 2]], Fraction(1, 9)),
        ([[1, 2, 3, 4], [4, 3, 2, 1]], 0),
        # The tie counts as 1.5 twice. Sums 2.5, 3.5, 6: S = 6.5, and W = 12 S / (2² · 24 - 2 · 6).
        ([[1, 2, 3], [1, 1, 3]], Fraction(13, 14)),
    ],
)
def test_w_by_hand(ranks: list[list[float]], expected: Fraction) -> None:
    assert kendall_w(ranks) == pytest.approx(float(expected))


@given(orders)
def test_w_lies_between_nought_and_one(ranks: list[list[float]]) -> None:
    w = kendall_w(ranks)
    assert w is None or 0 <= w <= 1


@given(orders, st.integers())
def test_w_does_not_know_who_is_who(ranks: list[list[float]], seed: int) -> None:
    assert kendall_w(shuffled(ranks, seed)) == kendall_w(ranks)


@given(st.permutations(range(1, 6)), st.integers(2, 9))
def test_w_of_one_order_by_all_is_one(order: list[float], raters: int) -> None:
    assert kendall_w([order] * raters) == 1


@given(orders)
def test_w_only_knows_the_order(ranks: list[list[float]]) -> None:
    assert kendall_w([[value**3 for value in row] for row in ranks]) == kendall_w(ranks)


@pytest.mark.parametrize("ranks", [[], [[1, 2, 3]], [[1], [1]], [[], []], [[2, 2, 2], [1, 1, 1]]])
def test_no_w_of_one_rater_or_option_or_ties_alone(ranks: list[list[float]]) -> None:
    assert kendall_w(ranks) is None


def test_rows_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="different lengths"):
        krippendorff_alpha([[1, 2], [1]])
    with pytest.raises(ValueError, match="different lengths"):
        kendall_w([[1, 2], [1, 2, 3]])
    with pytest.raises(ValueError, match="different lengths"):
        rankings([[1, 2], [2]])


# Profiles


def test_profile_correlation_sees_past_style() -> None:
    # Worked example: the learner rates at the ends of the scale, the panel's means lie between them.
    learner, panel = [5, 1, 5, 1], [4.6, 1.8, 3.9, 2.2]
    raw = sum((x - y) ** 2 for x, y in zip(learner, panel, strict=True))
    r = profile_correlation(learner, panel)
    assert r is not None
    assert raw == pytest.approx(3.45)
    assert r == pytest.approx(0.9694, abs=5e-5)
    assert 2 * (1 - r) == pytest.approx(0.0613, abs=5e-5)


profiles = st.lists(st.tuples(st.integers(1, 4), st.integers(10, 40)), min_size=2, max_size=12)


@given(profiles)
def test_profile_correlation_is_standardized_distance(pairs: list[tuple[int, int]]) -> None:
    own, panel = [float(x) for x, _ in pairs], [y / 10 for _, y in pairs]
    r = profile_correlation(own, panel)
    if r is None:
        assert min(len(set(own)), len(set(panel))) == 1
        return
    standard = [[(value - fmean(side)) / pstdev(side) for value in side] for side in (own, panel)]
    distance = fmean((x - y) ** 2 for x, y in zip(*standard, strict=True))
    assert -1 <= r <= 1
    assert distance == pytest.approx(2 * (1 - r), abs=1e-9)


@given(profiles, st.integers(1, 9), st.integers(-9, 9))
def test_profile_correlation_knows_no_level_or_spread(
    pairs: list[tuple[int, int]], spread: int, level: int
) -> None:
    own, panel = [x for x, _ in pairs], [y for _, y in pairs]
    r = profile_correlation(own, panel)
    assert profile_correlation([spread * x + level for x in own], panel) == r
    assert profile_correlation([-x for x in own], panel) == (r if r is None else -r)


def test_no_profile_correlation_without_variation_or_with_different_shapes() -> None:
    assert profile_correlation([0.1, 0.1, 0.1], [1, 2, 3]) is None
    assert profile_correlation([1, 2, 3], [Fraction(7, 3)] * 3) is None
    for own, panel in [([1, 2], [1, 2, 3]), ([1], [1]), ([], [])]:
        with pytest.raises(ValueError, match="no correlation"):
            profile_correlation(own, panel)


# Rank key and rate key


def test_rankings_leave_out_who_ranked_nothing() -> None:
    assert rankings([[1, None, 2], [2, None, 1]]) == ((1, 2), (2, 1))
    assert rankings([[None, None], [None, None]]) == ()


def test_half_a_ranking_is_refused() -> None:
    with pytest.raises(ValueError, match="only 1 of 2"):
        rankings([[1, 1], [2, None]])


def test_median_ranks_are_exact_and_share_ties() -> None:
    # Options by panellists; the third ties the last two options, whichever of their ranks is written.
    middle = Fraction(5, 2)
    for tie in (2, 3):
        ranks = [[1, 1, 1, None], [2, 3, tie, None], [3, 2, tie, None]]
        assert median_ranks(ranks) == (Fraction(1), middle, middle)
    assert median_ranks([[1, 2], [2, 1]]) == (Fraction(3, 2), Fraction(3, 2))
    assert median_ranks([[None], [None]]) is None


@pytest.mark.parametrize(
    ("row", "expected"), [([1, 2, 4], 2), ([3, 1, None, 2, 3], Fraction(5, 2)), ([None], None), ([], None)]
)
def test_median_rating(row: Row, expected: Fraction | None) -> None:
    assert median_rating(row) == expected


A, B, C = [1, 2, 3], [2, 1, 3], [3, 2, 1]  # the ranks of three options by one panellist


@pytest.mark.parametrize(
    ("panel", "carried"),
    [
        ([A] * 5, True),
        ([A] * 4, False),
        ([A] * 4 + [[None] * 3], False),
        # Sums 9, 12, 21: S = 78, W = .80.
        ([A] * 5 + [B] * 2, True),
        # W = .75, but the first two options share a median.
        ([A] * 3 + [B] * 3, False),
        # Three medians, but sums 9, 10, 11: S = 2, W = .04.
        ([A] * 3 + [C] * 2, False),
    ],
)
def test_rank_key_needs_distinct_medians_and_concordance(panel: list[Row], carried: bool) -> None:
    assert rank_key_is_carried(across(panel)) is carried


def test_rank_key_is_carried_at_a_w_of_exactly_three_fifths() -> None:
    most: list[Row] = [[1, 2, 3, 4], [1, 2, 3, 4], [1, 2, 3, 4], [1, 2, 4, 3]]
    # Sums 6, 12, 14, 18: S = 75, and 12 S / (5² · 60). Then sums 7, 12, 14, 17: S = 53.
    assert rank_key_is_carried(across([*most, [2, 4, 1, 3]]))
    assert not rank_key_is_carried(across([*most, [3, 4, 1, 2]]))


@given(table(st.integers(1, 4)), st.integers())
def test_rank_key_does_not_know_who_is_who(rows: list[Row], seed: int) -> None:
    assert rank_key_is_carried(shuffled(rows, seed)) == rank_key_is_carried(rows)


@pytest.mark.parametrize(
    ("row", "key", "carried"),
    [
        ([4, 4, 4, 3, 3], 4, True),
        ([4, 4, 4, 3, 3], 3, False),  # a whole step from the median
        ([1, 1, 2, 2, 1, 2], 1, True),  # the median lies between 1 and 2: either will do
        ([1, 1, 2, 2, 1, 2], 2, True),
        ([4, 4, 4, 4, 1], 4, True),  # 80 % exactly
        ([4, 4, 4, 4, 1, 1], 4, False),
        ([3, 3, 3, 2, 2], 3, False),  # all within one step, but on both sides
        ([2, 2, 3, 3, None, 2, 3], 2, False),  # the median is the middle of the scale
        ([4, 4, 4, 4], 4, False),
        ([4, 4, 4, 4, None], 4, False),
        ([None] * 5, 4, False),
    ],
)
def test_rate_key_needs_one_side_and_one_step(row: Row, key: int, carried: bool) -> None:
    assert rating_is_carried(row, key) is carried


@pytest.mark.parametrize("n", range(5, 16))
def test_carried_ratings_are_mostly_within_one_step_of_their_median(n: int) -> None:
    for row in combinations_with_replacement(range(1, 5), n):
        middle = median_rating(row)
        assert middle is not None
        if any(rating_is_carried(row, key) for key in range(1, 5)):
            assert 5 * sum(abs(rating - middle) <= 1 for rating in row) >= 4 * n


@given(st.lists(st.none() | st.integers(1, 4), max_size=30), st.integers(1, 4))
def test_rate_key_of_the_scale_turned_round_is_the_same(row: Row, key: int) -> None:
    turned = [None if rating is None else 5 - rating for rating in row]
    assert rating_is_carried(turned, 5 - key) == rating_is_carried(row, key)


@pytest.mark.parametrize(("row", "key"), [([4] * 5, 5), ([4] * 5, 0), ([4, 5, 4, 4, 4], 4)])
def test_rating_off_the_scale_is_refused(row: Row, key: int) -> None:
    with pytest.raises(ValueError, match="not on the scale"):
        rating_is_carried(row, key)


# Panels

HELD = datetime.date(2026, 3, 1)


def make_panel(n: int = 5, **fields: Any) -> Panel:
    return Panel.model_validate({"n": n, "held_on": "2026-03-01", **fields})


def problems(option_count: int, **fields: Any) -> dict[Path, str]:
    found = check_panel(make_panel(**fields), option_count)
    assert len({path for path, _ in found}) == len(found)
    return dict(found)


def test_panel_reads_what_a_file_says() -> None:
    panel = make_panel(best=[4, 1], ratings=[[4, 4, None, 3, 4], [1, 2, 1, 1, None]], essential=5)
    assert panel == Panel(
        n=5, held_on=HELD, best=(4, 1), ratings=((4, 4, None, 3, 4), (1, 2, 1, 1, None)), essential=5
    )
    assert (panel.rounds, panel.demonstration, panel.worst, panel.ranks) == (1, False, None, None)
    assert Panel.model_validate(panel.model_dump(mode="json")) == panel


@pytest.mark.parametrize(
    "wrong",
    [
        {"n": 0},
        {"n": 1001},
        {"n": True},
        {"n": "5"},
        {"rounds": 0},
        {"rounds": 11},
        {"held_on": None},
        {"held_on": 20260301},
        {"demonstration": "yes"},
        {"best": [-1, 3]},
        {"best": [2.5, 2.5]},
        {"ratings": [[0]]},
        {"ratings": [[5]]},
        {"ranks": [[0]]},
        {"essential": -1},
        {"votes": [5, 0]},
    ],
)
def test_panel_refuses_values_off_their_scales(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        make_panel(**{"best": [5, 0], **wrong})


def test_whole_panel_has_no_problems() -> None:
    assert not problems(
        3,
        best=[4, 1, 0],
        worst=[0, 0, 3],
        ratings=[[4, 4, 3, 4, None], [2, 3, 2, 2, 2], [1, 1, 1, None, 2]],
        ranks=[[1, 1, 2, None, 1], [2, 2, 1, None, 1], [3, 2, 3, None, 3]],
        essential=5,
    )
    assert not problems(3, essential=0)


def test_panel_that_says_nothing_is_a_problem() -> None:
    assert "says nothing" in problems(3)[()]


@pytest.mark.parametrize("name", ["best", "worst"])
@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ([5, 0], "one count for each of 3 options"),
        ([4, 1, 1], "add up to 6, more than n = 5"),
        ([0, 0, 0], "nobody chose any option"),
    ],
)
def test_votes_that_cannot_be(name: str, counts: list[int], said: str) -> None:
    found = problems(3, **{name: counts})
    assert list(found) == [(name,)]
    assert said in found[(name,)]


def test_votes_may_be_fewer_than_the_panel() -> None:
    assert not problems(3, best=[3, 1, 0])


def test_nobody_chooses_one_option_as_best_and_worst() -> None:
    found = problems(3, best=[4, 1, 0], worst=[2, 0, 3])
    assert list(found) == [("worst", 0)]
    assert "more than n = 5" in found[("worst", 0)]
    assert list(problems(3, best=[6, 0, 0], worst=[0, 0, 3])) == [("best",)]


@pytest.mark.parametrize("name", ["ratings", "ranks"])
def test_rows_must_fit_options_and_panellists(name: str) -> None:
    assert "one row for each of 2 options" in problems(2, n=1, **{name: [[1]]})[(name,)]
    assert "each of 2 panellists" in problems(2, n=2, **{name: [[1, 1], [2]]})[(name, 1)]
    assert "nobody" in problems(2, n=2, **{name: [[None, None], [None, None]]})[(name,)]


@pytest.mark.parametrize("ranks", [[1, 2, 3], [3, 1, 2], [1, 1, 3], [1, 2, 2], [1, 1, 1], [None, None, None]])
def test_ranks_are_an_order_perhaps_with_ties(ranks: Row) -> None:
    assert not problems(3, n=2, ranks=across([[1, 2, 3], ranks]))


@pytest.mark.parametrize(
    ("ranks", "index", "said"),
    [
        ([1, 3, 4], 1, "panellist 2 has the ranks 1, 3, 4"),
        ([2, 3, 4], 0, "count from 1"),
        ([1, 1, 2], 2, "1, 2, 2, 4"),
        ([3, 3, 1], 0, "panellist 2"),
        ([2, None, 1], 1, "panellist 2 ranked only some"),
    ],
)
def test_ranks_that_are_no_order(ranks: Row, index: int, said: str) -> None:
    found = problems(3, n=2, ranks=across([[1, 2, 3], ranks]))
    assert list(found) == [("ranks", index, 1)]
    assert said in found[("ranks", index, 1)]


@given(st.lists(st.permutations(range(1, 5)), min_size=1, max_size=9))
def test_panel_without_problems_can_be_computed(orders_by_panellist: list[list[int]]) -> None:
    rows = across(orders_by_panellist)
    assert not problems(4, n=len(orders_by_panellist), ranks=rows)
    medians = median_ranks(rows)
    assert medians is not None
    assert all(1 <= rank <= 4 for rank in medians)


def test_more_essential_than_asked_is_a_problem() -> None:
    assert "6 called it essential, more than n = 5" in problems(3, essential=6)[("essential",)]


def test_all_problems_are_told_at_once() -> None:
    found = problems(3, best=[5, 0], worst=[0, 0, 6], ratings=[[4]], essential=9)
    assert {path[0] for path in found} == {"best", "worst", "ratings", "essential"}
