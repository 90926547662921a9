"""A figure of a bank: a value, and the bounds that it should keep."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final, Literal, NamedTuple, TypeAlias

from quizapp.core.items.base import Item, Option

Unit: TypeAlias = Literal["share", "count", "statistic"]
STANDARD_ERRORS: Final = 2
# Of fewer items a share says nothing: it is told, but has no bounds.
LEAST_JUDGED: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure; `n` is of how many items, and a side without a bound is None.

    A value that cannot be computed is None; then it neither holds nor fails.
    """

    group: str
    name: str
    value: float | None
    unit: Unit
    n: int
    low: float | None = None
    high: float | None = None

    @property
    def holds(self) -> bool | None:
        """Whether the value is within its bounds; None without value or bounds."""
        if self.value is None or (self.low is None and self.high is None):
            return None
        return not (self.low is not None and self.value < self.low) and not (
            self.high is not None and self.value > self.high
        )

    @property
    def bound(self) -> str:
        """The bounds in words."""
        low, high = (None if end is None else self.written(end) for end in (self.low, self.high))
        if low is not None and high is not None:
            return f"{low} to {high}"
        if low is not None:
            return f"at least {low}"
        return f"at most {high}" if high is not None else "–"

    def written(self, value: float | None) -> str:
        """A value in the unit of this figure."""
        if value is None:
            return "–"
        if self.unit == "share":
            return f"{100 * value:.1f} %"
        return f"{value:.0f}" if self.unit == "count" else f"{value:.2f}"


def share(
    group: str,
    name: str,
    value: float | None,
    n: int,
    *,
    low: float | None = None,
    high: float | None = None,
) -> Figure:
    """A share of the items, with bounds if there are enough of them."""
    if n < LEAST_JUDGED:
        low = high = None
    return Figure(group=group, name=name, value=value, unit="share", n=n, low=low, high=high)


class Choice(NamedTuple):
    """Options of which one is the key, and the item that they are in."""

    item: Item
    options: Sequence[Option]
    key: int

    @property
    def chance(self) -> float:
        """How often a guess is right."""
        return 1 / len(self.options)


def choices(items: Iterable[Item]) -> list[Choice]:
    """The lists of live items in which one option is the key, those in parts of cases among them."""
    return [
        Choice(item, each.options, keys[0])
        for item in items
        if item.status == "live"
        for each in item.lists()
        if each.has_one_key
        and len(keys := [index for index, option in enumerate(each.options) if option.key]) == 1
    ]


def chance(some: Sequence[Choice]) -> float | None:
    """How many of the choices a guesser gets right, as a share; None without any."""
    return sum(each.chance for each in some) / len(some) if some else None


def chance_error(some: Sequence[Choice]) -> float:
    """The standard error of that share: how much it varies from one guesser to the next."""
    variance = sum(each.chance * (1 - each.chance) for each in some)
    return sqrt(variance) / len(some) if some else 0.0
