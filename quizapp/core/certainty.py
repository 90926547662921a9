"""How sure somebody says they are, and how well that fits what came of it.

An answer is right here when it earned all points of its item. Part credit is wrong: whoever says "sure" says
that the whole answer stands, and a mark for parts would make it pay to be sure of half.

Marks are those of `scoring.certainty_mark`. They serve to tell a learner about themselves alone: nothing
here enters a score, a total or a forecast.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from quizapp.core.intervals import not_enough, wilson
from quizapp.core.scoring import CERTAINTY_MARKS, certainty_mark

GUESSING, FAIRLY_SURE, SURE = 1, 2, 3
LEVELS: Final = (SURE, FAIRLY_SURE, GUESSING)  # in the order in which pages offer them

# The share right for which each level pays best. At the ends two levels pay the same, so that they fit both.
AIMS: Final[Mapping[int, tuple[Fraction, Fraction]]] = {
    GUESSING: (Fraction(0), Fraction(2, 3)),
    FAIRLY_SURE: (Fraction(2, 3), Fraction(4, 5)),
    SURE: (Fraction(4, 5), Fraction(1)),
}
MIN_FOR_VERDICT = 20  # answers at one level

# How a level fits: its share lies in the aim; it lies outside, which can be chance; or it surely is outside.
Verdict = Literal["not_enough", "fits", "close", "too_sure", "too_careful"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """The answers given at one level. Share and interval are None below five of them."""

    level: int
    n: int
    right: int

    @property
    def share(self) -> Fraction | None:
        return None if not_enough(self.n) else Fraction(self.right, self.n)

    @property
    def interval(self) -> tuple[float, float] | None:
        """Of 90 %, by Wilson."""
        return None if not_enough(self.n) else wilson(self.right, self.n)

    @property
    def verdict(self) -> Verdict:
        if self.n < MIN_FOR_VERDICT:
            return "not_enough"
        low, high = AIMS[self.level]
        if low <= Fraction(self.right, self.n) <= high:
            return "fits"
        lower, upper = wilson(self.right, self.n)
        if upper < low:
            return "too_sure"
        return "too_careful" if lower > high else "close"


def calibration(answers: Iterable[tuple[int, bool, int]]) -> tuple[Calibration, ...]:
    """A row for each level, the surest first.

    :param answers: level, whether right, and how many answers were so.
    """
    counts = {(level, is_right): 0 for level in LEVELS for is_right in (True, False)}
    for level, is_right, n in answers:
        counts[level, is_right] += n
    return tuple(
        Calibration(level=level, n=counts[level, True] + counts[level, False], right=counts[level, True])
        for level in LEVELS
    )


def expected_mark(level: int, share: Fraction) -> Fraction:
    """What an answer at this level earns on average, when it is right with this chance: p, 4p − 2, 9p − 6."""
    right, wrong = CERTAINTY_MARKS[level]
    return right * share + wrong * (1 - share)


def best_single_mark(share: Fraction) -> Fraction:
    """The highest mean mark for somebody who says the same level each time, at this share right."""
    return max(expected_mark(level, share) for level in LEVELS)


def accuracy_bonus(mean_mark: Fraction, share: Fraction) -> Fraction:
    """What knowing one's sure answers from one's guesses adds to the share right, or takes from it.

    0.1 × (mean mark − the best that one level for all could have earned): 0 for a learner who says the same
    each time and chose the level well, above it for one whose levels tell right from wrong.

    :param mean_mark: −6 to 3.
    :param share: of answers right, 0 to 1.

    Source: Moodle, question behaviour "deferred feedback with CBM", after Gardner-Medwin (IUPS 2013): the
    factor is about the one with which share and bonus together are most reliable. Checked against: its tests.
    """
    return (mean_mark - best_single_mark(share)) / 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What all answers together earned. `mean` and what follows from it are None without an answer."""

    n: int
    right: int
    total: int

    @property
    def mean(self) -> Fraction | None:
        return Fraction(self.total, self.n) if self.n else None

    @property
    def best_single(self) -> Fraction | None:
        return best_single_mark(Fraction(self.right, self.n)) if self.n else None

    @property
    def bonus(self) -> Fraction | None:
        """See `accuracy_bonus`; None as well below the answers that a verdict needs."""
        if self.mean is None or self.n < MIN_FOR_VERDICT:
            return None
        return accuracy_bonus(self.mean, Fraction(self.right, self.n))


def marks(rows: Iterable[Calibration]) -> Marks:
    """The marks of all levels together."""
    known = list(rows)
    total = sum(
        row.right * certainty_mark(row.level, is_right=True)
        + (row.n - row.right) * certainty_mark(row.level, is_right=False)
        for row in known
    )
    return Marks(n=sum(row.n for row in known), right=sum(row.right for row in known), total=total)
