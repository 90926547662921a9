"""Judge every statement: true or not."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import product
from typing import Any, ClassVar, Literal

from quizapp.core import scoring
from quizapp.core.items import checks, options
from quizapp.core.items.base import (
    Answer,
    Finding,
    Item,
    OptionQuestion,
    Order,
    Part,
    Rule,
    Score,
    missteps,
)
from quizapp.core.items.each_option import EachOptionType
from quizapp.core.scoring import ONE, ZERO

MIN_STATEMENTS, MAX_STATEMENTS = 3, 8
WORDS = {"true": True, "false": False}


class MultipleTrueFalseQuestion(OptionQuestion):
    """Statements, of which those with `key: true` are true."""

    type: Literal["multiple_true_false"]
    are_compared: ClassVar[bool] = False


class MultipleTrueFalseItem(MultipleTrueFalseQuestion, Item):
    """An item with statements to judge."""


def _judged(question: MultipleTrueFalseQuestion, answer: Answer) -> list[bool | None]:
    return options.aligned(question, answer, "judged", (True, False))


def _right(question: MultipleTrueFalseQuestion, answer: Answer) -> list[bool]:
    judged = _judged(question, answer)
    return [given is option.key for given, option in zip(judged, question.options, strict=True)]


def _parts(right: list[bool]) -> tuple[Part, ...]:
    each = Fraction(1, len(right))
    return tuple(Part(f"statement {n}", each if one else ZERO, each) for n, one in enumerate(right, start=1))


def _ps50(question: MultipleTrueFalseQuestion, answer: Answer) -> Score:
    right = _right(question, answer)
    return Score(scoring.half_from_majority(sum(right), len(right)), ONE, _parts(right))


def _per_statement(question: MultipleTrueFalseQuestion, answer: Answer) -> Score:
    right = _right(question, answer)
    return Score(Fraction(sum(right), len(right)), ONE, _parts(right))


def _all_or_nothing(question: MultipleTrueFalseQuestion, answer: Answer) -> Score:
    right = _right(question, answer)
    return Score(ONE if all(right) else ZERO, ONE, _parts(right))


class MultipleTrueFalse(EachOptionType):
    """All right earns the point, more than half right half of it."""

    name = "multiple_true_false"
    example = '{"judged": [true, false, null]}'
    model = MultipleTrueFalseItem
    part_model = MultipleTrueFalseQuestion
    rules = {  # noqa: RUF012
        "multiple_true_false/ps50@1": Rule(_ps50),
        "multiple_true_false/per_statement@1": Rule(_per_statement),
        "multiple_true_false/all_or_nothing@1": Rule(_all_or_nothing),
    }
    field = "judge"
    stored = "judged"
    unreadable = "unknown_choice", "That response is not on this page. Please choose again."
    without = "not judged"

    def usual_rule(self, question: MultipleTrueFalseQuestion) -> str:
        """PS50."""
        return "multiple_true_false/ps50@1"

    def readings(self, question: MultipleTrueFalseQuestion) -> Mapping[str, Any]:
        """True and false."""
        return WORDS

    def patterns(self, question: MultipleTrueFalseQuestion) -> Iterator[Answer]:
        """Every judgement of all statements."""
        every = product((True, False), repeat=len(question.options))
        return ({"judged": list(judged)} for judged in every)

    def pattern_count(self, question: MultipleTrueFalseQuestion) -> int:
        """2^m."""
        return int(2 ** len(question.options))

    def key_answer(self, question: MultipleTrueFalseQuestion) -> Answer:
        """Each statement judged as keyed."""
        return {"judged": [option.key for option in question.options]}

    def review(
        self, question: MultipleTrueFalseQuestion, order: Order, answer: Answer | None
    ) -> dict[str, Any]:
        """The statements with what was judged, what is so, and why."""
        judged = self.given(question, answer)
        rows = [
            row
            | {
                "given": judged[row["index"]],
                "is_right": judged[row["index"]] is row["is_key"],
                "panel": options.panel_share(question.panel, "chosen", row["index"]),
            }
            for row in options.told(question, order)
        ]
        return {"stem": question.stem, "options": rows}

    def blanket_answers(self, question: MultipleTrueFalseQuestion) -> Iterator[Answer]:
        """All true."""
        yield {"judged": [True] * len(question.options)}

    def in_words(self, question: MultipleTrueFalseQuestion, answer: Answer) -> str:
        """The judgements."""
        words = {True: "true", False: "not true", None: "–"}
        return ", ".join(words[judged] for judged in answer["judged"])

    def missteps_chosen(self, question: MultipleTrueFalseQuestion, answer: Answer | None) -> frozenset[str]:
        """Those of the statements that were wrongly taken for true."""
        judged = self.given(question, answer)
        return missteps([option for option, given in zip(question.options, judged, strict=True) if given])

    def check(self, question: MultipleTrueFalseQuestion) -> list[Finding]:
        """Some statements are true and some are not; those that are not name a misstep."""
        found = [
            *checks.count(len(question.options), MIN_STATEMENTS, MAX_STATEMENTS),
            *checks.repeats(question.options),
            *checks.wrong_fields(question, lambda option: not option.key, "a statement that is not true"),
            *checks.known_rule(question, self.rules),
            *checks.panel_fits(question),
        ]
        if len({option.key for option in question.options}) < 2:
            message = "all statements have the same key; mix true ones (key: true) and others"
            found.append(Finding(("options",), "error", "one-sided", message))
        return found

    def panel_doubts(self, question: MultipleTrueFalseQuestion) -> Iterator[Finding]:
        """Most of the panel judged each statement as keyed."""
        yield from checks.judged_doubts(question, "true")
