"""Cues: what lets someone who knows nothing of the matter find the key, or leave an option out.

They compare the key with the other options, so they need a list that marks its keys. Whether the key is
right, they leave to people.
"""

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from quizapp.core.items.base import Finding, Item, OptionList, Path
from quizapp.core.limits import count_words
from quizapp.core.lint.flaws import questions
from quizapp.core.lint.rules import LintRule
from quizapp.core.lint.words import content, names, stem, unquoted, word_set, words

LONGER: Final = 1.25
MORE_WORDS: Final = 4
CLANG_LETTERS: Final = 5
MORE_SHARED: Final = 2
FEW_WORDS, MANY_WORDS = 2, 5
QUOTED: Final = "with a quote"

LONGEST_KEY = LintRule(
    id="longest-key",
    severity="warning",
    reason="People who guess choose the longest option.",
    instead="shorten the key, or give the others as much to say",
)
ABSOLUTE_WRONG = LintRule(
    id="absolute-in-wrong",
    severity="warning",
    reason="Words such as always and never give a wrong option away.",
    instead="say it without that word, or use such a word in the key, too",
)
VAGUE_KEY = LintRule(
    id="vague-in-key",
    severity="warning",
    reason="Words such as usually and may give the key away: it is hard for them to be wrong.",
    instead="say it without that word, or use such a word in another option, too",
)
ARTICLE_CUE = LintRule(
    id="article-cue",
    severity="error",
    reason="Options that do not fit the article before them are out.",
    instead="end the stem before the article, or write a(n)",
)
MIXED_FORMS = LintRule(
    id="mixed-forms",
    severity="warning",
    reason="An option of another form stands out, whatever it says.",
    instead="make all of them quotations, or all of them actions of one form",
)
CLANG = LintRule(
    id="clang",
    severity="warning",
    reason="A word of the question that only the key repeats points at it.",
    instead="say it in other words, or let another option repeat it, too",
)
CONVERGENCE = LintRule(
    id="convergence",
    severity="warning",
    reason="People who guess choose the option that shares most with the others.",
    instead="let the wrong options share words with each other, not only with the key",
)
OPPOSITE_PAIR = LintRule(
    id="opposite-pair",
    severity="warning",
    reason="Of two opposites one is likely to be right, so the other options are out.",
    instead="give another pair, or rewrite one of the two",
)
ABSURD_WRONG = LintRule(
    id="absurd-wrong",
    severity="warning",
    reason="An option that nobody would choose only takes time to read.",
    instead="write what a kind new peer might do",
)
RULES = (
    LONGEST_KEY,
    ABSOLUTE_WRONG,
    VAGUE_KEY,
    ARTICLE_CUE,
    MIXED_FORMS,
    CLANG,
    CONVERGENCE,
    OPPOSITE_PAIR,
    ABSURD_WRONG,
)

_ABSOLUTE = re.compile(
    r"\b(?:always|never|all|none|only|every|must|completely|totally|guarantee[ds]?)\b", re.IGNORECASE
)
# Phrases in which such a word says nothing about how absolute the option is.
_HARMLESS = re.compile(
    r"\b(?:at all|all right|after all|first of all|all (?:day|night|week|morning|evening|year)|not only"
    r"|must have been|only (?:child|son|daughter)"
    r"|every (?:other |few |single )?(?:days?|nights?|weeks?|months?|years?|mornings?|evenings?|afternoons?"
    r"|hours?|times?|(?:mon|tues|wednes|thurs|fri|satur|sun)day))\b",
    re.IGNORECASE,
)
_VAGUE = re.compile(r"\b(?:usually|often|sometimes|generally|(?<!\. )may(?! (?:i|we)\b))\b", re.IGNORECASE)
_MAY_IN_CALENDAR = re.compile(r"\b(?:in|of|by|until|since|last|next) May\b|\bMay \d")
_ARTICLE_END = re.compile(r"\b(an?)(?: _{2,})?\s*[:.…]*\s*$", re.IGNORECASE)
_VOWEL_SOUND = re.compile(r"[aeiou]|hour|hono|hones|heir", re.IGNORECASE)
_CONSONANT_SOUND = re.compile(r"eu|one\b|once\b|uni(?!n|m)|us[aeiu]|utili|urin", re.IGNORECASE)
_VERB_END = re.compile(r"\b(is|are)(?: _{2,})?\s*[:.…]*\s*$", re.IGNORECASE)
_SINGULAR = word_set("a an one this that each")
_PLURAL = word_set("two three four five six several many both these those some few most")
_QUOTES = ('"', "“")
# Words with the ending of an action that are none at the head of an option.
_NO_ACTION = word_set(
    "bring sing thing nothing something anything everything during morning evening spring string king"
    " ring wing housing training meeting counseling feeling feelings being according including sibling"
    " wellbeing"
)
_REASONS = frozenset({"because", "since"})
_DENIALS = word_set("not no never without don't doesn't didn't won't can't cannot isn't aren't shouldn't")
_FILLERS = word_set("a an the do does did will can is are it that to")
_ANTONYMS = [
    frozenset(pair.split("/"))
    for pair in word_set(
        "before/after alone/together more/less public/private start/stop begin/end stay/leave"
        " accept/refuse agree/refuse increase/decrease raise/lower open/close keep/break true/false"
        " yes/no always/never all/none first/last with/without inside/outside early/late allow/forbid"
        " share/withhold now/later can/cannot required/optional"
    )
]
# What the work is about: an option with none of these words, and none of its item's, is off the matter.
_OF_THE_WORK = frozenset(
    stem(word)
    for word in word_set(
        "advocate agency agree alone answer appointment ask believe benefit board boundary call care"
        " chance change check choice choose clinic coach comfort community consent counselor crisis"
        " culture decide decision doctor encourage ethics explain explore family feel find friend give"
        " goal group harm health hear help home hope housing idea join keep law lead learn leave"
        " listen live manager meet meeting name need note notice nurse offer office peer people person"
        " plan policy private program promise question recovery refer respect rest right risk role"
        " rule safe safety say services set share show sign skill speak staff start stay step stop"
        " story strength stress supervisor support talk team tell therapist think time together"
        " training treat treatment trust use visit wait walk want warn way well wellness word work"
        " worker worry write"
    )
)
# Words that any scene may have, so that it says nothing when stem and key share one.
_EVERYWHERE = _OF_THE_WORK | {
    stem(word)
    for word in word_set(
        "afternoon daily evening first month minute morning night really second take three today"
        " tonight tomorrow weekend while years better thing going looks"
    )
}


@dataclass(frozen=True)
class _List:
    """A list of options with its keys apart. Words are worked out when a rule asks for them."""

    each: OptionList
    keys: tuple[int, ...]

    @cached_property
    def wrong(self) -> tuple[int, ...]:
        return tuple(index for index in range(len(self.each.options)) if index not in self.keys)

    @cached_property
    def about(self) -> list[frozenset[str]]:
        return [content(option.text) for option in self.each.options]

    def text(self, index: int) -> str:
        return self.each.options[index].text

    def path(self, index: int) -> Path:
        return (*self.each.path, index, "text")


def check(item: Item, known: Set[str]) -> Iterator[Finding]:
    """What in the item gives its key away."""
    asked = dict(questions(item))
    for each in item.lists():
        lead = asked.get((*each.path[:-1], "stem"), "")
        if each.are_compared:
            yield from _grammar(each, lead)
        keys = tuple(index for index, option in enumerate(each.options) if option.key)
        if not keys or len(keys) == len(each.options):
            continue
        known_keys = _List(each, keys)
        yield from _absolute(known_keys)
        if each.has_one_key and len(keys) == 1:
            yield from _absurd(known_keys)
            yield from _vague(known_keys)
            yield from _longest(known_keys)
            yield from _clang(known_keys, lead)
            yield from _convergence(known_keys)
            yield from _opposite(known_keys)


def _longest(each: _List) -> Iterator[Finding]:
    key = count_words(each.text(each.keys[0]))
    others = max(count_words(each.text(index)) for index in each.wrong)
    if key >= LONGER * others and key >= others + MORE_WORDS:
        yield LONGEST_KEY.finding(
            each.path(each.keys[0]), f"the key has {key} words, the next option {others}"
        )


def _absolute(each: _List) -> Iterator[Finding]:
    in_keys = {word for index in each.keys for word in _absolutes(each.text(index))}
    for index in each.wrong:
        if found := _absolutes(each.text(index)) - in_keys:
            yield ABSOLUTE_WRONG.finding(each.path(index), f"this wrong option says “{min(found)}”")


def _absolutes(text: str) -> set[str]:
    return {found.lower() for found in _ABSOLUTE.findall(_HARMLESS.sub(" ", unquoted(text)))}


def _vague(each: _List) -> Iterator[Finding]:
    found = _vague_words(each.text(each.keys[0]))
    if found and not any(_vague_words(each.text(index)) for index in each.wrong):
        yield VAGUE_KEY.finding(each.path(each.keys[0]), f"only the key says “{min(found)}”")


def _vague_words(text: str) -> set[str]:
    return {found.lower() for found in _VAGUE.findall(_MAY_IN_CALENDAR.sub(" ", text))}


def _grammar(each: OptionList, lead: str) -> Iterator[Finding]:
    article, verb = _ARTICLE_END.search(lead), _VERB_END.search(lead)
    texts = [option.text for option in each.options]
    if article:
        wants_vowel = article[1].lower() == "an"
        fits = [_sounds_vowel(text) == wants_vowel for text in texts]
        if any(fits) and not all(fits):
            yield ARTICLE_CUE.finding(
                each.path, f"the stem ends with “{article[1]}”, which fits some options only"
            )
    forms = [_form(text) for text in texts]
    key = [form for form, option in zip(forms, each.options, strict=True) if option.key]
    if QUOTED in forms and set(forms) != {QUOTED}:
        yield MIXED_FORMS.finding(each.path, "some options are quotations and some are not")
    elif len(set(forms)) == 2 and len(key) == 1 and forms.count(key[0]) == 1 and len(forms) > 2:
        yield MIXED_FORMS.finding(each.path, f"only the key begins {key[0]}")
    elif verb and len(numbers := {_number(text) for text in texts} - {None}) > 1:
        told = " and some ".join(sorted(filter(None, numbers)))
        yield MIXED_FORMS.finding(each.path, f"the stem ends with “{verb[1]}”, and some options are {told}")


def _sounds_vowel(text: str) -> bool:
    start = text.lstrip("\"“'*( ")
    return bool(_VOWEL_SOUND.match(start)) and not _CONSONANT_SOUND.match(start)


def _form(text: str) -> str:
    """What an option is, by its first word."""
    if text.lstrip("*").startswith(_QUOTES):
        return QUOTED
    first = next(iter(words(text)), "")
    if first in _REASONS:
        return f"with “{first}”"
    if first.endswith("ing") and first not in _NO_ACTION:
        return "with a word in -ing"
    return "with “to”" if first == "to" else "another way"


def _number(text: str) -> str | None:
    first = next(iter(words(text)), "")
    if first in _SINGULAR:
        return "one thing"
    return "several things" if first in _PLURAL else None


def _clang(each: _List, lead: str) -> Iterator[Finding]:
    in_stem = {stem(word): word for word in words(lead) if len(word) >= CLANG_LETTERS}
    in_stem = {each_stem: word for each_stem, word in in_stem.items() if each_stem not in _EVERYWHERE}
    others = frozenset[str]().union(*(each.about[index] for index in each.wrong))
    only = [in_stem[each_stem] for each_stem in each.about[each.keys[0]] - others if each_stem in in_stem]
    if only and (only := sorted(set(only) - names(_whole(each.each)))):
        told = f"the stem says “{only[0]}”, and of the options only the key does"
        yield CLANG.finding(each.path(each.keys[0]), told)


def _whole(each: OptionList) -> str:
    """Everything that belongs to a list, as one text."""
    return " ".join([each.lead, *(f"{option.text} {option.rationale}" for option in each.options)])


def _convergence(each: _List) -> Iterator[Finding]:
    counts = shared_words(each.about)
    key = counts[each.keys[0]]
    if key - max(counts[index] for index in each.wrong) >= MORE_SHARED:
        told = f"the key shares {key} words with other options, and no other option shares so many"
        yield CONVERGENCE.finding(each.path(each.keys[0]), told)


def shared_words(about: Sequence[frozenset[str]]) -> list[int]:
    """For each option, how many of its content words another option has, too."""
    return [
        len(mine & frozenset[str]().union(*(about[:index]), *(about[index + 1 :])))
        for index, mine in enumerate(about)
    ]


def _opposite(each: _List) -> Iterator[Finding]:
    key = each.keys[0]
    pairs = [index for index in each.wrong if _are_opposite(each.text(key), each.text(index))]
    if len(pairs) == 1:
        yield OPPOSITE_PAIR.finding(each.path(pairs[0]), "this option is the opposite of the key")


def _are_opposite(first: str, second: str) -> bool:
    """Whether two texts differ by a negation or by one pair of antonyms, and by nothing else that counts."""
    differ = (set(words(first)) ^ set(words(second))) - _FILLERS
    if not differ:
        return False
    return differ <= _DENIALS or any(differ == pair for pair in _ANTONYMS)


def _absurd(each: _List) -> Iterator[Finding]:
    lengths = [len(words(option.text)) for option in each.each.options]
    for index in each.wrong:
        others = [count for place, count in enumerate(lengths) if place != index]
        if lengths[index] < FEW_WORDS and min(others) > MANY_WORDS:
            yield ABSURD_WRONG.finding(each.path(index), "this option is one word, the others are sentences")
            continue
        near = _OF_THE_WORK | content(each.each.lead)
        near = near.union(*(about for place, about in enumerate(each.about) if place != index))
        near = near.union(*(content(option.rationale) for option in each.each.options))
        if each.text(index).startswith(_QUOTES) or each.each.options[index].fits:
            continue  # people speak of many things, and in spot_misstep a wrong option is what a peer does
        if each.about[index] and each.about[index].isdisjoint(near):
            yield ABSURD_WRONG.finding(each.path(index), "no word of this option belongs to the matter")
