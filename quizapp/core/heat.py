"""Rows of a table whose cells say how many answers there were and what share of the credit they earned.

A large group has ten thousand cells, but only a few hundred different ones: each is made once, and a row is
joined from them. The texts are passed in, translated, and escaped here. The colours come from the stylesheet:
heat-none for too few answers, heat-1 to heat-4 for the share.
"""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from html import escape

from quizapp.core.intervals import not_enough

LEVELS = (40, 60, 80)  # percent at which the next colour begins

Count = tuple[int, Fraction | int]  # answers, and what they earned: 1 for the whole credit of an item
# Of a count: what stands in its cell, below it, and on hover.
Words = Callable[[int, Fraction | int], tuple[str, str, str]]


class Html(str):
    """Markup that Jinja prints as it is: every part of it was escaped when it was made."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


class HeatCells:
    """Makes cells, each different one once."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._made: dict[Count, str] = {}

    def row(self, heading: str, counts: Iterable[Count]) -> Html:
        """A row: its heading, which is a name and not to be translated, and its cells."""
        return Html(f'<th scope="row" translate="no">{escape(heading)}</th>{self.cells(counts)}')

    def cells(self, counts: Iterable[Count]) -> Html:
        made = self._made
        return Html("".join([made.get(count) or self._make(count) for count in counts]))

    def _make(self, count: Count) -> str:
        text, below, title = map(escape, self._words(*count))
        kind = heat_class(*count)
        more = (f' class="{kind}"' if kind else "") + (f' title="{title}"' if title else "")
        cell = f"<td{more}>{text}{f'<small>{below}</small>' if below else ''}</td>"
        self._made[count] = cell
        return cell


def heat_class(n: int, hits: Fraction | int) -> str:
    """The colour of a cell; none at all where nothing was answered."""
    if n == 0:
        return ""
    if not_enough(n):
        return "heat-none"
    return f"heat-{1 + sum(100 * hits >= level * n for level in LEVELS)}"


def together(counts: Sequence[Count]) -> Count:
    """The sum of counts that stand beside it, without giving away one that is too small to be shown.

    Those with too few answers are counted in when together they are enough; else they are left out, as one
    could work out their right answers from the sum and the cells beside it.
    """
    large = [count for count in counts if not not_enough(count[0])]
    small = [count for count in counts if not_enough(count[0])]
    counted = large if not_enough(sum(n for n, _hits in small)) else counts
    return sum(n for n, _hits in counted), sum(hits for _n, hits in counted)
