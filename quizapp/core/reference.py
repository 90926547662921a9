"""The words that items are tagged with (taxonomy), the help lines (support) and the glossary, a file each."""

import datetime
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Final, Literal, TypeVar

from pydantic import Field, StrictBool, StrictInt

from quizapp.core.fields import Document, IsoDate
from quizapp.core.glossary import GLOSSARY_FILE, Glossary, check_glossary
from quizapp.core.items.base import Finding, Item, Tag, Text
from quizapp.core.lint.language import LANGUAGE_FILE, LanguageRules, load_language
from quizapp.core.problems import Problem, has_errors
from quizapp.core.shape import placed, read_model, repeated_ids, unknown_id, unknown_ids

TAXONOMY_FILE: Final = "taxonomy.yaml"
SUPPORT_FILE: Final = "support.yaml"
# What a text may name as {variable}; the values come from the support file.
VARIABLES: Final = frozenset({"crisis_line"})
VARIABLE = re.compile(r"\{(\w+)\}")


class Principle(Document):
    """One thing that good peer support does."""

    id: Tag
    name: Text
    definition: Text
    looks_like: Text
    why_it_matters: Text
    standards: tuple[Tag, ...] = ()
    from_seed: StrictBool = False
    retired: StrictBool = False
    replaced_by: Tag | None = None


class Misstep(Document):
    """One thing that a wrong option gets wrong, and the principle that it comes near."""

    id: Tag
    name: Text
    tag: Text
    definition: Text
    looks_like: Text
    near: Tag | None
    instead: Text
    from_seed: StrictBool = False
    retired: StrictBool = False
    replaced_by: Tag | None = None


class Domain(Document):
    """One of the areas that every item belongs to."""

    id: Tag
    name: Text
    short_name: Text
    description: Text
    house_share: Annotated[StrictInt, Field(ge=1)]


class Standard(Document):
    """A clause of a published standard, in our own words."""

    id: Tag
    name: Text
    group: Text


class Source(Document):
    """Where a fact was seen."""

    title: Text
    url: Text | None = None


class Taxonomy(Document):
    """Every id that an item may name."""

    principles: tuple[Principle, ...]
    missteps: tuple[Misstep, ...]
    other_missteps: tuple[Misstep, ...] = ()
    domains: tuple[Domain, ...]
    standards: tuple[Standard, ...]
    sources: dict[Tag, Source]

    @cached_property
    def principle_by_id(self) -> Mapping[str, Principle]:
        return _by_id(self.principles)

    @cached_property
    def misstep_by_id(self) -> Mapping[str, Misstep]:
        """The missteps, and the others that count in no floor."""
        return _by_id((*self.missteps, *self.other_missteps))

    @cached_property
    def domain_by_id(self) -> Mapping[str, Domain]:
        return _by_id(self.domains)

    @cached_property
    def standard_by_id(self) -> Mapping[str, Standard]:
        return _by_id(self.standards)

    def knows(self, item: Item) -> bool:
        """Whether all ids of an item are here, none retired or twice in a list: so it is with nearly all."""
        principles, missteps, standards, sources = self._current
        if item.domain not in self.domain_by_id or item.principle not in principles:
            return False
        for names, known in ((item.standards, standards), (item.sources, sources)):
            if names and not (known.issuperset(names) and len(set(names)) == len(names)):
                return False
        for options in item.option_lists():  # loops and no `all`, because this runs for every item
            for option in options:
                if option.misstep not in missteps or option.shows not in missteps:
                    return False
                if option.fits not in principles:
                    return False
        return True

    @cached_property
    def _current(self) -> tuple[frozenset[str | None], ...]:
        """What an item may name: no retired principle or misstep, and None where it may name none."""
        missteps = self.misstep_by_id.values()
        return (
            frozenset({None, *(each.id for each in self.principles if not each.retired)}),
            frozenset({None, *(each.id for each in missteps if not each.retired)}),
            frozenset(self.standard_by_id),
            frozenset(self.sources),
        )


class CrisisLine(Document):
    """The line that texts name as {crisis_line}."""

    name: Text
    short: Text
    call: Text
    text: Text | None = None
    chat_url: Text | None = None
    source: Tag


class HelpLine(Document):
    """One line of the support page."""

    id: Tag
    name: Text
    kind: Literal["emergency", "crisis", "referral", "warm_line"]
    who_for: Text
    how: Text
    call: Text | None = None
    press: Text | None = None
    text_to: Text | None = None
    text_word: Text | None = None
    url: Text | None = None
    languages: tuple[Text, ...] | None = None
    source: Tag


class Support(Document):
    """Crisis and help lines."""

    checked_on: IsoDate
    review_by: IsoDate
    jurisdiction: Text
    intro: Text
    crisis_line: CrisisLine
    lines: tuple[HelpLine, ...]
    note: Text | None = None
    note_url: Text | None = None
    note_source: Tag | None = None

    @cached_property
    def variables(self) -> Mapping[str, str]:
        """The value of each variable."""
        return MappingProxyType({"crisis_line": self.crisis_line.short})


@dataclass(frozen=True, slots=True)
class Reference:
    """What content is checked against and shown with."""

    taxonomy: Taxonomy
    support: Support
    glossary: Glossary = field(default_factory=Glossary)
    language: LanguageRules | None = None  # needed where items are checked, and only there

    def fill(self, text: str) -> str:
        """The text with its variables replaced; an unknown one stays as it is."""
        values = self.support.variables
        return VARIABLE.sub(lambda found: values.get(found[1], found[0]), text)


@dataclass(frozen=True, slots=True)
class LoadedReference:
    """The reference, unless a file has an error."""

    reference: Reference | None
    problems: list[Problem]


def load_reference(
    taxonomy: bytes,
    support: bytes,
    today: datetime.date,
    folder: str = "",
    language: bytes | None = None,
    glossary: bytes | None = None,
) -> LoadedReference:
    """The files read and checked; `folder` stands before their names in problems."""
    taxonomy_file, support_file = folder + TAXONOMY_FILE, folder + SUPPORT_FILE
    read_taxonomy, problems = read_model(taxonomy, taxonomy_file, Taxonomy)
    if read_taxonomy:
        problems += placed(check_taxonomy(read_taxonomy), taxonomy, taxonomy_file)
    read_support, support_problems = read_model(support, support_file, Support)
    problems += support_problems
    if read_support:
        known = read_taxonomy.sources.keys() if read_taxonomy else None
        problems += placed(check_support(read_support, known, today), support, support_file)
    known = read_taxonomy.sources.keys() if read_taxonomy else None
    read_glossary: Glossary | None = Glossary()
    if glossary is not None:
        read_glossary, glossary_problems = read_model(glossary, folder + GLOSSARY_FILE, Glossary)
        problems += glossary_problems
        if read_glossary:
            problems += placed(check_glossary(read_glossary, known), glossary, folder + GLOSSARY_FILE)
    read_language = None
    if language is not None:
        read_language, language_problems = load_language(language, folder + LANGUAGE_FILE, known)
        problems += language_problems
    if not read_taxonomy or not read_support or not read_glossary or has_errors(problems):
        return LoadedReference(None, problems)
    return LoadedReference(Reference(read_taxonomy, read_support, read_glossary, read_language), problems)


def check_taxonomy(taxonomy: Taxonomy) -> Iterator[Finding]:
    """Ids that are used twice or that point nowhere."""
    for group in ("principles", "domains", "standards"):
        yield from repeated_ids(getattr(taxonomy, group), (group,))
    yield from repeated_ids((*taxonomy.missteps, *taxonomy.other_missteps), ("missteps",))
    for index, principle in enumerate(taxonomy.principles):
        path = ("principles", index)
        yield from unknown_ids(principle.standards, taxonomy.standard_by_id, "standard", (*path, "standards"))
        yield from unknown_id(
            principle.replaced_by, taxonomy.principle_by_id, "principle", (*path, "replaced_by")
        )
    for index, misstep in enumerate(taxonomy.missteps):
        path = ("missteps", index)
        yield from unknown_id(misstep.near, taxonomy.principle_by_id, "principle", (*path, "near"))
        yield from unknown_id(misstep.replaced_by, taxonomy.misstep_by_id, "misstep", (*path, "replaced_by"))


def check_support(support: Support, sources: Iterable[str] | None, today: datetime.date) -> Iterator[Finding]:
    """Sources that point nowhere, and lines that nobody has checked in time."""
    yield from repeated_ids(support.lines, ("lines",))
    if support.review_by < today:
        message = f"the lines should have been checked by {support.review_by}; check each and move both dates"
        yield Finding(("review_by",), "warning", "review-overdue", message)
    if sources is None:
        return
    yield from unknown_id(support.crisis_line.source, sources, "source", ("crisis_line", "source"))
    yield from unknown_id(support.note_source, sources, "source", ("note_source",))
    for index, line in enumerate(support.lines):
        yield from unknown_id(line.source, sources, "source", ("lines", index, "source"))


WithId = TypeVar("WithId", Principle, Misstep, Domain, Standard)


def _by_id(rows: Iterable[WithId]) -> Mapping[str, WithId]:
    return MappingProxyType({row.id: row for row in rows})
