"""Phrases of plain words, and where a text has them.

A phrase is written as words: `fell|falls off the wagon`. `|` stands between words that may stand in one
place, `relaps*` is a word with any ending, `that?` may be missing, and a word with a capital letter is met in
that spelling only. Hyphens count as spaces, and no phrase goes on across a comma or the end of a sentence.

Every word of a text is looked up once and compared with the few phrases that have it as their longest word,
each of at most LONGEST words: the time grows with the length of the text, whatever the text is.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Final, Generic, NamedTuple, TypeVar

LONGEST: Final = 8
MOST_OPTIONAL: Final = 3
START_LETTERS: Final = 3  # of a word with any ending

Tag = TypeVar("Tag")

_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[^\w\s'*\-\u2010\u2011]")
_PLACE = re.compile(r"(?:[^\W_]+(?:'[^\W_]+)*\*?)(?:\|(?:[^\W_]+(?:'[^\W_]+)*\*?))*\??")


class Hit(NamedTuple, Generic[Tag]):
    """A phrase in a text: from which word to which, and what it stands for."""

    first: int
    after: int
    tag: Tag


class Words:
    """The words and marks of a text, without hyphens and marks of bold; `lows` are they in lower case."""

    __slots__ = ("_places", "_text", "lows", "words")

    def __init__(self, text: str) -> None:
        self._text = text.replace("’", "'")
        self.words: list[str] = _TOKEN.findall(self._text)
        self.lows = [word.lower() for word in self.words]
        self._places: list[tuple[int, int]] = []

    def cut(self, first: int, after: int) -> str:
        """The part of the text from one word to another."""
        if not self._places:
            self._places = [each.span() for each in _TOKEN.finditer(self._text)]
        return self._text[self._places[first][0] : self._places[after - 1][1]]


class _Place:
    """The words that may stand in one place of a phrase."""

    __slots__ = ("cased", "starts", "words")

    def __init__(self, written: str) -> None:
        alternatives = written.rstrip("?").split("|")
        self.starts = tuple(each[:-1].lower() for each in alternatives if each.endswith("*"))
        whole = [each for each in alternatives if not each.endswith("*")]
        self.cased = frozenset(each for each in whole if each != each.lower())
        self.words = frozenset(each for each in whole if each == each.lower())

    @property
    def weight(self) -> int:
        """How rare the words are, by the length of the shortest."""
        return min(map(len, (*self.words, *self.cased, *self.starts)))

    def is_met_by(self, word: str, low: str) -> bool:
        if low in self.words or word in self.cased:
            return True
        if low.endswith("'s") and (low[:-2] in self.words or word[:-2] in self.cased):
            return True
        return bool(self.starts) and low.startswith(self.starts)


class _Entry(NamedTuple, Generic[Tag]):
    """A phrase as it is found: by the word at `anchor`."""

    places: Sequence[_Place]
    anchor: int
    tag: Tag

    def is_at(self, text: Words, first: int) -> bool:
        if first < 0 or first + len(self.places) > len(text.words):
            return False
        for index, place in enumerate(self.places, first):
            if not place.is_met_by(text.words[index], text.lows[index]):
                return False
        return True


def wrong_phrase(written: str) -> str | None:
    """Why a phrase cannot be used; None when it can."""
    places = written.split()
    if not 1 <= len(places) <= LONGEST:
        return f"a phrase has 1 to {LONGEST} words"
    if not all(_PLACE.fullmatch(place) for place in places):
        return "a phrase is made of words, a|b, word* and word?; write a hyphen as a space"
    if sum(place.endswith("?") for place in places) > MOST_OPTIONAL:
        return f"at most {MOST_OPTIONAL} words of a phrase may be missing"
    if all(place.endswith("?") for place in places):
        return "one word at least must not be missing"
    starts = [each for place in places for each in place.rstrip("?").split("|") if each.endswith("*")]
    if any(len(each) <= START_LETTERS for each in starts):
        return f"give {START_LETTERS} letters at least before *"
    return None


@dataclass(slots=True)
class PhraseBook(Generic[Tag]):
    """Many phrases, found together in one pass over a text."""

    by_word: dict[str, list[_Entry[Tag]]] = field(default_factory=dict)
    by_start: dict[str, list[_Entry[Tag]]] = field(default_factory=dict)

    def add(self, phrases: Iterable[str], tag: Tag) -> None:
        """Take the phrases in; `tag` is what a hit of them carries."""
        for written in phrases:
            for places in _variants(written.split()):
                weights = [place.weight for place in places]
                anchor = weights.index(max(weights))
                entry, place = _Entry(places, anchor, tag), places[anchor]
                for word in place.words | {each.lower() for each in place.cased}:
                    self.by_word.setdefault(word, []).append(entry)
                for start in {each[:START_LETTERS] for each in place.starts}:
                    self.by_start.setdefault(start, []).append(entry)

    def find(self, text: Words) -> list[Hit[Tag]]:
        """Every phrase that the text has, in the order of the text."""
        found: list[Hit[Tag]] = []
        by_word, by_start = self.by_word, self.by_start
        for index, low in enumerate(text.lows):
            # Most words stand in no phrase; they must cost next to nothing.
            if low not in by_word and low[:START_LETTERS] not in by_start and low[-2:] != "'s":
                continue
            for entry in self._entries(low):
                first = index - entry.anchor
                if entry.is_at(text, first):
                    found.append(Hit(first, first + len(entry.places), entry.tag))
        return sorted(found, key=lambda hit: (hit.first, -hit.after))

    def _entries(self, low: str) -> Sequence[_Entry[Tag]]:
        """The phrases that a word could belong to."""
        own = self.by_word.get(low) or (self.by_word.get(low[:-2]) if low.endswith("'s") else None)
        begun = self.by_start.get(low[:START_LETTERS])
        return [*(own or ()), *begun] if begun else own or ()


def _variants(written: Sequence[str]) -> Iterator[Sequence[_Place]]:
    """The phrase with and without each word that may be missing."""
    for chosen in product(*([place, None] if place.endswith("?") else [place] for place in written)):
        yield tuple(_Place(place) for place in chosen if place)
