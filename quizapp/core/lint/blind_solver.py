"""Guessers that see the options and no stem: what they get right above chance, a learner gets for nothing.

Three follow a habit of people who guess: the longest option, the one with most warm words, the one that
shares most with the others. The fourth learns from all *other* items which words keys have and wrong options
have not (naive Bayes on word stems), as a learner does who has met many. Where several options are equally
good, each counts in part, so nothing here depends on chance.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from math import log, sqrt
from typing import Final, NamedTuple

from quizapp.core.limits import count_words
from quizapp.core.lint.cues import shared_words
from quizapp.core.lint.figures import STANDARD_ERRORS, Choice, Figure, chance, chance_error, share
from quizapp.core.lint.words import content, stem, word_set

WARM: Final = frozenset(map(stem, word_set("help support encourage listen ask explore")))
NAIVE_BAYES_ABOVE: Final = 0.10
SMOOTHING: Final = 0.5

MOST_WORDS: Final = 24
LEAST_SEEN: Final = 4  # options, before a word can tell something

About = Sequence[frozenset[str]]  # the word stems of each option
Guesser = Callable[[Choice, About], Sequence[float]]  # how good each option looks


class TellingWord(NamedTuple):
    """A word stem, in how many keys and wrong options it is, and how far that is from chance."""

    stem: str
    in_keys: int
    in_wrong: int
    z: float


def _longest(each: Choice, about: About) -> Sequence[float]:
    return [count_words(option.text) for option in each.options]


def _warmest(each: Choice, about: About) -> Sequence[float]:
    return [len(option & WARM) for option in about]


def _most_shared(each: Choice, about: About) -> Sequence[float]:
    return shared_words(about)


HABITS: Final[Mapping[str, Guesser]] = {
    "longest option": _longest,
    "most warm words": _warmest,
    "most shared words": _most_shared,
}
NAIVE_BAYES: Final = "words of other keys"


def blind_rates(picked: Sequence[Choice]) -> dict[str, list[float]]:
    """What each guesser gets of each choice: 1 for the key alone, a part of it when others look as good."""
    about = [[content(option.text) for option in each.options] for each in picked]
    rates = {
        name: [_earned(guess(each, said), each.key) for each, said in zip(picked, about, strict=True)]
        for name, guess in HABITS.items()
    }
    rates[NAIVE_BAYES] = _by_other_items(picked, about)
    return rates


def _earned(looks: Sequence[float], key: int) -> float:
    best = max(looks)
    return 1 / looks.count(best) if looks[key] == best else 0.0


class _Counts:
    """In how many keys and wrong options each word stem is, and how many of both there are."""

    def __init__(self) -> None:
        self.in_keys: Counter[str] = Counter()
        self.in_wrong: Counter[str] = Counter()
        self.keys = self.wrong = 0

    def add(self, each: Choice, about: About) -> None:
        for index, stems in enumerate(about):
            if index == each.key:
                self.in_keys.update(stems)
                self.keys += 1
            else:
                self.in_wrong.update(stems)
                self.wrong += 1

    def weight(self, word: str, own: "_Counts") -> float:
        """How much a word speaks for a key: the log of its odds, with the item's own words taken out."""
        in_keys = self.in_keys[word] - own.in_keys[word] + SMOOTHING
        in_wrong = self.in_wrong[word] - own.in_wrong[word] + SMOOTHING
        keys, wrong = self.keys - own.keys + 2 * SMOOTHING, self.wrong - own.wrong + 2 * SMOOTHING
        return log(in_keys * wrong / (in_wrong * keys))


def _by_other_items(picked: Sequence[Choice], about: Sequence[About]) -> list[float]:
    """What the guesser gets that counts the words of all other items."""
    counts = _Counts()
    own: dict[str, _Counts] = defaultdict(_Counts)
    for each, said in zip(picked, about, strict=True):
        counts.add(each, said)
        own[each.item.id].add(each, said)
    earned = []
    for each, said in zip(picked, about, strict=True):
        mine = own[each.item.id]
        # Rounded and in a fixed order, so that equal options look equally good.
        looks = [round(sum(counts.weight(word, mine) for word in sorted(stems)), 9) for stems in said]
        earned.append(_earned(looks, each.key))
    return earned


def blind_figures(picked: Sequence[Choice]) -> list[Figure]:
    """What each guesser gets of all choices, against chance, and what words tell in each domain."""
    rates, n = blind_rates(picked), len(picked)
    expected, above = chance(picked), STANDARD_ERRORS * chance_error(picked)
    found = []
    for name, earned in rates.items():
        more = NAIVE_BAYES_ABOVE if name == NAIVE_BAYES else above
        high = None if expected is None else expected + more
        found.append(share("blind-solver", name, _mean(earned), n, high=high))
    return found + _by_domain(picked, rates[NAIVE_BAYES])


def telling_words(picked: Sequence[Choice], most: int = MOST_WORDS) -> list[TellingWord]:
    """The word stems that differ most between keys and wrong options, first those that speak for keys.

    By the z of two shares; one below 2 may well be chance, and of hundreds of words some are above by chance.
    """
    counts = _Counts()
    for each in picked:
        counts.add(each, [content(option.text) for option in each.options])
    found = []
    for word in sorted(counts.in_keys.keys() | counts.in_wrong.keys()):
        z = _z(counts.in_keys[word], counts.keys, counts.in_wrong[word], counts.wrong)
        seen = counts.in_keys[word] + counts.in_wrong[word]
        if seen >= LEAST_SEEN and abs(z) >= STANDARD_ERRORS:
            found.append(TellingWord(word, counts.in_keys[word], counts.in_wrong[word], round(z, 1)))
    strongest = sorted(found, key=lambda each: (-abs(each.z), each.stem))[:most]
    return sorted(strongest, key=lambda each: (-each.z, each.stem))


def _z(first: int, of_first: int, second: int, of_second: int) -> float:
    """How many standard errors the first share is above the second."""
    pooled = (first + second) / (of_first + of_second)
    variance = pooled * (1 - pooled) * (1 / of_first + 1 / of_second)
    return (first / of_first - second / of_second) / sqrt(variance) if variance else 0.0


def _by_domain(picked: Sequence[Choice], earned: Sequence[float]) -> list[Figure]:
    """What the guesser that counts words gets in each domain: options that are solved without any stem.

    A domain is small, so its bound is wider where chance alone varies by more.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for place, each in enumerate(picked):
        places[each.item.domain].append(place)
    found = []
    for domain, here in sorted(places.items()):
        some = [picked[place] for place in here]
        above = max(NAIVE_BAYES_ABOVE, STANDARD_ERRORS * chance_error(some))
        value = _mean([earned[place] for place in here])
        high = (chance(some) or 0.0) + above
        found.append(share("options-alone", domain, value, len(here), high=high))
    return found


def _mean(earned: Sequence[float]) -> float | None:
    return sum(earned) / len(earned) if earned else None
