"""One scene with two to five linked questions of other types, kept together."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import reduce
from itertools import product
from math import prod
from operator import or_
from random import Random
from typing import Annotated, Any, Literal

from pydantic import Field, create_model

from quizapp.core.items import checks
from quizapp.core.items.base import (
    Answer,
    Fields,
    Finding,
    Item,
    ItemType,
    OptionList,
    Order,
    Part,
    Path,
    Question,
    Rule,
    Score,
)
from quizapp.core.panel import Panel
from quizapp.core.scoring import ONE, ZERO

MIN_PARTS, MAX_PARTS = 2, 5
SUM, ALL_RIGHT = "case/sum@1", "case/both_right@1"


class CaseItem(Item):
    """An item of several questions about one scene, the stem."""

    type: Literal["case"]
    parts: tuple[Question, ...]

    def lists(self) -> Iterator[OptionList]:
        """The options of all parts."""
        for index, part in enumerate(self.parts):
            yield from (each._replace(path=(*_place(index), *each.path)) for each in part.lists())

    def panels(self) -> Iterator[tuple[Path, Panel]]:
        """Those of all parts."""
        yield from super().panels()
        for index, part in enumerate(self.parts):
            yield from (((*_place(index), *path), panel) for path, panel in part.panels())

    def every_text(self) -> Iterator[tuple[Path, str]]:
        """The scene, and the texts of all parts."""
        yield ("stem",), self.stem
        for index, part in enumerate(self.parts):
            yield from (((*_place(index), *path), text) for path, text in part.every_text())


def _place(index: int) -> Path:
    return ("parts", index)


def _prefix(index: int) -> str:
    return f"p{index + 1}-"


class Case(ItemType):
    """Its parts are scored by their own types, and added up; as a rationale pair, all must be right."""

    name = "case"
    example = '{"parts": [{"option": 1}, null]}'
    asks_in_stem = False

    def __init__(self, kinds: Iterable[ItemType]) -> None:
        """:param kinds: the types that its parts may have."""
        self._kinds = {kind.name: kind for kind in kinds if kind.part_model is not None}
        part: Any = reduce(or_, (kind.part_model for kind in self._kinds.values()))
        parts = Annotated[
            tuple[Annotated[part, Field(discriminator="type")], ...],
            Field(min_length=MIN_PARTS, max_length=MAX_PARTS),
        ]
        self.model = create_model("CaseItem", __base__=CaseItem, __doc__=CaseItem.__doc__, parts=(parts, ...))
        self.rules = {
            SUM: Rule(self._sum, self._whole, self._least),
            ALL_RIGHT: Rule(self._all_right),
        }

    def usual_rule(self, question: CaseItem) -> str:
        """The sum of the parts."""
        return SUM

    def _each(self, question: CaseItem) -> Iterator[tuple[ItemType, Question]]:
        return ((self._kinds[part.type], part) for part in question.parts)

    def _answers(self, question: CaseItem, answer: Answer | None) -> list[Answer | None]:
        if answer is None:
            return [None] * len(question.parts)
        found = answer.get("parts")
        if not isinstance(found, list) or len(found) != len(question.parts):
            raise ValueError(f"this case needs {len(question.parts)} answers")
        if not all(given is None or isinstance(given, dict) for given in found):
            raise ValueError(f"the answers to the parts are mappings or null, not {found!r}")
        return found

    def _scores(self, question: CaseItem, answer: Answer) -> tuple[Part, ...]:
        return tuple(
            Part(
                f"part {n}",
                ZERO if given is None else kind.score(part, given, kind.rule_id(part)).points,
                kind.maximum(part),
            )
            for n, ((kind, part), given) in enumerate(
                zip(self._each(question), self._answers(question, answer), strict=True), start=1
            )
        )

    def _sum(self, question: CaseItem, answer: Answer) -> Score:
        parts = self._scores(question, answer)
        points = sum((part.points for part in parts), ZERO)
        return Score(points, sum((part.maximum for part in parts), ZERO), parts)

    def _all_right(self, question: CaseItem, answer: Answer) -> Score:
        parts = self._scores(question, answer)
        is_right = all(part.points == part.maximum for part in parts)
        return Score(ONE if is_right else ZERO, ONE, parts)

    def _whole(self, question: CaseItem) -> Fraction:
        return sum((kind.maximum(part) for kind, part in self._each(question)), ZERO)

    def _least(self, question: CaseItem) -> Fraction:
        return sum((min(ZERO, kind.lowest(part)) for kind, part in self._each(question)), ZERO)

    def chance(self, question: Question, rule_id: str | None = None) -> Fraction:
        """The sum of the parts' chances; for all right, the product of the chances that each is."""
        assert isinstance(question, CaseItem)
        rule = rule_id or self.rule_id(question)
        self._rule(rule)
        if rule == SUM:
            return sum((kind.chance(part) for kind, part in self._each(question)), ZERO)
        return prod((_chance_of_all(kind, part) for kind, part in self._each(question)), start=ONE)

    def patterns(self, question: CaseItem) -> Iterator[Answer]:
        """Every answer to one part with every answer to the others."""
        every = product(*(kind.patterns(part) for kind, part in self._each(question)))
        return ({"parts": list(answers)} for answers in every)

    def pattern_count(self, question: CaseItem) -> int:
        """The product of the parts'."""
        return prod(kind.pattern_count(part) for kind, part in self._each(question))

    def key_answer(self, question: CaseItem) -> Answer:
        """The keys of all parts."""
        return {"parts": [kind.key_answer(part) for kind, part in self._each(question)]}

    def parts(self, question: CaseItem) -> list[tuple[ItemType, Question]]:
        """Each part."""
        return list(self._each(question))

    def sample_answers(self, question: Question) -> tuple[Answer, Answer]:
        """All parts right, and the first one wrong."""
        assert isinstance(question, CaseItem)
        right = self.key_answer(question)
        kind, part = next(self._each(question))
        return right, {"parts": [kind.sample_answers(part)[1], *right["parts"][1:]]}

    def plain_order(self, question: CaseItem) -> tuple[Order, ...]:
        """One order for each part."""
        return tuple(kind.plain_order(part) for kind, part in self._each(question))

    def shuffle(self, question: Question, rng: Random) -> tuple[Any, ...]:
        """The parts stay in order, their options do not."""
        assert isinstance(question, CaseItem)
        return tuple(kind.shuffle(part, rng) for kind, part in self._each(question))

    def parse(
        self, question: CaseItem, order: Order, fields: Fields, standing: Answer | None = None
    ) -> Answer | None:
        """{"parts": [answer, null]}; None when nothing was answered."""
        answers = []
        for index, (kind, part) in enumerate(self._each(question)):
            answers.append(kind.parse(part, order[index], _own(fields, index)))
        return None if all(answer is None for answer in answers) else {"parts": answers}

    def posted(self, question: CaseItem, order: Order, answer: Answer | None) -> dict[str, list[str]]:
        """The posted fields of all parts."""
        sent: dict[str, list[str]] = {}
        answers = self._answers(question, answer)
        for index, (kind, part) in enumerate(self._each(question)):
            fields = kind.posted(part, order[index], answers[index])
            sent |= {_prefix(index) + name: values for name, values in fields.items()}
        return sent

    def is_complete(self, question: CaseItem, answer: Answer) -> bool:
        """Every part is."""
        return all(
            given is not None and kind.is_complete(part, given)
            for (kind, part), given in zip(self._each(question), self._answers(question, answer), strict=True)
        )

    def question(
        self,
        question: CaseItem,
        order: Order,
        answer: Answer | None,
        fields: Fields | None = None,
        prefix: str = "",
    ) -> dict[str, Any]:
        """The scene, and what each part's type shows of it."""
        answers = self._answers(question, answer)
        parts = [
            {
                "type": part.type,
                "data": kind.question(
                    part,
                    order[index],
                    answers[index],
                    None if fields is None else _own(fields, index),
                    prefix + _prefix(index),
                ),
            }
            for index, (kind, part) in enumerate(self._each(question))
        ]
        return {"stem": question.stem, "parts": parts, "all_right": self.rule_id(question) == ALL_RIGHT}

    def review(self, question: CaseItem, order: Order, answer: Answer | None) -> dict[str, Any]:
        """What each part's type tells, with what it earned."""
        answers = self._answers(question, answer)
        scores = self._scores(question, {"parts": answers})
        parts = [
            {
                "type": part.type,
                "data": kind.review(part, order[index], answers[index]),
                "points": scores[index].points,
                "maximum": scores[index].maximum,
                "is_answered": answers[index] is not None,
            }
            for index, (kind, part) in enumerate(self._each(question))
        ]
        return {"stem": question.stem, "parts": parts, "all_right": self.rule_id(question) == ALL_RIGHT}

    def in_words(self, question: CaseItem, answer: Answer) -> str:
        """The answers to the parts."""
        each = zip(self._each(question), self._answers(question, answer), strict=True)
        return "; ".join(
            f"part {n}: {'–' if given is None else kind.in_words(part, given)}"
            for n, ((kind, part), given) in enumerate(each, start=1)
        )

    def missing(self, question: CaseItem, answer: Answer) -> Iterator[str]:
        """What each part leaves out."""
        each = zip(self._each(question), self._answers(question, answer), strict=True)
        for n, ((kind, part), given) in enumerate(each, start=1):
            if given is None:
                yield f"part {n} is not answered"
            else:
                yield from (f"part {n}: {what}" for what in kind.missing(part, given))

    def missteps_chosen(self, question: CaseItem, answer: Answer | None) -> frozenset[str]:
        """Those of all parts."""
        answers = self._answers(question, answer)
        each = zip(self._each(question), answers, strict=True)
        return frozenset().union(*(kind.missteps_chosen(part, given) for (kind, part), given in each))

    def check(self, question: CaseItem) -> list[Finding]:
        """What is wrong with each part."""
        found = list(checks.known_rule(question, self.rules))
        if question.panel is not None:
            message = "a case has no panel of its own: write one for each part"
            found.append(Finding(("panel",), "error", "panel", message))
        for index, (kind, part) in enumerate(self._each(question)):
            found += (each._replace(path=(*_place(index), *each.path)) for each in kind.check(part))
        return found

    def panel_doubts(self, question: CaseItem) -> Iterator[Finding]:
        """Each part has its own panel."""
        for index, (kind, part) in enumerate(self._each(question)):
            for each in kind.panel_doubts(part):
                yield each._replace(path=(*_place(index), *each.path))


def _own(fields: Fields, index: int) -> dict[str, Any]:
    """The fields of one part, under the names that its type knows."""
    prefix = _prefix(index)
    return {name.removeprefix(prefix): sent for name, sent in fields.items() if name.startswith(prefix)}


def _chance_of_all(kind: ItemType, part: Question) -> Fraction:
    rule, best = kind.rule_id(part), kind.maximum(part)
    hits = sum(kind.score(part, answer, rule).points == best for answer in kind.patterns(part))
    return Fraction(hits, kind.pattern_count(part))
