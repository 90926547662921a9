"""Put four to six responses in order, the best first."""

import functools
from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import permutations
from math import factorial
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, StrictInt

from quizapp.core import scoring
from quizapp.core.items import checks, options
from quizapp.core.items.base import (
    Answer,
    Fields,
    Finding,
    InvalidResponse,
    Item,
    Option,
    OptionQuestion,
    Order,
    Part,
    Rule,
    Score,
    as_option,
    missteps,
)
from quizapp.core.items.each_option import EachOptionType
from quizapp.core.panel import median_ranks, rank_key_is_carried
from quizapp.core.scoring import ZERO

MIN_OPTIONS, MAX_OPTIONS = 3, 6


@as_option
class RankedOption(Option):
    """An option with its place."""

    rank: Annotated[StrictInt, Field(ge=1, le=MAX_OPTIONS)] = Field(
        description="1 for the best; equal ranks share their places."
    )


class RankingQuestion(OptionQuestion):
    """Responses that have an order."""

    type: Literal["ranking"]
    options: tuple[RankedOption, ...]


class RankingItem(RankingQuestion, Item):
    """An item whose responses have an order."""

    options: tuple[RankedOption, ...]


class Key(NamedTuple):
    """The keyed places; D of the farthest order; what the nearest order earns."""

    places: tuple[Fraction, ...]
    farthest: Fraction
    most: Fraction


@functools.lru_cache(maxsize=256)
def _key_of(ranks: tuple[int, ...]) -> Key:
    places = scoring.mid_ranks(ranks)
    return Key(places, scoring.farthest(places), scoring.most_by_rank(places))


def _key(question: RankingQuestion) -> Key:
    return _key_of(tuple(option.rank for option in question.options))


def _ranks(question: RankingQuestion, answer: Answer) -> list[int | None]:
    found = options.aligned(question, answer, "ranks", range(1, len(question.options) + 1))
    given = [rank for rank in found if rank is not None]
    if not given or len(set(given)) < len(given):
        raise ValueError(f"{found} gives one rank twice, or none at all")
    return found


def _distance(question: RankingQuestion, answer: Answer) -> Score:
    """1 - D / D_max. An order that is not finished is none, and earns nothing."""
    key, ranks = _key(question), _ranks(question, answer)
    given = [rank for rank in ranks if rank is not None]
    if len(given) < len(ranks):
        return Score(ZERO, key.most)
    parts = tuple(
        Part(f"option {n}", -abs(rank - right) / key.farthest, ZERO)
        for n, (rank, right) in enumerate(zip(given, key.places, strict=True), start=1)
    )
    return Score(scoring.rank_distance(key.places, given), key.most, parts)


def _most(question: RankingQuestion) -> Fraction:
    return _key(question).most


class Ranking(EachOptionType):
    """The nearer to the keyed order, the more it earns."""

    name = "ranking"
    example = '{"ranks": [2, 1, 3, 4]}'
    model = RankingItem
    part_model = RankingQuestion
    rules = {"ranking/distance@1": Rule(_distance, _most)}  # noqa: RUF012
    field = "rank"
    stored = "ranks"
    unreadable = "unknown_rank", "Please use each number from the list once."
    without = "not ranked"

    def usual_rule(self, question: RankingQuestion) -> str:
        """1 - D / D_max."""
        return "ranking/distance@1"

    def readings(self, question: RankingQuestion) -> Mapping[str, Any]:
        """1 to m."""
        return {str(rank): rank for rank in range(1, len(question.options) + 1)}

    def patterns(self, question: RankingQuestion) -> Iterator[Answer]:
        """Every order."""
        every = permutations(range(1, len(question.options) + 1))
        return ({"ranks": list(ranks)} for ranks in every)

    def pattern_count(self, question: RankingQuestion) -> int:
        """m!"""
        return factorial(len(question.options))

    def key_answer(self, question: RankingQuestion) -> Answer:
        """The keyed order; of equal ranks the first option of the file comes first."""
        order = sorted(range(len(question.options)), key=lambda index: question.options[index].rank)
        return {"ranks": [order.index(index) + 1 for index in range(len(order))]}

    def parse(
        self, question: RankingQuestion, order: Order, fields: Fields, standing: Answer | None = None
    ) -> Answer | None:
        """{"ranks": [2, 1, null]}: no rank twice."""
        answer = super().parse(question, order, fields, standing)
        given = [rank for rank in answer["ranks"] if rank is not None] if answer else []
        if len(set(given)) < len(given):
            raise InvalidResponse(
                "same_rank", "Two responses have the same number. Please give each its own."
            )
        return answer

    def question(
        self,
        question: RankingQuestion,
        order: Order,
        answer: Answer | None,
        fields: Fields | None = None,
        prefix: str = "",
    ) -> dict[str, Any]:
        """Stem and responses: in the order that was given where it is whole, else as shuffled."""
        data = super().question(question, order, answer, fields, prefix)
        places = [str(place) for place in range(1, len(question.options) + 1)]
        if sorted(str(row["given"]) for row in data["options"]) == places:
            data["options"].sort(key=lambda row: str(row["given"]))
        return data

    def given(self, question: RankingQuestion, answer: Answer | None) -> list[Any]:
        """The ranks; ValueError for one that is given twice, too."""
        return super().given(question, None) if answer is None else _ranks(question, answer)

    def review(self, question: RankingQuestion, order: Order, answer: Answer | None) -> dict[str, Any]:
        """The responses in the keyed order, with the places given, rationales and missteps."""
        key = _key(question).places
        ranks = self.given(question, answer)
        panel = question.panel
        medians = None if panel is None or panel.ranks is None else median_ranks(panel.ranks)
        rows = []
        for row in options.told(question, order):
            index, given = row["index"], ranks[row["index"]]
            off = None if given is None else abs(given - key[index])
            median = None if panel is None or medians is None else medians[index]
            view = {"median": median, "n": panel.n, "is_made_up": panel.demonstration} if panel else None
            rows.append(
                row | {"key": key[index], "given": given, "off": off, "panel": view if medians else None}
            )
        rows.sort(key=lambda row: row["key"])
        return {"stem": question.stem, "options": rows}

    def in_words(self, question: RankingQuestion, answer: Answer) -> str:
        """The ranks."""
        return f"ranks {', '.join('–' if rank is None else str(rank) for rank in answer['ranks'])}"

    def missteps_chosen(self, question: RankingQuestion, answer: Answer | None) -> frozenset[str]:
        """That of the response that was put first."""
        ranks = self.given(question, answer)
        return missteps([option for option, rank in zip(question.options, ranks, strict=True) if rank == 1])

    def check(self, question: RankingQuestion) -> list[Finding]:
        """Ranks from 1 up; responses of the lower half name a misstep."""
        m = len(question.options)
        found = [
            *checks.count(m, MIN_OPTIONS, MAX_OPTIONS),
            *checks.repeats(question.options),
            *checks.known_rule(question, self.rules),
            *checks.panel_fits(question),
            *checks.no_key(question, "rank"),
            *checks.kind_without_spot(question),
            *checks.foreign_fields(question),
        ]
        ranks = sorted(option.rank for option in question.options)
        # As in a race: after two at place 1 comes place 3.
        if any(rank != 1 + sum(other < rank for other in ranks) for rank in ranks) or len(set(ranks)) < 2:
            message = f"ranks are 1 to {m}; equal ones take the first of their places, such as 1, 2, 2, 4"
            found.append(Finding(("options",), "error", "rank-places", message))
        for index, option in enumerate(question.options):
            if 2 * option.rank > m + 1 and option.misstep is None:
                message = "a response of the lower half needs misstep: <misstep>"
                found.append(Finding(("options", index), "error", "wrong-option-fields", message))
            if option.rank == 1 and option.misstep is not None:
                message = "misstep belongs to responses that get something wrong, not to the first"
                found.append(Finding(("options", index, "misstep"), "error", "key-fields", message))
        return found

    def panel_doubts(self, question: RankingQuestion) -> Iterator[Finding]:
        """The panel agrees on an order, and it is the keyed one."""
        rows = question.panel.ranks if question.panel else None
        if rows is None:
            yield checks.doubt(("panel",), "the panel has no ranks")
            return
        if not rank_key_is_carried(rows):
            message = (
                "the panel does not agree enough on one order (neighbours with equal medians, or W below .60)"
            )
            yield checks.doubt(("panel", "ranks"), message)
            return
        medians, key = median_ranks(rows) or (), _key(question).places
        ordered = sorted(range(len(medians)), key=lambda index: medians[index])
        if [key[index] for index in ordered] != sorted(key):
            yield checks.doubt(("panel", "ranks"), "the panel's order is another than the keyed one")
