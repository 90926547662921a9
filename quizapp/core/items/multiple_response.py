"""Pick all that apply, or exactly N, of four to eight options."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import chain, combinations
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt

from quizapp.core import scoring
from quizapp.core.items import checks, options
from quizapp.core.items.base import (
    Answer,
    Credit,
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
from quizapp.core.scoring import ONE, ZERO

FIELD = "choice"
MIN_OPTIONS, MAX_OPTIONS = 4, 8
PLUS_MINUS, SELECT_N = "multiple_response/plus_minus@1", "multiple_response/select_n@1"
MOODLE, MAP_RESPONSE = "multiple_response/moodle_fractions@1", "multiple_response/map_response@1"


@as_option
class CreditedOption(Option):
    """An option; imported ones may bring their own credit."""

    credit: Credit | None = Field(default=None, description="For imported items: what the choice adds.")


class Mapping_(BaseModel):
    """What QTI's mapping says beside the mapped values."""

    model_config = ConfigDict(frozen=True, extra="forbid", title="Mapping")

    default: Credit = ZERO
    lower: Credit | None = None
    upper: Credit | None = None


class MultipleResponseQuestion(OptionQuestion):
    """A question with several keys."""

    type: Literal["multiple_response"]
    choose: Annotated[StrictInt, Field(ge=1)] | None = Field(
        default=None, description="How many to choose; left out: all that apply."
    )
    options: tuple[CreditedOption, ...]
    mapping: Mapping_ | None = Field(default=None, description="For imported items: default and bounds.")


class MultipleResponseItem(MultipleResponseQuestion, Item):
    """An item with several keys."""

    options: tuple[CreditedOption, ...]


def keys(question: MultipleResponseQuestion) -> frozenset[int]:
    return frozenset(index for index, option in enumerate(question.options) if option.key)


def _chosen(question: MultipleResponseQuestion, answer: Answer) -> frozenset[int]:
    found = answer.get("options")
    if not isinstance(found, list) or not found or len(set(map(str, found))) < len(found):
        raise ValueError(f"options must be a list of different options, not {found!r}")
    return frozenset(options.chosen_index(question, value) for value in found)


def _fractions(question: MultipleResponseQuestion) -> dict[int, Fraction]:
    """The credit of each option; where none is given, 1/k for a key and minus that for another."""
    each = Fraction(1, len(keys(question)))
    usual = {index: each if option.key else -each for index, option in enumerate(question.options)}
    given = {i: option.credit for i, option in enumerate(question.options) if option.credit is not None}
    return {index: given.get(index, ZERO) for index in usual} if given else usual


def _rule(
    points: Callable[[MultipleResponseQuestion, frozenset[int]], Fraction],
    of_option: Callable[[MultipleResponseQuestion, int], Fraction],
) -> Rule:
    """A rule by its points; what a single choice adds to them is told beside."""

    def score(question: MultipleResponseQuestion, answer: Answer) -> Score:
        chosen = _chosen(question, answer)
        parts = tuple(
            Part(f"option {index + 1}", of_option(question, index), max(ZERO, of_option(question, index)))
            for index in sorted(chosen)
        )
        return Score(points(question, chosen), ONE, parts)

    return Rule(score)


def _share(question: MultipleResponseQuestion, index: int) -> Fraction:
    return Fraction(question.options[index].key, len(keys(question)))


def _share_or_loss(question: MultipleResponseQuestion, index: int) -> Fraction:
    return Fraction(1 if question.options[index].key else -1, len(keys(question)))


def _of_all(question: MultipleResponseQuestion, index: int) -> Fraction:
    return Fraction(question.options[index].key, len(question.options))


def _map_response(question: MultipleResponseQuestion, answer: Answer) -> Score:
    values, rest = _mapped(question)
    chosen = _chosen(question, answer)
    parts = tuple(
        Part(f"option {index + 1}", values.get(index, rest["default"]), ZERO) for index in sorted(chosen)
    )
    return Score(scoring.map_response(values, chosen, **rest), _mapped_maximum(question), parts)


def _mapped(question: MultipleResponseQuestion) -> tuple[dict[int, Fraction], dict[str, Any]]:
    given = {i: option.credit for i, option in enumerate(question.options) if option.credit is not None}
    values = given or {index: Fraction(1, len(keys(question))) for index in keys(question)}
    mapping = question.mapping or Mapping_()
    return values, {"default": mapping.default, "lower": mapping.lower, "upper": mapping.upper}


def _mapped_maximum(question: MultipleResponseQuestion) -> Fraction:
    return max(_mapped_totals(question))


def _mapped_lowest(question: MultipleResponseQuestion) -> Fraction:
    return min(_mapped_totals(question))


def _mapped_totals(question: MultipleResponseQuestion) -> Iterator[Fraction]:
    values, rest = _mapped(question)
    return (scoring.map_response(values, chosen, **rest) for chosen in _subsets(len(question.options)))


def _subsets(count: int) -> Iterator[tuple[int, ...]]:
    """Every choice of at least one option."""
    return chain.from_iterable(combinations(range(count), size) for size in range(1, count + 1))


class MultipleResponse(options.OneListType):
    """Several keys; choosing everything must not pay."""

    name = "multiple_response"
    example = '{"options": [0, 3]}'
    model = MultipleResponseItem
    part_model = MultipleResponseQuestion
    rules = {  # noqa: RUF012
        PLUS_MINUS: _rule(lambda item, chosen: scoring.plus_minus(keys(item), chosen), _share_or_loss),
        SELECT_N: _rule(lambda item, chosen: scoring.select_n(keys(item), chosen), _share),
        "multiple_response/all_or_nothing@1": _rule(
            lambda item, chosen: scoring.all_or_nothing(keys(item), chosen), _share
        ),
        "multiple_response/ripkey@1": _rule(lambda item, chosen: scoring.ripkey(keys(item), chosen), _share),
        "multiple_response/per_option@1": _rule(
            lambda item, chosen: scoring.per_option(len(item.options), keys(item), chosen), _of_all
        ),
        MOODLE: _rule(
            lambda item, chosen: scoring.summed_fractions(_fractions(item), chosen),
            lambda item, index: _fractions(item)[index],
        ),
        MAP_RESPONSE: Rule(_map_response, _mapped_maximum, _mapped_lowest),
    }

    def usual_rule(self, question: MultipleResponseQuestion) -> str:
        """Right minus wrong for all that apply; right of N where N are asked for."""
        return PLUS_MINUS if question.choose is None else SELECT_N

    def patterns(self, question: MultipleResponseQuestion) -> Iterator[Answer]:
        """Each choice of at least one option, or of N."""
        count = len(question.options)
        if question.choose is not None:
            return ({"options": list(chosen)} for chosen in combinations(range(count), question.choose))
        return ({"options": list(chosen)} for chosen in _subsets(count))

    def pattern_count(self, question: MultipleResponseQuestion) -> int:
        """2^m - 1, or m over N."""
        return sum(1 for _ in self.patterns(question))

    def key_answer(self, question: MultipleResponseQuestion) -> Answer:
        """All keys."""
        return {"options": sorted(keys(question))}

    def parse(
        self, question: MultipleResponseQuestion, order: Order, fields: Fields, standing: Answer | None = None
    ) -> Answer | None:
        """{"options": [i, j]} in the order of the file; None when nothing was chosen."""
        sent = [value for value in fields.get(FIELD, ()) if value]
        known = options.values(order)
        if any(value not in known for value in sent) or len(set(sent)) < len(sent):
            raise InvalidResponse("unknown_choice", "That response is not on this page. Please choose again.")
        if question.choose is not None and len(sent) > question.choose:
            raise InvalidResponse(
                "too_many", "That is more responses than are asked for. Please take some back."
            )
        return {"options": sorted(known[value] for value in sent)} if sent else None

    def posted(
        self, question: MultipleResponseQuestion, order: Order, answer: Answer | None
    ) -> dict[str, list[str]]:
        """The posted fields of an answer."""
        if answer is None:
            return {}
        chosen = _chosen(question, answer)
        return {FIELD: [value for value, index in options.values(order).items() if index in chosen]}

    def is_complete(self, question: MultipleResponseQuestion, answer: Answer) -> bool:
        """Where N are asked for, N are chosen."""
        return question.choose is None or len(_chosen(question, answer)) == question.choose

    def question(
        self,
        question: MultipleResponseQuestion,
        order: Order,
        answer: Answer | None,
        fields: Fields | None = None,
        prefix: str = "",
    ) -> dict[str, Any]:
        """Stem and option texts in the shown order, and how many to choose."""
        sent = self.posted(question, order, answer) if fields is None else fields
        rows = [
            row | {"chosen": row["value"] in sent.get(FIELD, ())} for row in options.shown(question, order)
        ]
        field = prefix + FIELD
        return {"field": field, "stem": question.stem, "choose": question.choose, "options": rows}

    def review(
        self, question: MultipleResponseQuestion, order: Order, answer: Answer | None
    ) -> dict[str, Any]:
        """The question with keys, rationales, missteps and credit."""
        chosen = frozenset() if answer is None else _chosen(question, answer)
        parts = () if answer is None else self.score(question, answer, self.rule_id(question)).parts
        credit = {part.name: part.points for part in parts}
        rows = [
            row
            | {
                "chosen": row["index"] in chosen,
                "credit": credit.get(f"option {row['index'] + 1}"),
                "panel": options.panel_share(question.panel, "chosen", row["index"]),
            }
            for row in options.told(question, order)
        ]
        return {"stem": question.stem, "choose": question.choose, "options": rows}

    def blanket_answers(self, question: MultipleResponseQuestion) -> Iterator[Answer]:
        """Every option, unless so many are asked for."""
        if question.choose is None:
            yield {"options": list(range(len(question.options)))}

    def in_words(self, question: MultipleResponseQuestion, answer: Answer) -> str:
        """The options."""
        chosen = sorted(index + 1 for index in answer["options"])
        return f"option{'s' if len(chosen) > 1 else ''} {', '.join(map(str, chosen))}"

    def missing(self, question: MultipleResponseQuestion, answer: Answer) -> Iterator[str]:
        """How many more are to be chosen."""
        if not self.is_complete(question, answer):
            yield f"{len(_chosen(question, answer))} of {question.choose} options are chosen"

    def missteps_chosen(self, question: MultipleResponseQuestion, answer: Answer | None) -> frozenset[str]:
        """Those of the chosen options."""
        chosen = frozenset() if answer is None else _chosen(question, answer)
        return missteps([question.options[index] for index in chosen])

    def check(self, question: MultipleResponseQuestion) -> list[Finding]:
        """Keys at most half of the options, as many as are asked for; the rest as in all types."""
        found = [
            *checks.count(len(question.options), MIN_OPTIONS, MAX_OPTIONS),
            *checks.repeats(question.options),
            *checks.wrong_fields(question, lambda option: not option.key, "a wrong option"),
            *checks.known_rule(question, self.rules),
            *checks.panel_fits(question),
            *_check_keys(question),
        ]
        return found or list(checks.key_earns_maximum(question, self))

    def panel_doubts(self, question: MultipleResponseQuestion) -> Iterator[Finding]:
        """Most of the panel chose each key, and most left each other option."""
        yield from checks.judged_doubts(question, "fitting")


def _check_keys(question: MultipleResponseQuestion) -> Iterator[Finding]:
    count = len(keys(question))
    if not count:
        yield Finding(
            ("options",), "error", "no-key", "no option is a key; mark the right ones with key: true"
        )
    rule = question.rule or (PLUS_MINUS if question.choose is None else SELECT_N)
    if 2 * count > len(question.options) and rule == PLUS_MINUS and question.choose is None:
        message = (
            f"{count} of {len(question.options)} options are keys; at most half may be,"
            " else choosing everything pays"
        )
        yield Finding(("options",), "error", "too-many-keys", message)
    if question.choose is not None and question.choose != count:
        message = f"choose asks for {question.choose} options, but {count} are keys"
        yield Finding(("choose",), "error", "choose-count", message)
    if question.choose is None and rule == SELECT_N:
        message = f"{SELECT_N} needs choose, or a learner could choose more than it knows how to score"
        yield Finding(("rule",), "error", "choose-count", message)
    for index, option in enumerate(question.options):
        if option.credit is not None and question.rule not in (MOODLE, MAP_RESPONSE):
            message = f"credit is for the rules {MOODLE} and {MAP_RESPONSE}; name one in rule"
            yield Finding(("options", index, "credit"), "error", "credit-without-rule", message)
    if question.mapping is not None and question.rule != MAP_RESPONSE:
        message = f"mapping is for the rule {MAP_RESPONSE}; name it in rule"
        yield Finding(("mapping",), "error", "credit-without-rule", message)
