"""Intervals for a share of right answers, and when there are too few answers to show one."""

from fractions import Fraction
from math import sqrt

Z90 = 1.6448536269514722  # 95th percentile of the normal distribution: a two-sided 90 % interval

MIN_FIRST_ANSWERS = 5  # below this a share is shown as "not enough yet"


def wilson(successes: float | Fraction, n: int, z: float = Z90) -> tuple[float, float]:
    """The score interval of a proportion.

    :param successes: 0 to n; may be fractional where items give partial credit, which makes it a
        little wide, since partial credit varies less than right and wrong.
    :param n: number of answers, at least 1.
    :param z: normal quantile; the default gives a two-sided 90 % interval.
    :returns: lower and upper bound, 0 <= lower <= successes / n <= upper <= 1.
    :raises ValueError: if n is below 1 or successes lies outside 0 to n.

    Source: Wilson (1927), Journal of the American Statistical Association 22, 209-212. Checked against:
    Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3.
    """
    if n < 1 or not 0 <= successes <= n:
        raise ValueError(f"no interval for {successes} of {n}")
    share = float(successes) / n
    middle = share + z * z / (2 * n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    whole = 1 + z * z / n
    # Rounding must not push a bound past the share itself, nor off the scale at 0 and n.
    return max(0.0, min(share, (middle - half) / whole)), min(1.0, max(share, (middle + half) / whole))


def not_enough(n: int) -> bool:
    """Whether n answers are too few to show a share with its interval."""
    return n < MIN_FIRST_ANSWERS
