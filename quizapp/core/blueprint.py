"""Exam blueprints: how many items of what, how long, and where each fact was seen."""

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Final, Literal

from pydantic import Field, StrictInt

from quizapp.core.assembly import BoardMap
from quizapp.core.fields import Document, IsoDate
from quizapp.core.items import ITEM_TYPES
from quizapp.core.items.base import Finding, Tag, Text
from quizapp.core.problems import Problem, has_errors
from quizapp.core.reference import Taxonomy
from quizapp.core.shape import placed, read_model, repeated_ids, unknown_id, unknown_ids

FRESH: Final = datetime.timedelta(days=365)  # boards change their rules: facts want a look once a year

Count = Annotated[StrictInt, Field(ge=1, le=1000)]
Percent = Annotated[StrictInt, Field(ge=1, le=100)]


class BoardDomain(Document):
    """One area of the exam, and the domains of ours that serve it.

    An item with a standard of `tags` serves just the areas that name it, whatever its own domain.
    """

    id: Tag
    name: Text
    from_: tuple[Tag, ...] = Field(alias="from", min_length=1)
    tags: tuple[Text, ...] = ()


class Break(Document):
    """A pause that the exam offers."""

    after_item: Count
    minutes: Count


class PassRule(Document):
    """What the board calls passing; only percent and raw rules give a verdict."""

    kind: Literal["percent", "raw", "scaled", "unknown", "study_target"]
    percent: Percent | None = None
    raw: Count | None = None
    of: Count | None = None
    scale: tuple[StrictInt, StrictInt] | None = None
    cut: StrictInt | None = None
    study_targets: tuple[Percent, ...] = ()


class Fact(Document):
    """One fact and where it was seen; no source for what we chose ourselves."""

    fact: Text
    source: Tag | None
    seen_as: Text


class ExamBlueprint(Document):
    """One exam as it is mirrored: `form` has the exact counts, in the board's domains."""

    id: Tag
    name: Text
    short_name: Text
    board: Text
    items: Count
    minutes: Count
    breaks: tuple[Break, ...] = ()
    form: dict[Tag, Annotated[StrictInt, Field(ge=1)]] = Field(min_length=1)
    domains: tuple[BoardDomain, ...]
    weights: Literal["official", "proxy", "none", "house"]
    weights_note: Text
    pass_rule: PassRule
    item_types: tuple[Text, ...] = ("single_best",)
    retake_note: Text | None = None
    provenance: tuple[Fact, ...] = ()
    checked_on: IsoDate
    disclaimer: Text

    @cached_property
    def board_map(self) -> BoardMap:
        """Which items serve which board domain, as the assembly of a form wants it."""
        return BoardMap(
            sources={domain.id: domain.from_ for domain in self.domains},
            tags={domain.id: domain.tags for domain in self.domains if domain.tags},
        )

    def is_old(self, today: datetime.date) -> bool:
        """Whether its facts were last checked more than a year ago."""
        return today - self.checked_on > FRESH

    @cached_property
    def domain_names(self) -> Mapping[str, str]:
        """The board's names of its domains by id, in the order of the blueprint."""
        return MappingProxyType({domain.id: domain.name for domain in self.domains})


@dataclass(frozen=True, slots=True)
class LoadedBlueprint:
    """A blueprint, unless its file has an error."""

    blueprint: ExamBlueprint | None
    problems: list[Problem]


def load_blueprint(
    data: bytes, file: str, taxonomy: Taxonomy | None, today: datetime.date
) -> LoadedBlueprint:
    """A blueprint file read and checked, as it is on this day."""
    blueprint, problems = read_model(data, file, ExamBlueprint)
    if blueprint:
        problems += placed(check_blueprint(blueprint, taxonomy, today), data, file)
    return LoadedBlueprint(None if has_errors(problems) else blueprint, problems)


def check_blueprint(
    blueprint: ExamBlueprint, taxonomy: Taxonomy | None, today: datetime.date
) -> Iterator[Finding]:
    """Counts that do not add up, ids that point nowhere, and facts that nobody looked at for a year."""
    if blueprint.is_old(today):
        message = (
            f"its facts were last checked on {blueprint.checked_on}; boards change their rules, so check each"
            " one at its source and move the date"
        )
        yield Finding(("checked_on",), "warning", "facts-old", message)
    yield from _check_form(blueprint)
    yield from _check_pass_rule(blueprint.pass_rule, blueprint.items)
    yield from repeated_ids(blueprint.domains, ("domains",))
    yield from unknown_ids(blueprint.item_types, ITEM_TYPES, "item-type", ("item_types",))
    places = [pause.after_item for pause in blueprint.breaks]
    for index, pause in enumerate(blueprint.breaks):
        if pause.after_item in places[:index]:
            message = f"there is a break after item {pause.after_item} already"
            yield Finding(("breaks", index, "after_item"), "error", "break", message)
        if pause.after_item >= blueprint.items:
            message = f"a break after item {pause.after_item} of {blueprint.items} comes too late"
            yield Finding(("breaks", index, "after_item"), "error", "break", message)
    if taxonomy:
        yield from _check_ids(blueprint, taxonomy)


def _check_ids(blueprint: ExamBlueprint, taxonomy: Taxonomy) -> Iterator[Finding]:
    for index, domain in enumerate(blueprint.domains):
        yield from unknown_ids(domain.from_, taxonomy.domain_by_id, "domain", ("domains", index, "from"))
        yield from unknown_ids(domain.tags, taxonomy.standard_by_id, "standard", ("domains", index, "tags"))
    for index, fact in enumerate(blueprint.provenance):
        yield from unknown_id(fact.source, taxonomy.sources, "source", ("provenance", index, "source"))


def _check_form(blueprint: ExamBlueprint) -> Iterator[Finding]:
    total = sum(blueprint.form.values())
    if total != blueprint.items:
        message = f"the counts add up to {total}, but the exam has {blueprint.items} items"
        yield Finding(("form",), "error", "form-sum", message)
    named = {domain.id for domain in blueprint.domains}
    for domain in blueprint.form:
        yield from unknown_id(domain, named, "domain", ("form", domain))
    for index, board_domain in enumerate(blueprint.domains):
        if board_domain.id not in blueprint.form:
            message = f"the form says no count for {board_domain.id}; add it to form"
            yield Finding(("domains", index), "error", "form-count", message)


def _check_pass_rule(rule: PassRule, items: int) -> Iterator[Finding]:
    needed: Mapping[str, Iterable[str]] = {
        "percent": ["percent"],
        "raw": ["raw", "of"],
        "study_target": ["percent"],
        "scaled": ["scale"],
    }
    for field in needed.get(rule.kind, ()):
        if getattr(rule, field) is None:
            message = f"a pass rule of kind {rule.kind} needs the field {field}"
            yield Finding(("pass_rule",), "error", "pass-rule", message)
    if rule.raw is not None and rule.raw > (rule.of or items):
        message = f"{rule.raw} of {rule.of or items} points cannot be reached"
        yield Finding(("pass_rule", "raw"), "error", "pass-rule", message)
