"""What all item types share: the fields of an item, and what a type must be able to do."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any, Final, Literal, NamedTuple, Protocol, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StrictBool,
    StringConstraints,
)
from pydantic import Tag as ChosenBy

from quizapp.core.fields import IsoDate

# The misstep of a recall item's wrong option that is just a wrong fact; it says nothing about the person.
FACT_ERROR: Final = "fact_error"

Text = Annotated[str, StringConstraints(pattern=r"\S", max_length=2000)]
# Ids of the taxonomy (snake_case) and of standards (CC02.1, ETH_CONF); which ones exist, the reference knows.
Tag = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_.\-]*$", max_length=64)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
ItemId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)+$", max_length=64)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]
StateCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


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


class Waiver(BaseModel):
    """Why one item may break one rule that only warns."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: Tag
    reason: Text


class Option(BaseModel):
    """One response that a learner can choose, and what it says about the choice."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: Text
    key: StrictBool = False
    misstep: Tag | None = Field(default=None, description="What a wrong option gets wrong.")
    shows: Tag | None = Field(default=None, description="In spot_misstep: the misstep that the key shows.")
    fits: Tag | None = Field(default=None, description="In spot_misstep: the principle of a wrong option.")
    rationale: Text = Field(description="Why this option is right or wrong; shown only after scoring.")


class Item(BaseModel):
    """One question with its options, and where it belongs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: ItemId = Field(description="Stable for ever: retired, never given to another item.")
    type: str
    kind: Kind
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
    stem: Text
    options: tuple[Option, ...]
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


@dataclass(frozen=True, slots=True)
class Score:
    """Points earned, of at most `maximum`; exact, so that nothing is decided by rounding."""

    points: Fraction
    maximum: Fraction


class Finding(NamedTuple):
    """One thing wrong with an item, at a path inside it."""

    path: Path
    severity: Severity
    rule: str
    message: str


class ItemType(Protocol):
    """What the product asks of a type of item; `order` is the display order, positions in the option list."""

    @property
    def name(self) -> str: ...

    @property
    def rule_id(self) -> str:
        """The scoring rule of new answers. A rule never changes its meaning: a better one gets a new id."""
        ...

    @property
    def model(self) -> type[Item]: ...

    def shuffle(self, item: Item, rng: random.Random) -> tuple[int, ...]:
        """A display order; the caller seeds `rng`."""
        ...

    def parse(self, item: Item, order: Sequence[int], fields: Mapping[str, Sequence[str]]) -> Answer | None:
        """The answer in the item's own option indexes; None when nothing was chosen.

        :raises InvalidResponse: when the fields cannot be read as an answer.
        """
        ...

    def posted(self, item: Item, order: Sequence[int], answer: Answer | None) -> dict[str, list[str]]:
        """The fields that a page would post for this answer: the inverse of `parse`."""
        ...

    def score(self, item: Item, answer: Answer, rule_id: str) -> Score:
        """The points of an answer by a named rule; ValueError for an unknown rule or a foreign answer."""
        ...

    def maximum(self, item: Item) -> Fraction: ...

    def question(self, item: Item, order: Sequence[int], answer: Answer | None) -> dict[str, Any]:
        """What a page may show while the attempt is open: no key, rationale or misstep."""
        ...

    def review(self, item: Item, order: Sequence[int], answer: Answer | None) -> dict[str, Any]:
        """Everything, for pages after scoring."""
        ...

    def missteps_offered(self, item: Item) -> frozenset[str]:
        """The missteps a learner could have chosen, without plain wrong facts."""
        ...

    def missteps_chosen(self, item: Item, answer: Answer | None) -> frozenset[str]: ...

    def sample_answers(self, item: Item) -> tuple[Answer, Answer]:
        """A right answer and a wrong one."""
        ...

    def check(self, item: Item) -> list[Finding]:
        """What is structurally wrong with the item."""
        ...
