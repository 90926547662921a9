"""Pick the best and the worst of four or five responses."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import permutations
from typing import Any, Literal

from pydantic import Field, StrictBool

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
from quizapp.core.scoring import HALF, ONE, ZERO

FIELDS = ("best", "worst")
MIN_OPTIONS, MAX_OPTIONS = 3, 6


@as_option
class JudgedOption(Option):
    """An option that may be the worst one."""

    worst: StrictBool = Field(default=False, description="The response that does most harm.")


class BestWorstQuestion(OptionQuestion):
    """A question with one best and one worst option."""

    type: Literal["best_worst"]
    options: tuple[JudgedOption, ...]


class BestWorstItem(BestWorstQuestion, Item):
    """An item with one best and one worst option."""

    options: tuple[JudgedOption, ...]


def _key(question: BestWorstQuestion) -> tuple[int, int]:
    return (
        [option.key for option in question.options].index(True),
        [option.worst for option in question.options].index(True),
    )


def _chosen(question: BestWorstQuestion, answer: Answer) -> tuple[int | None, int | None]:
    best, worst = (
        None if answer.get(name) is None else options.chosen_index(question, answer[name]) for name in FIELDS
    )
    if best == worst:
        raise ValueError("best and worst must be different options, and one of them chosen")
    return best, worst


def _half_each(question: BestWorstQuestion, answer: Answer) -> Score:
    key, chosen = _key(question), _chosen(question, answer)
    parts = tuple(
        Part(name, HALF if given == right else ZERO, HALF)
        for name, given, right in zip(FIELDS, chosen, key, strict=True)
    )
    return Score(scoring.best_and_worst(key, chosen), ONE, parts)


def _signed(question: BestWorstQuestion, answer: Answer) -> Score:
    key, chosen = _key(question), _chosen(question, answer)
    parts = tuple(
        Part(name, Fraction((given == right) - (given == opposite)), ONE)
        for name, given, right, opposite in zip(FIELDS, chosen, key, key[::-1], strict=True)
    )
    return Score(scoring.signed_best_and_worst(key, chosen), Fraction(2), parts)


class BestWorst(options.OneListType):
    """Half a point for the best, half for the worst."""

    name = "best_worst"
    example = '{"best": 1, "worst": 3}'
    model = BestWorstItem
    part_model = BestWorstQuestion
    rules = {  # noqa: RUF012
        "best_worst/half_each@1": Rule(_half_each),
        "best_worst/signed@1": Rule(_signed, lambda _question: Fraction(2), lambda _question: Fraction(-2)),
    }

    def usual_rule(self, question: BestWorstQuestion) -> str:
        """Half for each."""
        return "best_worst/half_each@1"

    def patterns(self, question: BestWorstQuestion) -> Iterator[Answer]:
        """Each pair of different options."""
        pairs = permutations(range(len(question.options)), 2)
        return ({"best": best, "worst": worst} for best, worst in pairs)

    def pattern_count(self, question: BestWorstQuestion) -> int:
        """m (m - 1)."""
        return len(question.options) * (len(question.options) - 1)

    def key_answer(self, question: BestWorstQuestion) -> Answer:
        """The best and the worst."""
        return dict(zip(FIELDS, _key(question), strict=True))

    def parse(
        self, question: BestWorstQuestion, order: Order, fields: Fields, standing: Answer | None = None
    ) -> Answer | None:
        """{"best": i, "worst": j}, one of which may be null; None when neither was chosen."""
        known = options.values(order)
        best, worst = (options.one_of(fields, name, known) for name in FIELDS)
        if best is None and worst is None:
            return None
        if best == worst:
            raise InvalidResponse("same_response", "One response cannot be both the best and the worst.")
        return {"best": best, "worst": worst}

    def posted(
        self, question: BestWorstQuestion, order: Order, answer: Answer | None
    ) -> dict[str, list[str]]:
        """The posted fields of an answer."""
        chosen = (None, None) if answer is None else _chosen(question, answer)
        places = list(order)
        return {
            name: [str(places.index(index) + 1)]
            for name, index in zip(FIELDS, chosen, strict=True)
            if index is not None
        }

    def is_complete(self, question: BestWorstQuestion, answer: Answer) -> bool:
        """Both are chosen."""
        return None not in _chosen(question, answer)

    def question(
        self,
        question: BestWorstQuestion,
        order: Order,
        answer: Answer | None,
        fields: Fields | None = None,
        prefix: str = "",
    ) -> dict[str, Any]:
        """Stem and option texts in the shown order."""
        sent = self.posted(question, order, answer) if fields is None else fields
        rows = [
            row | {f"is_{name}": row["value"] in sent.get(name, ()) for name in FIELDS}
            for row in options.shown(question, order)
        ]
        names = {name: prefix + name for name in FIELDS}
        return {"stem": question.stem, "fields": names, "options": rows}

    def review(self, question: BestWorstQuestion, order: Order, answer: Answer | None) -> dict[str, Any]:
        """The question with both keys, rationales, missteps and what each half earned."""
        best, worst = (None, None) if answer is None else _chosen(question, answer)
        rows = [
            row
            | {
                "is_worst_key": question.options[row["index"]].worst,
                "is_best": row["index"] == best,
                "is_worst": row["index"] == worst,
                "panel": options.panel_share(question.panel, "best", row["index"]),
                "panel_worst": options.panel_share(question.panel, "worst", row["index"]),
            }
            for row in options.told(question, order)
        ]
        return {"stem": question.stem, "options": rows}

    def in_words(self, question: BestWorstQuestion, answer: Answer) -> str:
        """The best and the worst."""
        chosen = {name: answer[name] for name in FIELDS if answer.get(name) is not None}
        return ", ".join(f"{name} {index + 1}" for name, index in chosen.items())

    def missing(self, question: BestWorstQuestion, answer: Answer) -> Iterator[str]:
        """The one that is not chosen."""
        chosen = _chosen(question, answer)
        return (
            f"the {name} is not chosen" for name, given in zip(FIELDS, chosen, strict=True) if given is None
        )

    def missteps_chosen(self, question: BestWorstQuestion, answer: Answer | None) -> frozenset[str]:
        """That of the response that was taken for the best."""
        best = None if answer is None else _chosen(question, answer)[0]
        return frozenset() if best is None else missteps([question.options[best]])

    def check(self, question: BestWorstQuestion) -> list[Finding]:
        """One best, one worst; every option but the best names a misstep."""
        found = [
            *checks.count(len(question.options), MIN_OPTIONS, MAX_OPTIONS),
            *checks.one_key(question.options),
            *checks.repeats(question.options),
            *checks.wrong_fields(question, lambda option: not option.key, "every option but the best"),
            *checks.known_rule(question, self.rules),
            *checks.panel_fits(question),
        ]
        worst = [index for index, option in enumerate(question.options) if option.worst]
        if len(worst) != 1 or question.options[worst[0]].key:
            message = "exactly one option is the worst (worst: true), and it is not the key"
            found.append(Finding(("options",), "error", "one-worst", message))
        return found

    def panel_doubts(self, question: BestWorstQuestion) -> Iterator[Finding]:
        """Most of the panel chose the same best and the same worst."""
        panel, (best, worst) = question.panel, _key(question)
        yield from checks.votes_doubts(panel, "best", [(best, "the best")])
        yield from checks.votes_doubts(panel, "worst", [(worst, "the worst")])
