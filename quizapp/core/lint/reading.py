"""How hard an item is to read: the grade of Flesch and Kincaid.

Sentences and words are counted as for the limits of length. Names, words that the readers know, numbers and
variables count as one syllable: without that the words of the work alone make an item look two grades harder.
The formula is shaky on texts as short as these: it points at items to look at, no more.

Source: Kincaid, Fishburne, Rogers and Chissom (1975), Derivation of New Readability Formulas, Research Branch
Report 8-75.
"""

import re
from collections.abc import Iterable, Iterator, Set
from typing import Final

from quizapp.core.items.base import Finding, Item
from quizapp.core.limits import count_words, sentences
from quizapp.core.lint.rules import LintRule
from quizapp.core.lint.syllables import count_syllables

TARGET_GRADE: Final = 6
HIGHEST_GRADE: Final = 8

READING_GRADE: Final = LintRule(
    id="reading-grade",
    severity="warning",
    reason="People who read at the level of the exam must not fail over the words.",
    instead="use shorter sentences and plainer words",
)
RULES = (READING_GRADE,)

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_VARIABLE = re.compile(r"\{\w+\}")


def flesch_kincaid(words: int, sentence_count: int, syllables: int) -> float:
    """The school grade of a text, from its counts.

    :returns: -3.4 for sentences of one short word; without an upper end.
    :raises ValueError: when there is no word or no sentence.
    """
    if words < 1 or sentence_count < 1:
        raise ValueError("a grade needs a word and a sentence")
    return 0.39 * words / sentence_count + 11.8 * syllables / words - 15.59


def grade(texts: Iterable[str], known: Set[str] = frozenset()) -> float | None:
    """The grade of texts that are read one after the other; None when they hold no word.

    :param known: words that count as one syllable, in lower case; so do their plurals.
    """
    plain = [_VARIABLE.sub("name", text).replace("*", "").replace("’", "'") for text in texts]
    parts = [part for text in plain for part in sentences(text) if count_words(part)]
    if not parts:
        return None
    spoken = [_WORD.findall(part) for part in parts]
    names = {_plain(word) for words in spoken for word in words[1:] if word[0].isupper()}
    syllables = sum(_syllables(_plain(word), known, names) for words in spoken for word in words)
    word_count = sum(map(count_words, parts))
    # A lone mark that counts as a word, such as a blank to fill, is spoken too.
    return flesch_kincaid(word_count, len(parts), max(syllables, word_count))


def _plain(word: str) -> str:
    """A word in lower case, without the ending of a possessor."""
    return word.lower().removesuffix("'s")


def _syllables(low: str, known: Set[str], names: Set[str]) -> int:
    """The syllables of a word; a word with a capital letter that begins no sentence is a name."""
    count = count_syllables(low)
    if count == 1 or low in known or low in names or low.removesuffix("s") in known:
        return 1
    return count


def check(item: Item, known: Set[str]) -> Iterator[Finding]:
    """A warning for each stem that is hard to read with its options, and for parts of a case alike."""
    if not item.lang.startswith("en"):
        return
    for each in item.lists():
        found = grade([each.lead, *(option.text for option in each.options)], known)
        if found is not None and found > HIGHEST_GRADE:
            told = f"stem and options read at grade {found:.1f}, at most {HIGHEST_GRADE}"
            yield READING_GRADE.finding(each.path, f"{told} and better {TARGET_GRADE}")
