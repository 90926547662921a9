"""What a panel of working peers said about one item, and whether that carries a key.

Rows are options and columns are panellists, always in the same order; None where somebody left an option out.
What needs no root is computed exactly.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from math import sqrt
from statistics import median
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt

from quizapp.core.fields import IsoDate
from quizapp.core.intervals import wilson
from quizapp.core.scoring import mid_ranks

MIN_PANELLISTS = 5  # a smaller panel carries no key, however much it agrees
MIN_CONCORDANCE = Fraction(3, 5)  # Kendall's W of a rank key
MIN_CONSISTENT = Fraction(4, 5)  # the share of the panel that must agree on a rating
MIN_RATING, MAX_RATING = 1, 4
MIDDLE = Fraction(MIN_RATING + MAX_RATING, 2)  # between the two sides of the scale; nobody can choose it

Count = Annotated[StrictInt, Field(ge=0, le=1000)]
Rating = Annotated[StrictInt, Field(ge=MIN_RATING, le=MAX_RATING)]
Rank = Annotated[StrictInt, Field(ge=1)]
Rows: TypeAlias = Sequence[Sequence[int | None]]
# The same as the path of a finding, which stands in a module that uses this one.
Path: TypeAlias = tuple[str | int, ...]


class Panel(BaseModel):
    """The judgements of one panel on one item. What fits together and with the item, `check_panel` says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    n: Annotated[StrictInt, Field(ge=1, le=1000)] = Field(description="How many working peers were asked.")
    rounds: Annotated[StrictInt, Field(ge=1, le=10)] = 1
    held_on: IsoDate
    demonstration: StrictBool = Field(default=False, description="Made up, to show how a panel looks.")
    best: tuple[Count, ...] | None = Field(
        default=None, description="For each option, how many chose it as the best."
    )
    worst: tuple[Count, ...] | None = Field(
        default=None, description="For each option, how many chose it as the worst."
    )
    chosen: tuple[Count, ...] | None = Field(
        default=None, description="For each option, how many called it right, where several can be."
    )
    ratings: tuple[tuple[Rating | None, ...], ...] | None = Field(
        default=None, description="For each option, the rating 1-4 by each panellist; null where missing."
    )
    ranks: tuple[tuple[Rank | None, ...], ...] | None = Field(
        default=None, description="For each option, its rank by each panellist; 1, 2, 2, 4 with a tie."
    )
    essential: Count | None = Field(default=None, description="How many called the content essential.")


# Best answer


def key_is_carried(votes: int, n: int) -> bool:
    """Whether we may be sure that more than half of such experts would choose this option.

    That is so when at least five were asked and the lower end of the 90 % interval of the share lies above
    one half: 5 of 5, 6 of 7, 8 of 10, 11 of 15. Who abstained counts in n, and so against every option.

    :param votes: who chose the option, 0 to n. For two keys together, the sum of their votes.
    :param n: who was asked, at least 1.
    :raises ValueError: if n is below 1 or votes lies outside 0 to n.
    """
    lower, _ = wilson(votes, n)
    return n >= MIN_PANELLISTS and lower > 0.5


def aggregate_credit(counts: Sequence[int]) -> tuple[Fraction, ...]:
    """The credit of each option when every choice of the panel counts; for feedback, never for a score.

    :param counts: how many chose each option, shape (n_options,), none below 0.
    :returns: the count over the largest count, each in [0, 1]; 1 for the most chosen option or options.
    :raises ValueError: if a count is negative or nobody chose anything.

    Source: the aggregate scoring of script concordance tests, as in Gagnon, Charlin et al. (2005), Medical
    Education 39, 284-291.
    """
    mode = max(counts, default=0)
    if mode < 1 or min(counts) < 0:
        raise ValueError(f"no credit from the counts {list(counts)}")
    return tuple(Fraction(count, mode) for count in counts)


def content_validity_ratio(essential: int, n: int) -> Fraction:
    """How far more than half of the panel call the content essential.

    :param essential: who called it essential, 0 to n.
    :param n: who was asked, at least 1.
    :returns: -1 for none, 0 for half, 1 for all.
    :raises ValueError: if n is below 1 or essential lies outside 0 to n.

    Source: Lawshe (1975), Personnel Psychology 28, 563-575: (essential - n/2) / (n/2).
    """
    if n < 1 or not 0 <= essential <= n:
        raise ValueError(f"no ratio for {essential} of {n}")
    return Fraction(2 * essential - n, n)


# Agreement


def krippendorff_alpha(
    rows: Rows, level: Literal["nominal", "ordinal", "interval"] = "ordinal"
) -> float | None:
    """The agreement of any number of raters beyond chance, with ratings missing anywhere.

    :param rows: the value of each unit (option) by each rater, shape (n_units, n_raters), None where it is
        missing. A unit with a single value cannot be compared and is left out.
    :param level: what makes values differ: "nominal" being unequal, "ordinal" the number of values that lie
        between them, "interval" their distance.
    :returns: 1 for perfect agreement, 0 for what chance gives, below 0 for worse; None when no two values can
        be compared, or all of those are equal, so that chance alone would agree.
    :raises ValueError: if the rows differ in length.

    Source: Krippendorff (2011), Computing Krippendorff's Alpha-Reliability. Checked against: the example of 4
    observers and 12 units there, and krippendorff 0.9 for Python.
    """
    _check_lengths(rows)
    units = [Counter(value for value in row if value is not None) for row in rows]
    units = [unit for unit in units if unit.total() > 1]
    uses = Counter(value for unit in units for value in unit.elements())
    observed = expected = Fraction(0)
    for low, high in combinations(sorted(uses), 2):
        difference = _squared_difference(low, high, uses, level)
        pairs = sum(Fraction(unit[low] * unit[high], unit.total() - 1) for unit in units)
        observed += pairs * difference
        expected += uses[low] * uses[high] * difference
    return float(1 - (uses.total() - 1) * observed / expected) if expected else None


def _squared_difference(low: int, high: int, uses: Mapping[int, int], level: str) -> Fraction:
    if level == "nominal":
        return Fraction(1)
    if level == "interval":
        return Fraction(high - low) ** 2
    between = sum(count for value, count in uses.items() if low <= value <= high)
    return (between - Fraction(uses[low] + uses[high], 2)) ** 2


def kendall_w(ranks_by_rater: Sequence[Sequence[float]]) -> float | None:
    """The concordance of raters who each put the same options in order, corrected for ties.

    :param ranks_by_rater: shape (n_raters, n_options), see `rankings`. Only the order within a rater counts;
        equal numbers are a tie and get the mean of the ranks that they cover.
    :returns: 0 for no common order to 1 for the same order by all; None with fewer than two raters or
        options, or when every rater ties everything.
    :raises ValueError: if raters differ in the number of options.

    Source: Kendall and Babington Smith (1939), Annals of Mathematical Statistics 10, 275-287; ties as in
    Kendall (1948), Rank Correlation Methods. Checked against: the example of NAG routine g08daf.
    """
    concordance = _concordance(ranks_by_rater)
    return None if concordance is None else float(concordance)


def _concordance(ranks_by_rater: Sequence[Sequence[float]]) -> Fraction | None:
    _check_lengths(ranks_by_rater)
    raters, options = len(ranks_by_rater), len(ranks_by_rater[0]) if ranks_by_rater else 0
    if raters < 2 or options < 2:
        return None
    totals = [sum(column) for column in zip(*map(mid_ranks, ranks_by_rater), strict=True)]
    spread = sum((total - Fraction(raters * (options + 1), 2)) ** 2 for total in totals)
    ties = sum(tied**3 - tied for ranks in ranks_by_rater for tied in Counter(ranks).values())
    largest = Fraction(raters * (raters * (options**3 - options) - ties), 12)
    return spread / largest if largest else None


def profile_correlation(
    ratings: Sequence[float | Fraction], panel_means: Sequence[float | Fraction]
) -> float | None:
    """How far a learner's ratings rise and fall with the panel's, whatever level and spread they have.

    With both standardized (n in the denominator) the mean squared distance is 2 (1 - r). A score from 0 to 1
    is (1 + r) / 2; it is kept for research and not shown.

    :param ratings: the learner's rating of each option, shape (n_options,).
    :param panel_means: the panel's mean rating of the same options, shape (n_options,).
    :returns: Pearson correlation in [-1, 1]; None when either side does not vary.
    :raises ValueError: if the shapes differ or there are fewer than two options.

    Source: Legree et al. (2010), ARI Technical Report 1272, on distance as similarity, spread and level.
    """
    if len(ratings) != len(panel_means) or len(ratings) < 2:
        raise ValueError(f"no correlation of {len(ratings)} ratings with {len(panel_means)} means")
    own, panel = _deviations(ratings), _deviations(panel_means)
    product = sum(x * y for x, y in zip(own, panel, strict=True))
    variation = sum(x * x for x in own) * sum(y * y for y in panel)
    if not variation:
        return None
    size = sqrt(product**2 / variation)
    return -size if product < 0 else size


def _deviations(values: Sequence[float | Fraction]) -> list[Fraction]:
    exact = [Fraction(value) for value in values]
    mean = sum(exact, Fraction(0)) / len(exact)
    return [value - mean for value in exact]


def _check_lengths(rows: Sequence[Sequence[object]]) -> None:
    lengths = {len(row) for row in rows}
    if len(lengths) > 1:
        raise ValueError(f"rows of different lengths: {sorted(lengths)}")


# Rank key and rate key


def rankings(rows: Rows) -> tuple[tuple[int, ...], ...]:
    """The ranks by panellist, without those who ranked nothing, as `kendall_w` wants them.

    :param rows: the rank of each option by each panellist, shape (n_options, n_panellists).
    :returns: shape (n_rankings, n_options).
    :raises ValueError: if the rows differ in length or somebody ranked only some of the options.
    """
    _check_lengths(rows)
    complete = []
    for column in zip(*rows, strict=True):
        ranks = tuple(rank for rank in column if rank is not None)
        if ranks and len(ranks) < len(column):
            raise ValueError(f"a ranking of only {len(ranks)} of {len(column)} options")
        if ranks:
            complete.append(ranks)
    return tuple(complete)


def median_ranks(rows: Rows) -> tuple[Fraction, ...] | None:
    """The median rank of each option; tied ranks count with the mean of the ranks that they cover.

    :param rows: the rank of each option by each panellist, shape (n_options, n_panellists).
    :returns: shape (n_options,), each from 1 to n_options; None when nobody ranked.
    :raises ValueError: if the rows differ in length or somebody ranked only some of the options.
    """
    columns = [mid_ranks(ranks) for ranks in rankings(rows)]
    return tuple(median(ranks) for ranks in zip(*columns, strict=True)) or None


def median_rating(row: Sequence[int | None]) -> Fraction | None:
    """The median of the ratings of one option, in halves; None when nobody rated it."""
    given = [Fraction(rating) for rating in row if rating is not None]
    return median(given) if given else None


def rank_key_is_carried(rows: Rows) -> bool:
    """Whether the panel's order may be the key: no two options share a median rank, and W is at least .60.

    Fewer than five rankings carry nothing.

    :param rows: the rank of each option by each panellist, shape (n_options, n_panellists).
    :raises ValueError: if the rows differ in length or somebody ranked only some of the options.
    """
    given = rankings(rows)
    medians, concordance = median_ranks(rows), _concordance(given)
    if medians is None or concordance is None or len(given) < MIN_PANELLISTS:
        return False
    return len(set(medians)) == len(medians) and concordance >= MIN_CONCORDANCE


def rating_is_carried(row: Sequence[int | None], key: int) -> bool:
    """Whether the panel's ratings of one option carry this key; if not, the option is not scored.

    Of those who rated it, at least five, 80 % must be on the key's side of the scale (1 and 2, or 3 and 4).
    On four points these are within one step of the median, too: the other half of the usual rule. The key
    must be within half a step of the median, so a median between two categories allows either.

    :param row: the rating 1-4 by each panellist, shape (n_panellists,), None where missing.
    :param key: the keyed category, 1-4.
    :raises ValueError: if the key or a rating lies outside 1-4.

    Source: 80 % within one step of the median as in table 2 of PMC9790819, on nine points there; the sides
    and the place of the key are rules of the house.
    """
    given = [rating for rating in row if rating is not None]
    for value in (key, *given):
        if not MIN_RATING <= value <= MAX_RATING:
            raise ValueError(f"{value} is not on the scale from {MIN_RATING} to {MAX_RATING}")
    middle = median_rating(given)
    if middle is None or len(given) < MIN_PANELLISTS or abs(key - middle) > Fraction(1, 2):
        return False
    same_side = sum((rating > MIDDLE) == (key > MIDDLE) for rating in given)
    return same_side >= MIN_CONSISTENT * len(given)


# What cannot be


def check_panel(panel: Panel, option_count: int) -> list[tuple[Path, str]]:
    """Everything in a panel that cannot be, for an item with so many options: paths in it, and messages.

    Votes may add up to fewer than n, as panellists may abstain just as they may leave out a rating; never to
    more.
    """
    judgements = (panel.best, panel.worst, panel.chosen, panel.ratings, panel.ranks, panel.essential)
    if all(judgement is None for judgement in judgements):
        return [((), "the panel says nothing; give best, worst, chosen, ratings, ranks or essential")]
    found = [
        *_check_votes("best", panel.best, panel.n, option_count),
        *_check_votes("worst", panel.worst, panel.n, option_count),
        *_check_best_and_worst(panel),
        *_check_chosen(panel, option_count),
        *_check_rows("ratings", panel.ratings, panel.n, option_count),
    ]
    problems_of_rows = list(_check_rows("ranks", panel.ranks, panel.n, option_count))
    found += problems_of_rows or _check_ranks(panel.ranks or ())
    if panel.essential is not None and panel.essential > panel.n:
        found.append((("essential",), f"{panel.essential} called it essential, more than n = {panel.n}"))
    return found


def _check_votes(
    name: str, counts: Sequence[int] | None, n: int, option_count: int
) -> Iterator[tuple[Path, str]]:
    if counts is None:
        return
    if len(counts) != option_count:
        yield (name,), f"{name} needs one count for each of {option_count} options; it has {len(counts)}"
    if sum(counts) > n:
        yield (name,), f"the counts of {name} add up to {sum(counts)}, more than n = {n}"
    if not any(counts):
        yield (name,), f"nobody chose any option; leave {name} out"


def _check_chosen(panel: Panel, option_count: int) -> Iterator[tuple[Path, str]]:
    if panel.chosen is None:
        return
    if len(panel.chosen) != option_count:
        message = f"chosen needs one count for each of {option_count} options; it has {len(panel.chosen)}"
        yield ("chosen",), message
    for index, count in enumerate(panel.chosen):
        if count > panel.n:
            yield ("chosen", index), f"{count} called this option right, more than n = {panel.n}"


def _check_best_and_worst(panel: Panel) -> Iterator[tuple[Path, str]]:
    for index, (best, worst) in enumerate(zip(panel.best or (), panel.worst or (), strict=False)):
        if max(best, worst) <= panel.n < best + worst:
            message = (
                f"{best} chose this option as best and {worst} as worst, together more than n = {panel.n}"
            )
            yield ("worst", index), message


def _check_rows(name: str, rows: Rows | None, n: int, option_count: int) -> Iterator[tuple[Path, str]]:
    if rows is None:
        return
    if len(rows) != option_count:
        yield (name,), f"{name} needs one row for each of {option_count} options; it has {len(rows)}"
    for index, row in enumerate(rows):
        if len(row) != n:
            message = (
                f"this row needs an entry for each of {n} panellists, null where missing; it has {len(row)}"
            )
            yield (name, index), message
    if all(value is None for row in rows for value in row):
        yield (name,), f"nobody gave one; leave {name} out"


def _check_ranks(rows: Rows) -> Iterator[tuple[Path, str]]:
    for column, ranks in enumerate(zip(*rows, strict=True)):
        wrong = _first_wrong_rank(ranks)
        if wrong:
            index, what = wrong
            yield ("ranks", index, column), f"panellist {column + 1} {what}"


def _first_wrong_rank(ranks: Sequence[int | None]) -> tuple[int, str] | None:
    """The first rank that is not one of an order of all options, ties sharing the lowest of their ranks."""
    given = [rank for rank in ranks if rank is not None]
    if not given:
        return None
    if len(given) < len(ranks):
        return ranks.index(None), "ranked only some of the options; rank all of them or none"
    for index, rank in enumerate(given):
        if rank != 1 + sum(other < rank for other in given):
            order = ", ".join(map(str, sorted(given)))
            return index, f"has the ranks {order}; count from 1, with a tie as in 1, 2, 2, 4"
    return None
