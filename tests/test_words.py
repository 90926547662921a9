"""The product keeps to the words that it asks of items: on pages, in mails, where content is described."""

import functools
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from babel.messages.extract import extract_from_dir

from quizapp.config import PROJECT
from quizapp.core.lint.language import LANGUAGE_FILE, LanguageRules, Scope, load_language

BANKS = PROJECT / "question_banks"
METHODS = [("**.py", "python"), ("**/templates/**", "jinja2")]
KEYWORDS: dict[str, Any] = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}


@functools.cache
def language() -> LanguageRules:
    rules, problems = load_language((BANKS / LANGUAGE_FILE).read_bytes(), LANGUAGE_FILE, None)
    assert rules is not None, problems
    return rules


def messages() -> Iterator[tuple[str, Scope, str]]:
    """Every message of the program, with its file and whether a page or a mail says it."""
    for file, _line, found, _comments, _context in extract_from_dir(
        PROJECT / "quizapp", METHODS, keywords=KEYWORDS
    ):
        for text in (found,) if isinstance(found, str) else found:
            yield file, "mail" if "/mail/" in file else "page", text


def strings(data: object, place: str) -> Iterator[tuple[str, str]]:
    """Every text in a content file, with the fields that lead to it."""
    if isinstance(data, str):
        yield place, data
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from strings(value, f"{place}.{key}")
    elif isinstance(data, list):
        for index, value in enumerate(data):
            name = value.get("id", index) if isinstance(value, dict) else index
            yield from strings(value, f"{place}.{name}")


def hits(place: str, scope: Scope, text: str) -> list[tuple[str, str, str]]:
    """What a text breaks, but for what only counts."""
    found = language().hits(text, [scope])
    return [(place, hit.rule.id, hit.words) for hit in found if hit.severity != "info"]


def test_pages_and_mails_keep_to_the_words() -> None:
    told = [hit for file, scope, text in messages() for hit in hits(file, scope, text)]
    assert told == []


def test_the_messages_of_pages_and_of_mails_are_met() -> None:
    met = [scope for _file, scope, _text in messages()]
    assert met.count("page") > 300
    assert met.count("mail") > 10


@pytest.mark.parametrize(
    "file",
    [
        path.relative_to(BANKS).as_posix()
        for path in sorted(
            [*BANKS.glob("*.yaml"), *BANKS.glob("*/bank.yaml"), *BANKS.glob("blueprints/*.yaml")]
        )
        if path.name != LANGUAGE_FILE
    ],
)
def test_what_describes_content_keeps_to_the_words(file: str) -> None:
    texts = strings(yaml.safe_load((BANKS / file).read_text("utf-8")), file)
    assert [hit for place, text in texts for hit in hits(place, "page", text)] == []
