"""The scoring rules, on plain numbers: the item types say what of an answer goes in.

Unless it says otherwise, a rule gives a share of the item from 0 to 1. All of them are exact.
"""

import functools
from collections.abc import Collection, Mapping, Sequence, Set
from fractions import Fraction
from itertools import permutations
from typing import Final

ZERO, HALF, ONE = Fraction(0), Fraction(1, 2), Fraction(1)
CERTAINTY_MARKS: Final[Mapping[int, tuple[int, int]]] = {1: (1, 0), 2: (2, -2), 3: (3, -6)}
MOST_RANKED = 8  # the farthest order is found by trying all of them


def pick_best(keys: Set[int], chosen: int) -> Fraction:
    """1 for a key, else 0. By guessing: keys / options."""
    return ONE if chosen in keys else ZERO


def best_and_worst(key: tuple[int, int], chosen: tuple[int | None, int | None]) -> Fraction:
    """Half for the best, half for the worst. By guessing among m options: 1 / m."""
    return Fraction((chosen[0] == key[0]) + (chosen[1] == key[1]), 2)


def signed_best_and_worst(key: tuple[int, int], chosen: tuple[int | None, int | None]) -> Fraction:
    """-2 to 2: a point for each of the two, minus one for each that was taken for its opposite.

    As reported in research; cut off at 0 it is twice `best_and_worst`.
    """
    best, worst = chosen
    return Fraction((best == key[0]) + (worst == key[1]) - (best == key[1]) - (worst == key[0]))


def rank_distance(key: Sequence[Fraction | int], ranks: Sequence[int]) -> Fraction:
    """1 − D / D_max, where D sums how many places each response is off.

    :param key: the keyed rank of each response; equal ones have their mean, such as 1.5 and 1.5.
    :param ranks: the ranks given, each of 1 to m once.
    :raises ValueError: if `ranks` is no order of the responses.

    For five responses without ties the marks of the UK foundation test are 20 − D of 20. Where the key has
    ties no order is at all its places: `most_by_rank` tells what the nearest one gives.
    """
    if sorted(ranks) != list(range(1, len(key) + 1)):
        raise ValueError(f"{list(ranks)} is no order of {len(key)} responses")
    return 1 - places_off(key, ranks) / farthest(tuple(key))


def most_by_rank(key: Sequence[Fraction | int]) -> Fraction:
    """What the order nearest to the key gives: 1 when it has no ties."""
    nearest = places_off(sorted(key), range(1, len(key) + 1))
    return 1 - nearest / farthest(tuple(key))


def places_off(key: Sequence[Fraction | int], ranks: Sequence[int]) -> Fraction:
    """D: the sum of |rank − key|."""
    return sum((abs(Fraction(rank) - right) for rank, right in zip(ranks, key, strict=True)), ZERO)


@functools.lru_cache(maxsize=256)
def farthest(key: tuple[Fraction | int, ...]) -> Fraction:
    """D of the order that is farthest from the key; ⌊m² / 2⌋ when the key has no ties."""
    places = range(1, len(key) + 1)
    if sorted(key) == list(places):
        return Fraction(len(key) ** 2 // 2)
    if len(key) > MOST_RANKED:
        raise ValueError(f"at most {MOST_RANKED} responses with ties can be ranked")
    return max(places_off(key, order) for order in permutations(places))


def mid_ranks(ranks: Sequence[float]) -> tuple[Fraction, ...]:
    """Ranks in which equal ones share the mean of the places that they take together."""
    below = [sum(other < rank for other in ranks) for rank in ranks]
    equal = [sum(other == rank for other in ranks) for rank in ranks]
    return tuple(Fraction(2 * low + 1 + count, 2) for low, count in zip(below, equal, strict=True))


def same_side_half(key: int, rating: int) -> Fraction:
    """Of one rating from 1 to 4: 1 for the keyed one, 1/2 for its neighbour on the same side (1-2 or 3-4).

    By guessing: 3/8. Without credit across the middle, sitting in the middle does not pay.
    Source: AAMC PREview professional readiness exam, "Understanding your scores".

    :raises ValueError: if key or rating is not 1 to 4.
    """
    if key not in range(1, 5) or rating not in range(1, 5):
        raise ValueError(f"a rating is 1 to 4, not {rating}")
    if rating == key:
        return ONE
    return HALF if (rating <= 2) == (key <= 2) else ZERO


def plus_minus(keys: Set[int], chosen: Set[int]) -> Fraction:
    """(right − wrong) / keys, not below 0. Only pays where keys are at most half of the options.

    Source: NCSBN, Next Generation NCLEX, "+/− scoring".
    """
    return max(ZERO, Fraction(len(chosen & keys) - len(chosen - keys), len(keys)))


def select_n(keys: Set[int], chosen: Set[int]) -> Fraction:
    """right / N, where N keys are asked for.

    :raises ValueError: if more than N were chosen.
    """
    if len(chosen) > len(keys):
        raise ValueError(f"{len(chosen)} chosen, {len(keys)} asked for")
    return Fraction(len(chosen & keys), len(keys))


def all_or_nothing(keys: Set[int], chosen: Set[int]) -> Fraction:
    """1 for exactly the keys."""
    return ONE if chosen == keys else ZERO


def ripkey(keys: Set[int], chosen: Set[int]) -> Fraction:
    """The share of keys that were chosen; 0 for more choices than keys.

    Source: Ripkey, Case and Swanson (1996), Academic Medicine 71 (10, supplement), S94-S96.
    """
    return ZERO if len(chosen) > len(keys) else Fraction(len(chosen & keys), len(keys))


def per_option(count: int, keys: Set[int], chosen: Set[int]) -> Fraction:
    """The share of options that were rightly chosen or rightly left (PS1/n). Choosing everything pays."""
    return Fraction(count - len(keys ^ chosen), count)


def summed_fractions(fractions: Mapping[int, Fraction], chosen: Collection[int]) -> Fraction:
    """The fractions of the chosen options added up, cut off at 0 and 1.

    Source: Moodle, multiple choice question type, "multiple answers".
    """
    return min(ONE, max(ZERO, sum((fractions[option] for option in chosen), ZERO)))


def map_response(
    values: Mapping[int, Fraction],
    chosen: Collection[int],
    *,
    default: Fraction = ZERO,
    lower: Fraction | None = None,
    upper: Fraction | None = None,
) -> Fraction:
    """The mapped values of the distinct choices added up, then held between the bounds, if there are any.

    Source: 1EdTech QTI 2.1 information model, mapResponse; an unmapped value counts as the default.
    """
    total = sum((values.get(option, default) for option in set(chosen)), ZERO)
    if lower is not None:
        total = max(total, lower)
    return total if upper is None else min(total, upper)


def half_from_majority(right: int, count: int) -> Fraction:
    """PS50: 1 when all judgements are right, 1/2 when more than half are, else 0."""
    if right == count:
        return ONE
    return HALF if 2 * right > count else ZERO


def certainty_mark(level: int, *, is_right: bool) -> int:
    """The mark at certainty 1, 2 or 3: right +1, +2, +3; wrong 0, −2, −6.

    Somebody who is right with chance p can expect p, 4p − 2 and 9p − 6: being honest pays best, with
    switches at p = 2/3 and 4/5. Source: Gardner-Medwin (1995), ALT-J 3, 80-85.

    :raises ValueError: for any other level.
    """
    if level not in CERTAINTY_MARKS:
        raise ValueError(f"certainty is 1, 2 or 3, not {level}")
    right, wrong = CERTAINTY_MARKS[level]
    return right if is_right else wrong
