"""What all item types share: the fields of an item, and what a type must be able to do."""

import random
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Final, Literal, NamedTuple, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainSerializer,
    StrictBool,
    StringConstraints,
    WithJsonSchema,
)
from pydantic import Tag as ChosenBy
from pydantic.dataclasses import dataclass as pydantic_dataclass

from quizapp.core.fields import IsoDate
from quizapp.core.panel import Panel
from quizapp.core.scoring import ONE, ZERO
from quizapp.core.stem import split_stem

# The misstep of a recall item's wrong option that is just a wrong fact; it says nothing about the person.
FACT_ERROR: Final = "fact_error"

Text = Annotated[str, StringConstraints(pattern=r"\S", max_length=2000)]
# Ids of the taxonomy (snake_case) and of standards (CC02.1, ETH_CONF); which ones exist, the reference knows.
Tag = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_.\-]*$", max_length=64)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
ItemId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)+$", max_length=64)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]
StateCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
RuleId = Annotated[str, StringConstraints(pattern=r"^[a-z_]+/[a-z0-9_]+@[0-9]+$", max_length=64)]

_CREDIT = re.compile(r"-?[0-9]{1,6}(/[1-9][0-9]{0,5}|\.[0-9]{1,6})?")


def _exact(value: object) -> Fraction:
    """A number as written, without binary rounding: 1, 0.5, "1/3"."""
    text = str(value)
    if isinstance(value, bool) or not _CREDIT.fullmatch(text):
        raise ValueError("write a number such as 1, 0.5 or 1/3")
    return Fraction(text)


Credit = Annotated[
    Fraction,
    BeforeValidator(_exact),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "pattern": f"^{_CREDIT.pattern}$"}]}),
]


def _jurisdiction_kind(value: object) -> str:
    return "states" if isinstance(value, list | tuple) else "national"


# The discriminator makes one error of a wrong value, not one for each side of the union.
Jurisdiction = Annotated[
    Annotated[Literal["national"], ChosenBy("national")]
    | Annotated[tuple[StateCode, ...], Field(min_length=1), ChosenBy("states")],
    Discriminator(_jurisdiction_kind),
]

Kind: TypeAlias = Literal["first_response", "next_step", "fits_the_role", "spot_misstep", "why", "recall"]
Status: TypeAlias = Literal["draft", "in_review", "live", "retired"]
Level: TypeAlias = Literal["recall", "comprehension", "application"]
Severity: TypeAlias = Literal["error", "warning", "info"]
# A path inside an item, such as ("options", 2, "text").
Path: TypeAlias = tuple[str | int, ...]
Answer: TypeAlias = dict[str, Any]
# A display order: positions in the option list, or one such list for each part of the item.
Order: TypeAlias = Sequence[Any]
Fields: TypeAlias = Mapping[str, Sequence[str]]


class Waiver(BaseModel):
    """Why one item may break one rule that only warns."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: Tag
    reason: Text


# Of options an item has four or so, and a slotted dataclass is made a third faster than a model.
as_option = pydantic_dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))


@as_option
class Option:
    """One response that a learner can choose, and what it says about the choice."""

    text: Text
    key: StrictBool = False
    misstep: Tag | None = Field(default=None, description="What a wrong option gets wrong.")
    shows: Tag | None = Field(default=None, description="In spot_misstep: the misstep that the key shows.")
    fits: Tag | None = Field(default=None, description="In spot_misstep: the principle of a wrong option.")
    rationale: Text = Field(description="Why this option is right or wrong; shown only after scoring.")


class OptionList(NamedTuple):
    """Options that are read together, after a lead such as the stem."""

    path: Path
    lead: str
    options: Sequence[Option]
    are_compared: bool = True  # else each is judged by itself
    has_one_key: bool = False  # which is explained at length


class Question(BaseModel):
    """What is asked: a whole item, or one part of a case."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str
    kind: Kind
    stem: Text
    rule: RuleId | None = Field(default=None, description="A scoring rule in place of the type's usual one.")
    panel: Panel | None = Field(default=None, description="What working peers answered.")

    def lists(self) -> Iterator[OptionList]:
        """All lists of options, with what is read before each."""
        return iter(())

    def option_lists(self) -> Sequence[Sequence[Option]]:
        """The options of all lists."""
        return [each.options for each in self.lists()]

    def every_option(self) -> Iterator[tuple[Path, Option]]:
        """All options, wherever they are, with their paths."""
        for each in self.lists():
            yield from (((*each.path, index), option) for index, option in enumerate(each.options))

    def panels(self) -> Iterator[tuple[Path, Panel]]:
        """All panels, wherever they are, with their paths."""
        if self.panel is not None:
            yield ("panel",), self.panel

    def every_word(self) -> list[str]:
        """The texts alone."""
        return [text for _path, text in self.every_text()]

    def every_text(self) -> Iterator[tuple[Path, str]]:
        """All texts that learners read, with their paths."""
        yield ("stem",), self.stem
        for each in self.lists():
            for index, option in enumerate(each.options):
                yield (*each.path, index, "text"), option.text
                yield (*each.path, index, "rationale"), option.rationale


class OptionQuestion(Question):
    """A question with one list of options."""

    options: tuple[Option, ...]
    are_compared: ClassVar[bool] = True  # as in OptionList
    has_one_key: ClassVar[bool] = False

    def every_word(self) -> list[str]:
        """The texts alone."""
        words = [self.stem]
        for option in self.options:
            words += (option.text, option.rationale)
        return words

    def option_lists(self) -> Sequence[Sequence[Option]]:
        """The options of the one list."""
        return (self.options,)

    def lists(self) -> Iterator[OptionList]:
        """The one list, below the stem."""
        yield OptionList(("options",), self.stem, self.options, self.are_compared, self.has_one_key)


class Item(Question):
    """One question as it is kept in a bank, and where it belongs."""

    id: ItemId = Field(description="Stable for ever: retired, never given to another item.")
    status: Status
    lang: Language
    jurisdiction: Jurisdiction = Field(description="national, or a list of states.")
    domain: Tag
    principle: Tag = Field(description="What the key does right.")
    standards: tuple[Tag, ...] = ()
    level: Level
    situation: Slug = Field(description="Two items with one situation are never in one form.")
    content_note: Annotated[Text, StringConstraints(max_length=80)] | None = Field(
        default=None, description="Shown first, so that the item can be skipped: alcohol, suicide, ..."
    )
    key_basis: Literal["standards", "panel"] = "standards"
    sources: tuple[Tag, ...] = ()
    checked_on: IsoDate | None = None
    review_by: IsoDate | None = None
    lint_ok: tuple[Waiver, ...] = ()

    @property
    def states(self) -> tuple[str, ...] | None:
        """The states that the item holds in; None when it holds everywhere."""
        return None if self.jurisdiction == "national" else self.jurisdiction


class InvalidResponse(ValueError):
    """Posted fields that are no answer. The message is an English msgid; `code` names the reason."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Part(NamedTuple):
    """What one part of an answer earned; `name` such as "option 2" or "worst", for a person to read."""

    name: str
    points: Fraction
    maximum: Fraction


@dataclass(frozen=True, slots=True)
class Score:
    """Points earned, of at most `maximum`; exact, so that nothing is decided by rounding."""

    points: Fraction
    maximum: Fraction
    parts: tuple[Part, ...] = ()

    @property
    def share(self) -> Fraction:
        """The points as a share of the maximum."""
        return self.points / self.maximum


class Finding(NamedTuple):
    """One thing wrong with an item, at a path inside it."""

    path: Path
    severity: Severity
    rule: str
    message: str


def _nothing(_question: Any) -> Fraction:
    return ZERO


def _one(_question: Any) -> Fraction:
    return ONE


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to score a type's answers. What an id stands for never changes: a better rule gets a new id."""

    score: Callable[[Any, Any], Score]
    maximum: Callable[[Any], Fraction] = _one  # that the key earns
    lowest: Callable[[Any], Fraction] = _nothing  # that no answer falls below


class ItemType(ABC):
    """What the product asks of a type of item. An `order` is the display order that `shuffle` gave."""

    name: ClassVar[str]
    example: ClassVar[str]  # an answer as JSON
    model: type[Item]
    part_model: type[Question] | None = None  # as a part of a case; None for a type that stands alone
    rules: Mapping[str, Rule]
    asks_in_stem: ClassVar[bool] = True  # the stem ends with the question; else it only sets the scene
    picks_one: ClassVar[bool] = False  # right or not, by one choice
    in_steps: ClassVar[bool] = False  # an answer grows by what is posted, and earlier steps stay

    # ---- Scoring ----

    @abstractmethod
    def usual_rule(self, question: Any) -> str:
        """The rule of new answers, unless the question names another."""

    def rule_id(self, question: Question) -> str:
        """The scoring rule of new answers."""
        return question.rule or self.usual_rule(question)

    def score(self, question: Question, answer: Answer, rule_id: str) -> Score:
        """The points of an answer by a named rule; ValueError for an unknown rule or a foreign answer."""
        return self._rule(rule_id).score(question, answer)

    def _rule(self, rule_id: str) -> Rule:
        rule = self.rules.get(rule_id)
        if rule is None:
            raise ValueError(f"unknown scoring rule {rule_id!r}")
        return rule

    def maximum(self, question: Question, rule_id: str | None = None) -> Fraction:
        """The points that the key earns; ValueError for an unknown rule."""
        return self._rule(rule_id or self.rule_id(question)).maximum(question)

    def lowest(self, question: Question, rule_id: str | None = None) -> Fraction:
        """The points that no answer falls below; ValueError for an unknown rule."""
        return self._rule(rule_id or self.rule_id(question)).lowest(question)

    def chance(self, question: Question, rule_id: str | None = None) -> Fraction:
        """The points that guessing earns: the mean over all complete answers."""
        rule = rule_id or self.rule_id(question)
        total = sum((self.score(question, answer, rule).points for answer in self.patterns(question)), ZERO)
        return total / self.pattern_count(question)

    @abstractmethod
    def patterns(self, question: Any) -> Iterator[Answer]:
        """Every complete answer, once."""

    @abstractmethod
    def pattern_count(self, question: Any) -> int:
        """How many answers `patterns` gives."""

    @abstractmethod
    def key_answer(self, question: Any) -> Answer:
        """The answer that earns the maximum."""

    def parts(self, question: Any) -> Sequence[tuple["ItemType", Question]]:
        """The questions that are answered by themselves, with their types: the question, or its parts."""
        return [(self, question)]

    def blanket_answers(self, question: Any) -> Iterator[Answer]:
        """Answers that need no reading, such as all options; they should not earn more than chance."""
        return iter(())

    def sample_answers(self, question: Question) -> tuple[Answer, Answer]:
        """A right answer and one that earns less."""
        best, rule = self.maximum(question), self.rule_id(question)
        low = (one for one in self.patterns(question) if self.score(question, one, rule).points < best)
        return self.key_answer(question), next(low)

    # ---- Answering ----

    @abstractmethod
    def plain_order(self, question: Any) -> Order:
        """The order of the file."""

    def shuffle(self, question: Question, rng: random.Random) -> tuple[Any, ...]:
        """A display order in which every option is equally likely at every place; the caller seeds `rng`."""
        order = list(self.plain_order(question))
        rng.shuffle(order)
        return tuple(order)

    @abstractmethod
    def parse(
        self, question: Any, order: Order, fields: Fields, standing: Answer | None = None
    ) -> Answer | None:
        """The answer in the item's own option indexes; None when nothing was chosen.

        :param standing: what stands answered, for types that are answered in steps.
        :raises InvalidResponse: when the fields cannot be read as an answer.
        """

    @abstractmethod
    def posted(self, question: Any, order: Order, answer: Answer | None) -> dict[str, list[str]]:
        """The fields that a page would post for this answer: the inverse of `parse`."""

    @abstractmethod
    def is_complete(self, question: Any, answer: Answer) -> bool:
        """Whether nothing of the answer is missing; what is missing earns nothing."""

    # ---- Telling authors ----

    @abstractmethod
    def in_words(self, question: Any, answer: Answer) -> str:
        """An answer in short words, such as "best 1, worst 4"; options count from 1, as in the file."""

    def missing(self, question: Any, answer: Answer) -> Iterator[str]:
        """What an answer that is not complete leaves out, such as "option 2 is not rated"."""
        return iter(())

    # ---- Showing ----

    def scene_and_question(self, item: Item) -> tuple[str, str]:
        """What stands above the answer, and what heads it; nothing where the type heads its parts itself."""
        return split_stem(item.stem) if self.asks_in_stem else (item.stem, "")

    @abstractmethod
    def question(
        self,
        question: Any,
        order: Order,
        answer: Answer | None,
        fields: Fields | None = None,
        prefix: str = "",
    ) -> dict[str, Any]:
        """What a page may show while the attempt is open: no key, rationale or misstep.

        :param fields: what was sent but could not be kept, to be shown again; else that of the answer.
        :param prefix: stands before the names of all fields, where the question is a part of a case.
        """

    @abstractmethod
    def review(self, question: Any, order: Order, answer: Answer | None) -> dict[str, Any]:
        """Everything, for pages after scoring."""

    @abstractmethod
    def missteps_chosen(self, question: Any, answer: Answer | None) -> frozenset[str]:
        """The missteps that an answer embodies."""

    def missteps_offered(self, question: Question, answer: Answer | None = None) -> frozenset[str]:
        """The missteps a learner could have chosen; with an answer, those met on the way to it."""
        return missteps(option for _path, option in question.every_option())

    # ---- Checking ----

    @abstractmethod
    def check(self, question: Any) -> list[Finding]:
        """What is structurally wrong with the question."""

    @abstractmethod
    def panel_doubts(self, question: Any) -> Iterator[Finding]:
        """Where the panel does not carry the key; a panel that is not there carries nothing."""


def missteps(options: Iterator[Option] | Sequence[Option]) -> frozenset[str]:
    """The missteps of some options, without plain wrong facts."""
    return frozenset(option.misstep for option in options if option.misstep and option.misstep != FACT_ERROR)
