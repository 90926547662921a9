"""What one panel says about a key, in numbers that a page can show."""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, NamedTuple, TypeAlias

from quizapp.core.intervals import wilson
from quizapp.core.items.base import ItemType, Option, Path, Question
from quizapp.core.panel import (
    Panel,
    content_validity_ratio,
    kendall_w,
    key_is_carried,
    krippendorff_alpha,
    median_ranks,
    median_rating,
    rankings,
    rating_is_carried,
)

# What the key says of an option: best, worst, one of those that apply, or not one of them.
Claim: TypeAlias = Literal["best", "worst", "applies", "left"]


class KeyShare(NamedTuple):
    """How many of the panel say of one option what the key says, with the 90 % interval of their share."""

    option: int  # from 0
    text: str
    claim: Claim
    votes: int
    n: int
    lower: float
    upper: float
    is_carried: bool

    @property
    def share(self) -> float:
        return self.votes / self.n


class OptionRating(NamedTuple):
    """The panel's ratings of one option."""

    option: int  # from 0
    text: str
    key: int | None
    median: Fraction | None
    n: int
    is_carried: bool | None  # None where the option is not scored


class OptionRank(NamedTuple):
    """The panel's place of one option."""

    option: int  # from 0
    text: str
    key: int
    median: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelSummary:
    """One panel; None for what it was not asked, or cannot be computed."""

    path: Path  # of the question, part or turn that it belongs to
    n: int
    rounds: int
    held_on: datetime.date
    demonstration: bool
    carries: bool  # all that the key says
    shares: tuple[KeyShare, ...]
    ratings: tuple[OptionRating, ...]
    alpha: float | None
    ranks: tuple[OptionRank, ...]
    concordance: float | None
    ranked: int  # how many put the options in order
    essential: int | None  # how many call the content essential
    content_validity: Fraction | None


def panel_summaries(kind: ItemType, question: Question) -> list[PanelSummary]:
    """Every panel of a question, of its parts or turns."""
    panels = {path[:-1]: panel for path, panel in question.panels()}
    doubted = [doubt.path for doubt in kind.panel_doubts(question)] if panels else []
    found = []
    for each in question.lists():
        owner = each.path[:-1]
        if owner in panels:
            carries = not any(path[: len(owner)] == owner for path in doubted)
            found.append(_summary(owner, panels[owner], each.options, carries=carries))
    return found


def _summary(path: Path, panel: Panel, options: Sequence[Option], *, carries: bool) -> PanelSummary:
    return PanelSummary(
        path=path,
        n=panel.n,
        rounds=panel.rounds,
        held_on=panel.held_on,
        demonstration=panel.demonstration,
        carries=carries,
        shares=tuple(_shares(panel, options)),
        ratings=tuple(_ratings(panel, options)),
        alpha=None if panel.ratings is None else krippendorff_alpha(panel.ratings),
        ranks=tuple(_ranks(panel, options)),
        concordance=None if panel.ranks is None else kendall_w(rankings(panel.ranks)),
        ranked=0 if panel.ranks is None else len(rankings(panel.ranks)),
        essential=panel.essential,
        content_validity=(
            None if panel.essential is None else content_validity_ratio(panel.essential, panel.n)
        ),
    )


def _shares(panel: Panel, options: Sequence[Option]) -> Iterator[KeyShare]:
    for index, option in enumerate(options):
        for claim, votes in _votes(panel, index, option):
            interval = wilson(votes, panel.n)
            carried = key_is_carried(votes, panel.n)
            yield KeyShare(index, option.text, claim, votes, panel.n, *interval, carried)


def _votes(panel: Panel, index: int, option: Option) -> Iterator[tuple[Claim, int]]:
    """What the key says of an option, each with the votes for it."""
    if panel.best is not None and option.key:
        yield "best", panel.best[index]
    if panel.worst is not None and getattr(option, "worst", False):
        yield "worst", panel.worst[index]
    if panel.chosen is not None and option.key:
        yield "applies", panel.chosen[index]
    if panel.chosen is not None and not option.key:
        yield "left", panel.n - panel.chosen[index]


def _ratings(panel: Panel, options: Sequence[Option]) -> Iterator[OptionRating]:
    for index, (option, row) in enumerate(zip(options, panel.ratings or (), strict=False)):
        key: int | None = getattr(option, "rating", None)
        carried = None if key is None else rating_is_carried(row, key)
        given = sum(rating is not None for rating in row)
        yield OptionRating(index, option.text, key, median_rating(row), given, carried)


def _ranks(panel: Panel, options: Sequence[Option]) -> Iterator[OptionRank]:
    medians = () if panel.ranks is None else median_ranks(panel.ranks) or ()
    for index, (option, median) in enumerate(zip(options, medians, strict=False)):
        key: int | None = getattr(option, "rank", None)
        if key is not None:
            yield OptionRank(index, option.text, key, median)
