"""Texts that are nearly copies of each other, found without comparing all with all.

Two texts are compared by their shingles, the runs of five words: near copies share more than half of all that
either has (Jaccard). Such a pair shares at least one of the rarer half of the shingles of each, so only texts
that do are compared: the time grows with the number of texts, not with that of pairs.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from math import ceil
from typing import Final, NamedTuple

from quizapp.core.items.base import Finding, Item
from quizapp.core.lint.rules import LintRule
from quizapp.core.lint.words import words

SHINGLE: Final = 5
NEAR: Final = 0.50

NEAR_COPY = LintRule(
    id="near-copy",
    severity="error",
    reason="Who has met one item knows the answer to its copy.",
    instead="write another scene, or retire one of the two",
)
RULES = (NEAR_COPY,)

Shingles = frozenset[tuple[str, ...]]


class Alike(NamedTuple):
    """A text and an earlier one, by their places in the list, and how much they share, 0-1."""

    later: int
    earlier: int
    share: float


def shingles(text: str, size: int = SHINGLE) -> Shingles:
    """Every run of so many words."""
    said = words(text)
    return frozenset(zip(*(said[start:] for start in range(size)), strict=False))


def alike(texts: Sequence[str], near: float = NEAR, size: int = SHINGLE) -> list[Alike]:
    """For each text the first earlier one that it is nearly a copy of.

    A text that is a copy itself stands for no other, so that many copies of one text are as many pairs.
    """
    sets = [shingles(text, size) for text in texts]
    common = Counter(each for shingle_set in sets for each in shingle_set)
    by_shingle: dict[tuple[str, ...], list[int]] = defaultdict(list)
    found = []
    for place, mine in enumerate(sets):
        # The least that any set as near must share tells how many of the rarest it may lack.
        rare = sorted(mine, key=lambda each: (common[each], each))[: len(mine) - ceil(near * len(mine)) + 1]
        earlier = sorted({other for each in rare for other in by_shingle.get(each, ())})
        match = next((other for other in earlier if _share(mine, sets[other]) > near), None)
        if match is not None:
            found.append(Alike(place, match, _share(mine, sets[match])))
            continue
        for each in rare:
            by_shingle[each].append(place)
    return found


def _share(some: Shingles, others: Shingles) -> float:
    return len(some & others) / len(some | others)


def jaccard_of(text: str, other: str) -> float:
    """How much two texts share, 0-1."""
    return _share(shingles(text), shingles(other))


def near_copies(items: Sequence[Item]) -> Iterator[tuple[int, int, Finding]]:
    """Items whose stem and options nearly copy those of an earlier one: both places, and what to say of it.

    `{}` in the message is where the name of the earlier one belongs.
    """
    for later, earlier, share in alike([_whole(item) for item in items]):
        told = f"{share:.0%} of its runs of {SHINGLE} words are those of {{}}"
        yield later, earlier, NEAR_COPY.finding(("stem",), told)


def _whole(item: Item) -> str:
    """Stem and options of an item; each part after the other."""
    return " ".join([item.stem, *(option.text for _path, option in item.every_option())])
