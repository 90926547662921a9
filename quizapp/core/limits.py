"""How long the texts of an item may be in a bank that keeps to plain, short items."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from quizapp.core.items.base import Finding, Item, Path


class Range(NamedTuple):
    """A number of words from `least` to `most`."""

    least: int
    most: int


STEM_WORDS: Final = 45
STEM_SENTENCES: Final = 4
SENTENCE_WORDS: Final = 15
ITEM_WORDS: Final = 120
LENGTH_RATIO: Final = 1.4
OPTION_WORDS: Final = Range(6, 18)
KEY_RATIONALE_WORDS: Final = Range(25, 60)
RATIONALE_WORDS: Final = Range(12, 30)

_WORD = re.compile(r"\S*\w\S*")
# A sentence ends at . ! or ?, with the quotes after it, unless the next word goes on in lower case.
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"'”’)*]*\s+(?![a-z])")


def count_words(text: str) -> int:
    """How many words a text has; a dash between spaces is none."""
    return len(_WORD.findall(text))


def sentences(text: str) -> list[str]:
    """The sentences of a text, spoken ones too."""
    return [part for part in _SENTENCE_END.split(text.strip()) if part]


def over_limits(item: Item) -> Iterator[Finding]:
    """A warning for each text that is too long or too short."""
    yield from _stem(item)
    yield from _options(item)
    for index, option in enumerate(item.options):
        kind, bounds = (
            ("key-rationale", KEY_RATIONALE_WORDS) if option.key else ("rationale", RATIONALE_WORDS)
        )
        path = ("options", index, "rationale")
        yield from _outside(count_words(option.rationale), bounds, f"{kind}-words", path)


def _stem(item: Item) -> Iterator[Finding]:
    words, parts = count_words(item.stem), sentences(item.stem)
    if words > STEM_WORDS:
        yield _warning(("stem",), "stem-words", f"the stem has {words} words; at most {STEM_WORDS}")
    if len(parts) > STEM_SENTENCES:
        message = f"the stem has {len(parts)} sentences; at most {STEM_SENTENCES}"
        yield _warning(("stem",), "stem-sentences", message)
    longest = max(map(count_words, parts), default=0)
    if longest > SENTENCE_WORDS:
        message = f"a sentence of the stem has {longest} words; at most {SENTENCE_WORDS}"
        yield _warning(("stem",), "sentence-words", message)


def _options(item: Item) -> Iterator[Finding]:
    lengths = [count_words(option.text) for option in item.options]
    for index, length in enumerate(lengths):
        yield from _outside(length, OPTION_WORDS, "option-words", ("options", index, "text"))
    shortest, longest = min(lengths, default=0), max(lengths, default=0)
    if longest > LENGTH_RATIO * shortest:
        message = (
            f"the longest option has {longest} words, the shortest {shortest}; at most {LENGTH_RATIO} times"
        )
        yield _warning(("options",), "option-length-ratio", message)
    total = count_words(item.stem) + sum(lengths)
    if total > ITEM_WORDS:
        message = f"stem and options have {total} words together; at most {ITEM_WORDS}"
        yield _warning(("options",), "item-words", message)


def _outside(words: int, bounds: Range, rule: str, path: Path) -> Iterator[Finding]:
    if not bounds.least <= words <= bounds.most:
        yield _warning(path, rule, f"{words} words; write {bounds.least} to {bounds.most}")


def _warning(path: Path, rule: str, message: str) -> Finding:
    return Finding(path, "warning", rule, message)
