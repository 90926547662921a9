"""The scoring rules: published examples with their source, worked ones, and what each rule says of itself."""

import random
from collections.abc import Set
from fractions import Fraction
from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.core.panel import aggregate_credit
from quizapp.core.scoring import (
    CERTAINTY_MARKS,
    all_or_nothing,
    best_and_worst,
    certainty_mark,
    half_from_majority,
    map_response,
    mid_ranks,
    most_by_rank,
    per_option,
    pick_best,
    places_off,
    plus_minus,
    rank_distance,
    ripkey,
    same_side_half,
    select_n,
    signed_best_and_worst,
    summed_fractions,
)

A, B, C, D, E, F = range(6)
HALF, THIRD = Fraction(1, 2), Fraction(1, 3)


def ranks(order: str) -> list[int]:
    """The rank of A, of B and so on in an order such as BCADE."""
    return [order.index(letter) + 1 for letter in sorted(order)]


# Pick the best


def test_the_key_earns_the_point() -> None:
    assert pick_best({B}, B) == 1
    assert [pick_best({B}, option) for option in (A, C, D)] == [0, 0, 0]
    assert [pick_best({B, C}, option) for option in (A, B, C, D)] == [0, 1, 1, 0]


def test_credit_by_the_panel_is_the_share_of_the_most_chosen_option() -> None:
    assert list(aggregate_credit([2, 1, 8, 4])) == [Fraction(1, 4), Fraction(1, 8), 1, HALF]


# The best and the worst


@pytest.mark.parametrize(
    ("chosen", "points", "signed"),
    [((2, 4), 1, 2), ((2, 1), HALF, 1), ((1, 4), HALF, 1), ((1, 3), 0, 0), ((4, 2), 0, -2), ((4, 1), 0, -1)],
)
def test_best_and_worst_of_four(chosen: tuple[int, int], points: Fraction, signed: int) -> None:
    assert best_and_worst((2, 4), chosen) == points
    assert signed_best_and_worst((2, 4), chosen) == signed


@pytest.mark.parametrize("m", [3, 4, 5, 6])
def test_the_signed_score_cut_off_at_nothing_is_twice_the_other(m: int) -> None:
    pairs = list(permutations(range(m), 2))
    for chosen in pairs:
        assert max(0, signed_best_and_worst((0, 1), chosen)) == 2 * best_and_worst((0, 1), chosen)
    assert sum(signed_best_and_worst((0, 1), chosen) for chosen in pairs) == 0


def test_half_an_answer_is_half_scored() -> None:
    assert best_and_worst((2, 4), (2, None)) == HALF
    assert best_and_worst((2, 4), (None, None)) == 0
    assert signed_best_and_worst((2, 4), (4, None)) == -1


# Rank all


@pytest.mark.parametrize(
    ("key", "answer", "places", "marks", "points"),
    [("BCADE", "CDAEB", 8, 12, THIRD), ("CABED", "ACBED", 2, 18, Fraction(5, 6))],
)
def test_worked_orders_of_five(key: str, answer: str, places: int, marks: int, points: Fraction) -> None:
    assert places_off(ranks(key), ranks(answer)) == places
    assert 20 - places == marks
    assert rank_distance(ranks(key), ranks(answer)) == points


def test_gp_specialty_training_takes_a_point_for_each_place_from_twelve() -> None:
    """Key CABED, answer ACBED: 10 of 12.

    Source: passmedicine.com, help on professional dilemma questions, "Scoring system - ranking questions";
    the same example at mcqbank.co.uk, "Situational Judgement Test Marking Scheme for GPST Stage 2".
    """
    assert 12 * rank_distance(ranks("CABED"), ranks("ACBED")) == 10


def foundation_marks(key: str, answer: str) -> Fraction:
    return 20 - places_off(ranks(key), ranks(answer))


@pytest.mark.parametrize(("ranked", "marks"), [(3, 4), (2, 3), (4, 3), (1, 2), (5, 2)])
def test_the_foundation_programme_gives_near_misses_up_to_four_marks(ranked: int, marks: int) -> None:
    """Of a response whose right rank is the third.

    Source: The MDU, "How does the SJT work?": four marks for the right rank, one less for each place off;
    its example is a response in the third place.
    """
    assert 4 - places_off([3], [ranked]) == marks


def test_the_foundation_programme_gives_twenty_marks_for_five_responses() -> None:
    """Source: UK Foundation Programme, "SJT scoring": 4 for each of five ranked responses, 20 in all."""
    assert foundation_marks("BCADE", "BCADE") == 20
    marks = {foundation_marks("ABCDE", "".join(order)) for order in permutations("ABCDE")}
    assert marks == set(
        range(8, 21, 2)
    )  # by the rule itself: 12 places off is the most, always an even number


@given(st.permutations(range(1, 6)), st.permutations(range(1, 6)))
def test_the_share_of_an_order_tells_its_marks_of_twenty(key: list[int], answer: list[int]) -> None:
    assert 8 + 12 * rank_distance(key, answer) == 20 - places_off(key, answer)


@pytest.mark.parametrize(("m", "farthest"), [(3, 4), (4, 8), (5, 12), (6, 18), (7, 24)])
def test_the_farthest_order_earns_nothing(m: int, farthest: int) -> None:
    key = list(range(1, m + 1))
    distances = [places_off(key, order) for order in permutations(key)]
    assert max(distances) == farthest
    assert Fraction(sum(distances), len(distances)) == Fraction(m * m - 1, 3)
    assert min(rank_distance(key, order) for order in permutations(key)) == 0
    assert rank_distance(key, key) == most_by_rank(key) == 1


@pytest.mark.parametrize(
    ("ordered", "places"),
    [
        ([1, 2, 3], [1, 2, 3]),
        ([1, 1, 3], [Fraction(3, 2), Fraction(3, 2), 3]),
        ([2, 1, 2, 4], [Fraction(5, 2), 1, Fraction(5, 2), 4]),
        ([1, 1, 1], [2, 2, 2]),
    ],
)
def test_equal_ranks_share_the_mean_of_their_places(ordered: list[int], places: list[Fraction]) -> None:
    assert list(mid_ranks(ordered)) == places


def test_with_ties_the_farthest_order_is_found_by_trying_all() -> None:
    key = mid_ranks([1, 1, 3, 4])
    assert rank_distance(key, [4, 3, 2, 1]) == 0  # 2.5 + 1.5 + 1 + 3 = 8
    assert rank_distance(key, [1, 2, 3, 4]) == most_by_rank(key) == Fraction(7, 8)
    assert max(rank_distance(key, order) for order in permutations(range(1, 5))) == Fraction(7, 8)


@pytest.mark.parametrize("answer", [[1, 2, 2], [0, 1, 2], [1, 2], [1, 2, 3, 4], [2, 3, 4]])
def test_what_is_no_order_is_refused(answer: list[int]) -> None:
    with pytest.raises(ValueError, match="no order of 3 responses"):
        rank_distance([1, 2, 3], answer)


def test_nine_responses_with_ties_are_too_many_to_try() -> None:
    with pytest.raises(ValueError, match="at most 8"):
        rank_distance(mid_ranks([1, 1, *range(3, 10)]), list(range(1, 10)))
    assert rank_distance(list(range(1, 10)), list(range(1, 10))) == 1


# Rate each

VERY_INEFFECTIVE, INEFFECTIVE, EFFECTIVE, VERY_EFFECTIVE = range(1, 5)


@pytest.mark.parametrize(
    ("key", "rating", "credit"),
    [
        (EFFECTIVE, EFFECTIVE, 1),
        (EFFECTIVE, VERY_EFFECTIVE, HALF),
        (EFFECTIVE, INEFFECTIVE, 0),
        (EFFECTIVE, VERY_INEFFECTIVE, 0),
        (VERY_INEFFECTIVE, INEFFECTIVE, HALF),
        (INEFFECTIVE, EFFECTIVE, 0),
    ],
)
def test_preview_gives_half_for_one_rating_away_on_the_same_side(
    key: int, rating: int, credit: Fraction
) -> None:
    """Keyed "Effective": "Very Effective" earns half credit, "Ineffective" none; the rest by the rule itself.

    Source: AAMC, "Understanding Your AAMC PREview Professional Readiness Exam Scores".
    """
    assert same_side_half(key, rating) == credit


def test_guessing_a_rating_earns_three_eighths() -> None:
    for key in range(1, 5):
        assert sum(same_side_half(key, rating) for rating in range(1, 5)) / 4 == Fraction(3, 8)


@pytest.mark.parametrize(("key", "rating"), [(0, 1), (1, 0), (5, 4), (4, 5)])
def test_a_rating_off_the_scale_is_refused(key: int, rating: int) -> None:
    with pytest.raises(ValueError, match="1 to 4"):
        same_side_half(key, rating)


# Choose several

KEYS = {A, B, C}  # of six options
TWO_AND_ONE_WRONG = {A, B, D}
EVERYTHING = set(range(6))
MOODLE = {A: THIRD, B: THIRD, C: THIRD, D: -THIRD, E: -THIRD, F: -THIRD}


def every_rule(chosen: Set[int]) -> list[Fraction]:
    """The worked example by all rules, in the order of the next tests."""
    return [
        plus_minus(KEYS, chosen),
        all_or_nothing(KEYS, chosen),
        ripkey(KEYS, chosen),
        per_option(6, KEYS, chosen),
        summed_fractions(MOODLE, chosen),
        map_response(MOODLE, chosen, lower=Fraction(0), upper=Fraction(1)),
    ]


def test_six_options_three_keys_two_of_them_chosen_and_one_wrong() -> None:
    assert every_rule(TWO_AND_ONE_WRONG) == [THIRD, 0, 2 * THIRD, Fraction(4, 6), THIRD, THIRD]
    assert select_n(KEYS, TWO_AND_ONE_WRONG) == 2 * THIRD


def test_choosing_everything_pays_by_no_rule_but_per_option() -> None:
    assert every_rule(EVERYTHING) == [0, 0, 0, HALF, 0, 0]


def test_choosing_the_keys_earns_the_whole_item() -> None:
    assert every_rule(KEYS) == [1] * 6


def test_nothing_that_is_right_earns_nothing() -> None:
    assert every_rule({D}) == [0, 0, 0, Fraction(2, 6), 0, 0]


def test_plus_minus_takes_a_point_for_each_wrong_choice() -> None:
    """All four keys and two wrong options: 2 of 4.

    Source: Achieve, Ultimate Credit-by-Exam Guide, NCLEX-PN (2025), page 4, on the +/- scoring rule of the
    NCLEX. Of the board itself (NCSBN, "What are the current scoring models?") we found the rules only.
    """
    assert 4 * plus_minus({A, B, C, D}, {A, B, C, D, E, F}) == 2


def test_plus_minus_never_falls_below_nothing() -> None:
    """Source of the rule: NCSBN, Next Generation NCLEX, "+/- scoring": a sum below 0 counts as 0."""
    assert plus_minus({A, B}, {C, D, E}) == 0
    assert plus_minus({A, B}, {A, C, D}) == 0


def test_select_n_takes_nothing_for_a_wrong_choice() -> None:
    """Source of the rule: NCSBN, "What are the current scoring models?", multiple response select N."""
    assert select_n(KEYS, {A, D, E}) == THIRD
    with pytest.raises(ValueError, match="4 chosen, 3 asked for"):
        select_n(KEYS, {A, B, C, D})


@pytest.mark.parametrize(("chosen", "fraction"), [({A, C}, 1), ({A}, HALF), ({A, B, C}, 0), ({B}, 0)])
def test_moodle_adds_the_fractions_up(chosen: set[int], fraction: Fraction) -> None:
    """A and C are right with one half each, B and D cost a whole.

    Source: Moodle, question/type/multichoice/tests/question_multi_test.php, `test_grading`, and the
    fractions in its `test_classify_response`.
    """
    fractions = {A: HALF, B: Fraction(-1), C: HALF, D: Fraction(-1)}
    assert summed_fractions(fractions, chosen) == fraction


def test_moodle_cuts_off_above_the_whole() -> None:
    """By the rule itself: fractions that add up to more than 1 earn 1."""
    assert summed_fractions({A: Fraction(3, 4), B: HALF}, {A, B}) == 1


H, HE, CARBON, O, N, CL = range(6)  # noqa: E741
WATER = {H: Fraction(1), O: Fraction(1), CL: Fraction(-1)}


@pytest.mark.parametrize(
    ("chosen", "score"),
    [
        ([H, O], 2),
        ([H], 1),
        ([H, O, CL], 1),
        ([H, O, HE], 0),
        ([CL], 0),
        ([HE, CARBON, N], 0),
        ([H, H, O], 2),
    ],
)
def test_qti_maps_the_composition_of_water(chosen: list[int], score: int) -> None:
    """Bounds 0 and 2, -2 for what is not mapped.

    Source of the mapping: 1EdTech QTI 2.1, examples/items/choice_multiple.xml. It states no scores: these
    follow from the definition of mapResponse (each value once, then the bounds).
    """
    mapped = map_response(WATER, chosen, default=Fraction(-2), lower=Fraction(0), upper=Fraction(2))
    assert mapped == score


@pytest.mark.parametrize(
    ("chosen", "default", "score"),
    [([6, 8], 0, 20), ([6, 8], -1, 19), ([7, 99], -1, -21), ([], 0, 0)],
)
def test_qti_counts_what_is_not_mapped_as_the_default(chosen: list[int], default: int, score: int) -> None:
    """Source: oat-sa/qti-sdk, MapResponseProcessorTest, `testMultipleCardinalityIdentifierToFloat`."""
    values = {1: 2, 6: 20, 9: 20, 2: -20, 3: -20, 4: -20, 5: -20, 7: -20}
    mapped = {choice: Fraction(value) for choice, value in values.items()}
    assert map_response(mapped, chosen, default=Fraction(default)) == score


def test_qti_counts_an_entry_once() -> None:
    """Source: oat-sa/qti-sdk, MapResponseProcessorTest, `testMultipleComplexTyping`."""
    mapped = {A: Fraction("1.5"), B: Fraction("2.5")}
    assert [map_response(mapped, chosen) for chosen in ([A], [A, B], [A, B, B])] == [Fraction(3, 2), 4, 4]


def test_qti_without_bounds_has_none() -> None:
    assert map_response({A: Fraction(-3)}, [A]) == -3
    assert map_response({A: Fraction(3)}, [A], lower=Fraction(0)) == 3


chosen_sets = st.integers(2, 8).flatmap(
    lambda count: st.tuples(
        st.just(count),
        st.sets(st.integers(0, count - 1), min_size=1),
        st.sets(st.integers(0, count - 1), min_size=1),
    )
)


@given(chosen_sets)
def test_plus_minus_is_moodle_with_equal_shares(case: tuple[int, set[int], set[int]]) -> None:
    count, keys, chosen = case
    each = Fraction(1, len(keys))
    shares = {option: each if option in keys else -each for option in range(count)}
    assert plus_minus(keys, chosen) == summed_fractions(shares, chosen)
    bounded = map_response(shares, chosen, lower=Fraction(0), upper=Fraction(1))
    assert plus_minus(keys, chosen) == bounded


@given(chosen_sets)
def test_no_rule_is_above_one_or_below_nothing(case: tuple[int, set[int], set[int]]) -> None:
    count, keys, chosen = case
    for points in (
        plus_minus(keys, chosen),
        all_or_nothing(keys, chosen),
        ripkey(keys, chosen),
        per_option(count, keys, chosen),
    ):
        assert 0 <= points <= 1
        assert type(points) is Fraction
        assert (points == 1) is (chosen == keys)


# True or false, and pairs of what and why


@pytest.mark.parametrize(
    ("right", "count", "points"),
    [(4, 4, 1), (3, 4, HALF), (2, 4, 0), (1, 4, 0), (0, 4, 0), (3, 5, HALF), (2, 3, HALF), (1, 3, 0)],
)
def test_half_from_more_than_half_right(right: int, count: int, points: Fraction) -> None:
    assert half_from_majority(right, count) == points


# Certainty


@pytest.mark.parametrize(("level", "right", "wrong"), [(1, 1, 0), (2, 2, -2), (3, 3, -6)])
def test_marks_by_certainty(level: int, right: int, wrong: int) -> None:
    """Source: Moodle, question/behaviour/deferredcbm/tests/question_cbm_test.php, `test_adjust_fraction`."""
    assert certainty_mark(level, is_right=True) == right
    assert certainty_mark(level, is_right=False) == wrong


def expected(p: Fraction) -> list[Fraction]:
    """The mean mark at certainty 1, 2 and 3 of somebody who is right with chance p."""
    return [
        p * certainty_mark(level, is_right=True) + (1 - p) * certainty_mark(level, is_right=False)
        for level in CERTAINTY_MARKS
    ]


@pytest.mark.parametrize(
    ("p", "marks"),
    [
        ("0.5", ["0.5", "0", "-1.5"]),
        ("0.7", ["0.70", "0.80", "0.30"]),
        ("0.85", ["0.85", "1.40", "1.65"]),
    ],
)
def test_the_expected_mark_at_each_certainty(p: str, marks: list[str]) -> None:
    assert expected(Fraction(p)) == [Fraction(mark) for mark in marks]


@given(st.fractions(0, 1, max_denominator=1000))
def test_being_honest_pays_best(p: Fraction) -> None:
    marks = expected(p)
    assert marks == [p, 4 * p - 2, 9 * p - 6]
    honest = 1 if p < Fraction(2, 3) else 2 if p < Fraction(4, 5) else 3
    assert marks[honest - 1] == max(marks)


def test_the_switches_are_at_two_thirds_and_four_fifths() -> None:
    assert expected(Fraction(2, 3))[0] == expected(Fraction(2, 3))[1]
    assert expected(Fraction(4, 5))[1] == expected(Fraction(4, 5))[2]


@pytest.mark.parametrize("level", [0, 4, -1])
def test_another_certainty_is_refused(level: int) -> None:
    with pytest.raises(ValueError, match="certainty is 1, 2 or 3"):
        certainty_mark(level, is_right=True)


def test_a_shuffle_of_options_changes_no_rule() -> None:
    rng = random.Random(3)
    for keys, chosen in product([{A}, {A, C}, {B, D, F}], [{A}, {B, C}, {A, C, D, F}]):
        place = rng.sample(range(6), 6)
        moved_keys, moved = {place[key] for key in keys}, {place[option] for option in chosen}
        for rule in (plus_minus, all_or_nothing, ripkey):
            assert rule(keys, chosen) == rule(moved_keys, moved)
