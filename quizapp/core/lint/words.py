"""Words as the linter compares them: in lower case, without marks, names and endings."""

import functools
import re
from collections.abc import Iterable
from typing import Final

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_QUOTED = re.compile(r'"[^"]*"|“[^”]*”')
_MARKS = str.maketrans({"’": "'", "*": None})


def word_set(listed: str) -> frozenset[str]:
    """The words of a list that is written as one text."""
    return frozenset(listed.split())


# Words that say nothing about the matter of a text.
STOP_WORDS: Final = word_set(
    "a about after again all also am an and any are as at be because been before being but by can"
    " could did do does doing don't down for from get go had has have he he's her here hers herself"
    " him himself his how i i'd i'll i'm i've if in into is isn't it it's its itself just let let's"
    " like may me might more most my myself no not now of off on once one only or other our out over"
    " own says she she's should so some such than that that's the their them then there these they"
    " they're this those through to too up us very was we we'll we're were what what's when where"
    " which while who whom why will with would yet you you'd you'll you're you've your yours yourself"
)
_ENDINGS = ("ingly", "edly", "ings", "ing", "ied", "ies", "ed", "es", "ly", "s")
SHORTEST_STEM: Final = 3


def words(text: str) -> list[str]:
    """The words of a text in lower case."""
    return _WORD.findall(text.translate(_MARKS).lower())


def unquoted(text: str) -> str:
    """The text without what somebody says in it."""
    return _QUOTED.sub(" ", text)


@functools.lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """A word without its usual English endings, so that plan, plans and planning are one."""
    word = word.removesuffix("'s")
    for ending in _ENDINGS:
        if not word.endswith(ending) or len(word) - len(ending) < SHORTEST_STEM or word.endswith("ss"):
            continue
        base = word[: -len(ending)]
        if ending in ("ied", "ies"):
            return base + "y"
        if len(base) > SHORTEST_STEM and base[-1] == base[-2] and base[-1] not in "ls":
            base = base[:-1]
        return base.removesuffix("e")
    return word.removesuffix("e") if len(word) > SHORTEST_STEM else word


def content(text: str) -> frozenset[str]:
    """The stems of the words that say what a text is about."""
    return content_of(words(text))


def content_of(said: Iterable[str]) -> frozenset[str]:
    """The same of words that were split already."""
    return frozenset(stem(word) for word in said if word not in STOP_WORDS)


def names(text: str) -> frozenset[str]:
    """Words that begin with a capital letter inside a sentence, in lower case: names, mostly."""
    return frozenset(
        word[0].strip(chr(34)).lower().removesuffix("'s")
        for word in re.finditer(r"(?<=[a-z,;:] )\"?[A-Z][^\W_]+(?:'[^\W_]+)*", text.translate(_MARKS))
    )


def jaccard(some: frozenset[str], others: frozenset[str]) -> float:
    """What two sets share, 0-1, of all that is in either; 0 for two empty ones."""
    union = len(some | others)
    return len(some & others) / union if union else 0.0
