"""How long the texts of an item may be in a bank that keeps to plain, short items."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from quizapp.core.items.base import Finding, Item, OptionList, Path


class Range(NamedTuple):
    """A number of words from `least` to `most`."""

    least: int
    most: int


STEM_WORDS: Final = 45
STEM_SENTENCES: Final = 4
SENTENCE_WORDS: Final = 15
ITEM_WORDS: Final = 120
OTHER_ITEM_WORDS: Final = 160  # of types with more options than one is chosen from
SCENE_WORDS: Final = 60  # of a stem that only sets the scene
LENGTH_RATIO: Final = 1.4
OPTION_WORDS: Final = Range(6, 18)
KEY_RATIONALE_WORDS: Final = Range(25, 60)
RATIONALE_WORDS: Final = Range(12, 30)
OTHER_RATIONALE_WORDS: Final = Range(12, 40)  # of types other than single_best

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
    """A warning for each text that is too long or too short.

    Each part of a case and each turn of a conversation is read as an item of its own.
    """
    lists = list(item.lists())
    own_stem = len(lists) == 1 and lists[0].lead == item.stem
    yield from _stem(item.stem, ("stem",), STEM_WORDS if own_stem else SCENE_WORDS)
    for each in lists:
        if not own_stem and each.path[0] == "parts":
            yield from _stem(each.lead, (*each.path[:-1], "stem"), STEM_WORDS)
        yield from _options(each)


def _options(each: OptionList) -> Iterator[Finding]:
    for index, option in enumerate(each.options):
        path = (*each.path, index)
        yield from _outside(count_words(option.text), OPTION_WORDS, "option-words", (*path, "text"))
        kind, bounds = "rationale", OTHER_RATIONALE_WORDS
        if each.has_one_key:
            kind, bounds = ("key-rationale", KEY_RATIONALE_WORDS) if option.key else (kind, RATIONALE_WORDS)
        yield from _outside(count_words(option.rationale), bounds, f"{kind}-words", (*path, "rationale"))
    yield from _together(each)


def _stem(stem: str, path: Path, most: int) -> Iterator[Finding]:
    words, parts = count_words(stem), sentences(stem)
    if words > most:
        yield _warning(path, "stem-words", f"the stem has {words} words; at most {most}")
    if len(parts) > STEM_SENTENCES:
        message = f"the stem has {len(parts)} sentences; at most {STEM_SENTENCES}"
        yield _warning(path, "stem-sentences", message)
    longest = max(map(count_words, parts), default=0)
    if longest > SENTENCE_WORDS:
        message = f"a sentence of the stem has {longest} words; at most {SENTENCE_WORDS}"
        yield _warning(path, "sentence-words", message)


def _together(each: OptionList) -> Iterator[Finding]:
    lengths = [count_words(option.text) for option in each.options]
    shortest, longest = min(lengths, default=0), max(lengths, default=0)
    if each.are_compared and longest > LENGTH_RATIO * shortest:
        message = (
            f"the longest option has {longest} words, the shortest {shortest}; at most {LENGTH_RATIO} times"
        )
        yield _warning(each.path, "option-length-ratio", message)
    total = count_words(each.lead) + sum(lengths)
    most = ITEM_WORDS if each.has_one_key else OTHER_ITEM_WORDS
    if total > most:
        message = f"stem and options have {total} words together; at most {most}"
        yield _warning(each.path, "item-words", message)


def _outside(words: int, bounds: Range, rule: str, path: Path) -> Iterator[Finding]:
    if not bounds.least <= words <= bounds.most:
        yield _warning(path, rule, f"{words} words; write {bounds.least} to {bounds.most}")


def _warning(path: Path, rule: str, message: str) -> Finding:
    return Finding(path, "warning", rule, message)
