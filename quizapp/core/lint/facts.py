"""What grows old, names people who live, or leaves a reader guessing: facts, names, abbreviations."""

import re
from collections.abc import Iterator, Set
from typing import Final

from quizapp.core.items.base import Finding, Item
from quizapp.core.lint.rules import LintRule
from quizapp.core.lint.words import STOP_WORDS, unquoted, word_set
from quizapp.core.states import US_STATES

UNEXPLAINED_ABBREVIATION = LintRule(
    id="unexplained-abbreviation",
    severity="warning",
    reason="Who does not know the letters is tested on them.",
    instead="write the words out once in the item",
)
REAL_PERSON = LintRule(
    id="real-person",
    severity="error",
    reason="Scenes are made up; a real name makes one about somebody.",
    instead="use a made-up name, or say what is meant without a name",
)
STALE_FACT = LintRule(
    id="stale-fact",
    severity="error",
    reason="Laws and figures change, and a wrong one is taught until somebody looks.",
    instead="name sources, checked_on and review_by, or leave it out",
)
RULES = (UNEXPLAINED_ABBREVIATION, REAL_PERSON, STALE_FACT)

# Letters that everybody reads, and words that authors write in capitals for emphasis.
_KNOWN: Final = word_set(
    "OK TV ID IDS US USA AM PM PC DVD GPS ATM FAQ UTC BEST FIRST NEXT NOT MOST LEAST EXCEPT AND OR"
    " ONLY NO YES NEVER ALWAYS ALL NOW STOP HELP"
)
_ABBREVIATION = re.compile(r"\b[A-Z]{2,6}(?=s?\b)")
# How a text explains letters: the privacy law, known as HIPAA.
_EXPLAINED = ("known as {}", "called {}", "({}", "{} is the", "{} is a", "{}, the", "{}, a")
_WORD = re.compile(r"[A-Za-z]+")
_PEOPLE = re.compile(
    r"\b(?:Bill W(?:ilson|\.)|Dr\. Bob|Carl Rogers|Mary Ellen Copeland|Pat(?:ricia)? Deegan|Larry Davidson"
    r"|William Anthony|Judi Chamberlin|Clifford Beers|Dorothea Dix|(?:William|Bill) White|Marsha Linehan"
    r"|Gabor Mat[eé]|Bren[eé] Brown|Oprah Winfrey|Matthew Perry|Robin Williams|Demi Lovato|Britney Spears"
    r"|Amy Winehouse|Robert Downey|Barack Obama|Joe Biden|Donald Trump|Kamala Harris|George Floyd|Betty Ford"
    r"|Hazelden|Mayo Clinic|Johns Hopkins)(?!\w)"
)
_LAW = re.compile(
    r"\bHIPAA\b|\bCFR\b|\bU\.?S\.?C\.?(?=\W)|\bADA\b|§|\bOlmstead\b|\bPublic Law\b"
    r"|\b(?:Section|Title) (?:\d+|[IVX]+)\b|\b(?!The\b)[A-Z][a-z]+ Act\b"
)
_FIGURE = re.compile(
    r"\b(?!100\b)\d+(?:\.\d+)? ?(?:%|percent\b|per cent\b)"
    r"|\b(?:one|\d+) (?:in|out of) (?:\d+|[a-z]+) people\b"
)


def check(item: Item, known: Set[str]) -> Iterator[Finding]:
    """What in the item names, dates or abbreviates."""
    is_dated = bool(item.sources and item.checked_on and item.review_by)
    spelled: str | None = None
    for path, text in item.every_text():
        if person := _PEOPLE.search(text):
            yield REAL_PERSON.finding(path, f"“{person[0]}” is a real name")
        if not is_dated and (fact := _LAW.search(text) or _FIGURE.search(unquoted(text))):
            yield STALE_FACT.finding(path, f"“{fact[0]}” is a fact without a date")
        for letters in sorted({*_ABBREVIATION.findall(text)} - _KNOWN - US_STATES.keys()):
            if letters.lower() in known or letters.lower() in STOP_WORDS:
                continue
            if spelled is None:
                spelled = _initials(" ".join(each for _path, each in item.every_text()))
            is_told = any(each.format(letters) in text for each in _EXPLAINED)
            if letters not in spelled and not is_told:
                yield UNEXPLAINED_ABBREVIATION.finding(path, f"“{letters}” is nowhere written out")


def _initials(text: str) -> str:
    """The first letters of all words with a capital, in order: WRAP for Wellness Recovery Action Plan."""
    found = [
        word for word in _WORD.findall(text) if word[0].isupper() and (len(word) == 1 or word[1].islower())
    ]
    return "".join(word[0] for word in found)
