"""Flaws in how an item is built: its question, and the form of its options.

Most come from the guidelines for multiple choice that Haladyna, Downing and Rodriguez (2002) collected. Each
rule looks at a stem that asks, or at one list of options; the parts of a case and the turns of a conversation
have lists of their own.
"""

import re
from collections.abc import Iterator, Sequence, Set
from itertools import combinations, pairwise
from typing import Final

from quizapp.core.items import ITEM_TYPES
from quizapp.core.items.base import Finding, Item, OptionList, Path
from quizapp.core.lint.rules import LintRule
from quizapp.core.lint.words import content, jaccard, unquoted, words
from quizapp.core.stem import split_stem

ALIKE: Final = 0.80
LEAST_ALIKE_WORDS: Final = 3
LEAST_COMPLETION: Final = 5
LEAST_CONTENT: Final = 8
SAME_START: Final = 3
LONGEST_NUMBER_OPTION: Final = 6

ALL_OF_THE_ABOVE = LintRule(
    id="all-of-the-above",
    severity="error",
    reason="Who knows two right options knows the answer, and options are shown in any order.",
    instead="write a response that can stand alone",
)
NONE_OF_THE_ABOVE = LintRule(
    id="none-of-the-above",
    severity="error",
    reason="It shows that a learner knows what is wrong, not what is right.",
    instead="write a response that can stand alone",
)
K_TYPE = LintRule(
    id="k-type",
    severity="error",
    reason="Combinations such as '1 and 3' test puzzles, and options have no fixed letters here.",
    instead="let learners choose several (multiple_response), or ask for the best one",
)
NEGATIVE_STEM = LintRule(
    id="negative-stem",
    severity="warning",
    reason="A question that asks for what is not so is easily misread.",
    instead="ask for what is right, or say in lint_ok why not",
)
HIDDEN_NEGATIVE = LintRule(
    id="hidden-negative",
    severity="error",
    reason="Readers pass over a not that does not stand out, and then miss what they know.",
    instead="ask for what is right, or set the word in bold",
)
DOUBLE_NEGATIVE = LintRule(
    id="double-negative",
    severity="error",
    reason="A negative question with a negative option has to be turned round twice.",
    instead="ask for what is right",
)
DUPLICATE_OPTIONS = LintRule(
    id="duplicate-options",
    severity="error",
    reason="Two options that say the same cannot be the best one, so both are out.",
    instead="give each option a point of its own",
)
NO_QUESTION = LintRule(
    id="no-question",
    severity="warning",
    reason="The stem must be answerable with the options covered.",
    instead="end it with a question",
)
BLANK_IN_MIDDLE = LintRule(
    id="blank-in-middle",
    severity="warning",
    reason="A blank early in the stem has to be kept in mind while reading on.",
    instead="put the blank at the end, or ask a question",
)
REPEATED_START = LintRule(
    id="repeated-start",
    severity="warning",
    reason="Words that open every option are read again and again.",
    instead="move them to the stem",
)
NUMERIC_ORDER = LintRule(
    id="numeric-order",
    severity="warning",
    reason="Numbers are found faster in their order.",
    instead="sort the options by their numbers",
)
OVERLAPPING_RANGES = LintRule(
    id="overlapping-ranges",
    severity="error",
    reason="A value in two ranges has two right answers.",
    instead="let each range end before the next one begins",
)
TRUE_FALSE_IN_DISGUISE = LintRule(
    id="true-false-in-disguise",
    severity="warning",
    reason="Options that share no question are judged one by one, like true or false.",
    instead="say in the stem what it is about, or use multiple_true_false",
)
RULES = (
    ALL_OF_THE_ABOVE,
    NONE_OF_THE_ABOVE,
    K_TYPE,
    NEGATIVE_STEM,
    HIDDEN_NEGATIVE,
    DOUBLE_NEGATIVE,
    DUPLICATE_OPTIONS,
    NO_QUESTION,
    BLANK_IN_MIDDLE,
    REPEATED_START,
    NUMERIC_ORDER,
    OVERLAPPING_RANGES,
    TRUE_FALSE_IN_DISGUISE,
)

_ALL = re.compile(r"^(all|both|any)\b( of)?( the)? (above|these|options|a and b)\b")
_NONE = re.compile(r"^none( of)?( the)? (above|these|options)\b")
_MARK = r"(?:[a-e]|[1-5]|i{1,3}|iv|v)"
_COMBINED = re.compile(
    rf"^(?:both |only )?{_MARK}(?: (?:and|or) {_MARK}| {_MARK})+(?: only)?$|^{_MARK} only$"
)
_NEGATIVE = re.compile(r"\b(?:not|except|incorrect|avoid|should never)\b|(?<!at )\bleast\b|\w+n't\b", re.I)
_BOLD = re.compile(r"\*\*.+?\*\*")
_DENIED = re.compile(
    r"\b(?:not|never|cannot)\b|\w+n't\b|\bun(?!(?:der|til|less|it|ion|iversi|ique|cle|iform|to\b))\w{3,}"
)
# Learners are asked for an order by telling both of its ends.
_ENDS = re.compile(r"\b(?:most|best)\b.*\b(?:to|and)\b.*\bleast\b", re.I)
_TASK = re.compile(r"\W*(?:put|rank|rate|order|sort|choose|pick|select|mark|judge|decide|say)\b", re.I)
_BLANK = re.compile(r"_{3,}")
_TRUE = re.compile(
    r"\bwhich (?:one )?(?:of the following|of these|statement|sentence)\b.*\b(true|correct|right|false)\b",
    re.I,
)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_QUOTES = ('"', "“")
_RANGE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:-|–|to)\s*(\d+(?:\.\d+)?)")


def check(item: Item, known: Set[str]) -> Iterator[Finding]:
    """What is wrong with how the item is built."""
    for path, text in questions(item):
        yield from _check_question(text, path, scene="" if path == ("stem",) else item.stem)
    for each in item.lists():
        yield from _check_texts(each)
        yield from _check_alike(each)
        if each.are_compared:
            yield from _check_start(each)
            yield from _check_numbers(each)
        if lead := dict(questions(item)).get(_stem_of(each)):
            yield from _check_double_negative(each, lead)


def questions(item: Item) -> Iterator[tuple[Path, str]]:
    """The stems that ask, with their paths: not those that only set a scene."""
    if ITEM_TYPES[item.type].asks_in_stem:
        yield ("stem",), item.stem
    for each in item.lists():
        if each.path[0] == "parts":
            yield _stem_of(each), each.lead


def _stem_of(each: OptionList) -> Path:
    return (*each.path[:-1], "stem")


def _asked(stem: str) -> str:
    """The last sentence of a stem, without what somebody says in it."""
    return _ENDS.sub(" ", unquoted(split_stem(stem)[1]))


def _check_question(stem: str, path: Path, scene: str) -> Iterator[Finding]:
    asked = _asked(stem)
    negative = _NEGATIVE.search(asked)
    if negative:
        is_bold = any(_NEGATIVE.search(bold) for bold in _BOLD.findall(asked))
        rule = NEGATIVE_STEM if is_bold else HIDDEN_NEGATIVE
        yield rule.finding(path, f"the question has “{negative[0]}”")
    if (
        "?" not in asked
        and not _TASK.match(asked)
        and (asked.rstrip().endswith((".", "!")) or len(words(asked)) < LEAST_COMPLETION)
    ):
        yield NO_QUESTION.finding(path, "the stem ends without a question")
    blank = _BLANK.search(stem)
    if blank and blank.start() < len(stem) * 2 / 3:
        yield BLANK_IN_MIDDLE.finding(path, "the stem goes on after its blank")
    if _TRUE.search(asked) and len(content(unquoted(f"{scene} {stem}"))) < LEAST_CONTENT:
        yield TRUE_FALSE_IN_DISGUISE.finding(
            path, "the stem asks which option is true, and about nothing else"
        )


def _check_double_negative(each: OptionList, stem: str) -> Iterator[Finding]:
    if not _NEGATIVE.search(_asked(stem)):
        return
    for index, option in enumerate(each.options):
        if denied := _DENIED.search(" ".join(words(option.text))):
            told = f"the question is negative, and this option has “{denied[0]}”"
            yield DOUBLE_NEGATIVE.finding((*each.path, index, "text"), told)


def _check_texts(each: OptionList) -> Iterator[Finding]:
    """Options that only point at other options."""
    for index, option in enumerate(each.options):
        path, said = (*each.path, index, "text"), " ".join(words(option.text))
        if _ALL.match(said):
            yield ALL_OF_THE_ABOVE.finding(path, f"“{said}”")
        elif _NONE.match(said):
            yield NONE_OF_THE_ABOVE.finding(path, f"“{said}”")
        elif _COMBINED.fullmatch(said):
            yield K_TYPE.finding(path, f"“{said}” combines options")


def _check_alike(each: OptionList) -> Iterator[Finding]:
    """Pairs that say the same. Those that differ by a not say the opposite; see the cues."""
    said = [words(option.text) for option in each.options]
    about = [content(option.text) for option in each.options]
    for first, second in combinations(range(len(said)), 2):
        if bool(_DENIED.search(" ".join(said[first]))) != bool(_DENIED.search(" ".join(said[second]))):
            continue
        least = min(len(about[first]), len(about[second]))
        is_alike = least >= LEAST_ALIKE_WORDS and jaccard(about[first], about[second]) > ALIKE
        if said[first] != said[second] and (is_alike or _holds(said[first], said[second])):
            path = (*each.path, second, "text")
            yield DUPLICATE_OPTIONS.finding(path, f"this option says the same as option {first + 1}")


def _holds(first: Sequence[str], second: Sequence[str]) -> bool:
    """Whether one list of words stands within the other."""
    short, long = sorted((first, second), key=len)
    return len(short) >= LEAST_ALIKE_WORDS and f" {' '.join(short)} " in f" {' '.join(long)} "


def _check_start(each: OptionList) -> Iterator[Finding]:
    if all(option.text.startswith(_QUOTES) for option in each.options):
        return  # what somebody says cannot begin in the stem
    starts = {tuple(words(option.text)[:SAME_START]) for option in each.options}
    if len(each.options) > 1 and len(starts) == 1 and len(start := starts.pop()) == SAME_START:
        yield REPEATED_START.finding(each.path, f"every option begins with “{' '.join(start)}”")


def _check_numbers(each: OptionList) -> Iterator[Finding]:
    texts = [option.text for option in each.options]
    if any(len(words(text)) > LONGEST_NUMBER_OPTION for text in texts):
        return
    ranges = [_range(text) for text in texts]
    numbers = [_NUMBER.search(text) for text in texts]
    values = [float(found[0].replace(",", "")) for found in numbers if found]
    if len(values) == len(texts) and list(values) not in (sorted(values), sorted(values, reverse=True)):
        yield NUMERIC_ORDER.finding(each.path, "the options are numbers out of order")
    known = sorted(each for each in ranges if each)
    for (_, end), (start, _) in pairwise(known):
        if start <= end:
            yield OVERLAPPING_RANGES.finding(each.path, f"{start:g} is in two ranges")


def _range(text: str) -> tuple[float, float] | None:
    found = _RANGE.search(text)
    return (float(found[1]), float(found[2])) if found else None
