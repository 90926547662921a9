"""The words of the work in plain language, and where texts use them."""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final

from quizapp.core.fields import Document
from quizapp.core.items.base import Finding, Tag, Text
from quizapp.core.shape import unknown_id

GLOSSARY_FILE: Final = "glossary.yaml"


class Term(Document):
    """One word or phrase, with other forms in which texts use it, and what it means."""

    term: Text
    forms: tuple[Text, ...] = ()
    means: Text
    source: Tag | None = None

    @property
    def written(self) -> tuple[str, ...]:
        """All forms, in lower case."""
        return tuple(form.lower() for form in (self.term, *self.forms))


class Glossary(Document):
    """Every term that is explained."""

    terms: tuple[Term, ...] = ()

    @cached_property
    def words(self) -> frozenset[str]:
        """The single words among the terms, in lower case: readers have them explained."""
        forms = (form for term in self.terms for form in term.written)
        return frozenset(form for form in forms if re.fullmatch(r"[^\W_]+", form))

    def found_in(self, texts: Iterable[str]) -> list[Term]:
        """The terms that texts use, in the order of the glossary; of two that overlap the longer one."""
        used = {word.lower() for text in texts for word in self._pattern.findall(text.replace("’", "'"))}
        return [term for term in self.terms if not used.isdisjoint(term.written)]

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        forms = sorted((form for term in self.terms for form in term.written), key=len, reverse=True)
        return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, forms)) or '(?!)'})(?!\w)", re.IGNORECASE)


def check_glossary(glossary: Glossary, sources: Iterable[str] | None) -> Iterator[Finding]:
    """Forms that two terms share, and sources that point nowhere."""
    known: dict[str, str] = {}
    for index, term in enumerate(glossary.terms):
        for form in term.written:
            if form in known:
                message = f'"{form}" is explained before, under {known[form]}; each form has one place'
                yield Finding(("terms", index, "term"), "error", "duplicate-term", message)
            known.setdefault(form, term.term)
        if sources is not None:
            yield from unknown_id(term.source, sources, "source", ("terms", index, "source"))
