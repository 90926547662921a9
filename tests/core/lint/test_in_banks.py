"""What of the linter's findings counts in which bank."""

from dataclasses import replace
from typing import Any

import pytest

from quizapp.core.bank import BANK_FILE, LoadedBank, load_bank
from quizapp.core.lint.language import LanguageRules, load_language
from tests.core import test_bank
from tests.core.lint.test_language import DATA, SMALL
from tests.core.lint.test_reading import HARD
from tests.core.test_bank import META, STRICT, dump, found, item

WAGON = "She fell off the wagon. What is the **best** first response?"


def rules(text: bytes = SMALL.encode()) -> LanguageRules:
    read, problems = load_language(text, "language.yaml", None)
    assert read is not None, problems
    return read


def load(*items: dict[str, Any], meta: dict[str, Any] = STRICT, language: bytes | None = DATA) -> LoadedBank:
    """A bank of these items, checked with our own language file."""
    reference = replace(test_bank.REFERENCE, language=None if language is None else rules(language))
    return load_bank({BANK_FILE: dump(meta), "a.yaml": dump(list(items))}, reference, test_bank.TODAY)


def test_a_label_keeps_a_strict_bank_out() -> None:
    loaded = load(item(2, stem=WAGON))
    assert loaded.bank is None
    (problem,) = loaded.problems
    assert (problem.severity, problem.rule, problem.item) == ("error", "off-the-wagon", "rel-0002")
    assert problem.line > 1


def test_in_another_bank_it_is_a_warning() -> None:
    loaded = load(item(stem=WAGON), meta=META)
    assert loaded.bank is not None
    assert found(loaded) == [("warning", "off-the-wagon")]


def test_an_item_waives_a_rule_with_a_reason() -> None:
    waiver = {"rule": "off-the-wagon", "reason": "The item asks which words to avoid."}
    for meta in (META, STRICT):
        assert found(load(item(stem=WAGON, lint_ok=[waiver]), meta=meta)) == []


def test_a_waiver_of_another_rule_does_not_help() -> None:
    waiver = {"rule": "addict", "reason": "The item asks which words to avoid."}
    assert found(load(item(stem=WAGON, lint_ok=[waiver]))) == [("error", "off-the-wagon")]


def test_a_retired_item_and_a_folder_without_the_file_are_left_alone() -> None:
    assert found(load(item(stem=WAGON, status="retired"))) == []
    assert found(load(item(stem=WAGON), language=None)) == []


@pytest.mark.parametrize(("meta", "told"), [(STRICT, ["reading-grade"]), (META, [])])
def test_a_hard_item_is_a_warning_in_a_strict_bank(meta: dict[str, Any], told: list[str]) -> None:
    loaded = load(item(stem=f"{HARD} {HARD} {HARD} What is best?"), meta=meta)
    assert [problem.rule for problem in loaded.problems] == told
    assert loaded.bank is not None


def test_words_that_only_count_are_not_reported() -> None:
    assert found(load(item(stem="She relapsed last night. What is the **best** first response?"))) == []
