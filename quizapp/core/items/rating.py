"""Rate each response from 1 (very unhelpful) to 4 (very helpful)."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import product
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, StrictInt

from quizapp.core import scoring
from quizapp.core.items import checks, options
from quizapp.core.items.base import (
    Answer,
    Finding,
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
from quizapp.core.panel import median_rating, rating_is_carried
from quizapp.core.scoring import ONE, ZERO

MIN_OPTIONS, MAX_OPTIONS = 3, 6
SCALE = (1, 2, 3, 4)


@as_option
class RatedOption(Option):
    """An option with its rating."""

    rating: Annotated[StrictInt, Field(ge=1, le=4)] | None = Field(
        description="1 very unhelpful, 2 unhelpful, 3 helpful, 4 very helpful; null: asked, not scored."
    )


class RatingQuestion(OptionQuestion):
    """Responses that are each rated."""

    type: Literal["rating"]
    options: tuple[RatedOption, ...]
    are_compared: ClassVar[bool] = False


class RatingItem(RatingQuestion, Item):
    """An item whose responses are each rated."""

    options: tuple[RatedOption, ...]


def _ratings(question: RatingQuestion, answer: Answer) -> list[int | None]:
    return options.aligned(question, answer, "ratings", SCALE)


def _same_side_half(question: RatingQuestion, answer: Answer) -> Score:
    ratings = _ratings(question, answer)
    scored = [index for index, option in enumerate(question.options) if option.rating is not None]
    parts = tuple(
        Part(f"option {index + 1}", _credit(question.options[index], ratings[index]) / len(scored), each)
        for each in [Fraction(1, len(scored))]
        for index in scored
    )
    return Score(sum((part.points for part in parts), ZERO), ONE, parts)


def _credit(option: RatedOption, rating: int | None) -> Fraction:
    if rating is None or option.rating is None:
        return ZERO
    return scoring.same_side_half(option.rating, rating)


class Rating(EachOptionType):
    """Each response earns its share: whole for the keyed rating, half for the neighbour on the same side."""

    name = "rating"
    example = '{"ratings": [4, 1, null, 2]}'
    model = RatingItem
    part_model = RatingQuestion
    rules = {"rating/same_side_half@1": Rule(_same_side_half)}  # noqa: RUF012
    field = "rate"
    stored = "ratings"
    unreadable = "unknown_rating", "Please rate each response from 1 to 4."
    without = "not rated"

    def usual_rule(self, question: RatingQuestion) -> str:
        """The mean of the credits."""
        return "rating/same_side_half@1"

    def readings(self, question: RatingQuestion) -> Mapping[str, Any]:
        """1 to 4."""
        return {str(rating): rating for rating in SCALE}

    def patterns(self, question: RatingQuestion) -> Iterator[Answer]:
        """Every rating of all responses."""
        return ({"ratings": list(given)} for given in product(SCALE, repeat=len(question.options)))

    def pattern_count(self, question: RatingQuestion) -> int:
        """4^m."""
        return int(4 ** len(question.options))

    def key_answer(self, question: RatingQuestion) -> Answer:
        """Each response rated as keyed; those without a key in the upper middle."""
        return {"ratings": [option.rating or 3 for option in question.options]}

    def review(self, question: RatingQuestion, order: Order, answer: Answer | None) -> dict[str, Any]:
        """The responses with the ratings given and keyed, credit, rationales and missteps."""
        ratings = self.given(question, answer)
        rows = []
        for row in options.told(question, order):
            index = row["index"]
            option, given = question.options[index], ratings[index]
            credit = None if option.rating is None else _credit(option, given)
            rows.append(
                row
                | {"key": option.rating, "given": given, "credit": credit, "panel": _panel(question, index)}
            )
        return {"stem": question.stem, "options": rows}

    def blanket_answers(self, question: RatingQuestion) -> Iterator[Answer]:
        """One rating for all."""
        return ({"ratings": [rating] * len(question.options)} for rating in SCALE)

    def in_words(self, question: RatingQuestion, answer: Answer) -> str:
        """The ratings."""
        return f"ratings {', '.join('–' if rating is None else str(rating) for rating in answer['ratings'])}"

    def missteps_chosen(self, question: RatingQuestion, answer: Answer | None) -> frozenset[str]:
        """Those of unhelpful responses that were rated helpful."""
        ratings = self.given(question, answer)
        return missteps(
            [
                option
                for option, given in zip(question.options, ratings, strict=True)
                if given is not None and given > 2 and option.rating is not None and option.rating <= 2
            ]
        )

    def check(self, question: RatingQuestion) -> list[Finding]:
        """Unhelpful responses name a misstep; not all are rated alike."""
        found = [
            *checks.count(len(question.options), MIN_OPTIONS, MAX_OPTIONS),
            *checks.repeats(question.options),
            *checks.wrong_fields(
                question, lambda option: getattr(option, "rating", 4) in (1, 2), "a response rated 1 or 2"
            ),
            *checks.known_rule(question, self.rules),
            *checks.panel_fits(question),
            *checks.no_key(question, "rating"),
        ]
        if len({option.rating for option in question.options if option.rating is not None}) < 2:
            message = "rate the responses differently, at least two of them"
            found.append(Finding(("options",), "error", "one-sided", message))
        return found

    def panel_doubts(self, question: RatingQuestion) -> Iterator[Finding]:
        """Most of the panel rated each scored response near its key."""
        rows = question.panel.ratings if question.panel else None
        if rows is None:
            yield checks.doubt(("panel",), "the panel has no ratings")
            return
        for index, (option, row) in enumerate(zip(question.options, rows, strict=True)):
            if option.rating is not None and not rating_is_carried(row, option.rating):
                message = (
                    f"the panel does not carry {option.rating} for option {index + 1}; write rating: null"
                    " to ask it without scoring"
                )
                yield checks.doubt(("panel", "ratings", index), message)


def _panel(question: RatingQuestion, index: int) -> dict[str, Any] | None:
    """How many of the panel gave each rating, and the median."""
    panel = question.panel
    if panel is None or panel.ratings is None:
        return None
    row = panel.ratings[index]
    counts = [sum(rating == each for rating in row) for each in SCALE]
    return {
        "counts": counts,
        "median": median_rating(row),
        "n": sum(counts),
        "is_made_up": panel.demonstration,
    }
