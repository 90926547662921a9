"""The linter of items: what a person who reviews an item would look for, rule by rule.

A group of rules is a module with RULES and `check`; the rules on words are data, in language.yaml. It finds;
whether a finding counts in a bank, and which ones an item waives, the checks of the bank decide.
"""

from collections.abc import Set
from typing import Final

from quizapp.core.items.base import Finding, Item
from quizapp.core.lint import copies, cues, facts, flaws, reading
from quizapp.core.lint.language import LanguageRules, check_item_language
from quizapp.core.lint.rules import Group, LintRule

GROUPS: Final[tuple[Group, ...]] = (flaws, cues, facts, reading)


def lint_rules(language: LanguageRules | None = None) -> dict[str, LintRule]:
    """Every rule by id, those of the language file and those on pairs of items among them."""
    rules = [rule for group in GROUPS for rule in group.RULES]
    if language:
        rules += [rule.as_rule() for rule in language.rules]
    return {rule.id: rule for rule in (*rules, *copies.RULES)}


def lint_item(
    item: Item, language: LanguageRules | None = None, glossary_words: Set[str] = frozenset()
) -> list[Finding]:
    """All that the rules find in an item; a finding of severity info only counts.

    :param glossary_words: words in lower case that learners have explained, so that they are not hard.
    """
    known = glossary_words | language.known if language else glossary_words
    findings = [finding for group in GROUPS for finding in group.check(item, known)]
    return [*check_item_language(item, language), *findings] if language else findings
