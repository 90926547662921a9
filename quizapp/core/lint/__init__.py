"""The linter of items: what a person who reviews an item would look for, rule by rule.

A group of rules is a module with RULES and `check`. It finds; whether a finding counts in a bank, and which
ones an item waives, the checks of the bank decide.
"""

from collections.abc import Set
from typing import Final

from quizapp.core.items.base import Finding, Item
from quizapp.core.lint import copies, cues, facts, flaws
from quizapp.core.lint.rules import Group, LintRule

GROUPS: Final[tuple[Group, ...]] = (flaws, cues, facts)


def lint_rules() -> dict[str, LintRule]:
    """Every rule by id; those on pairs of items, too, which `lint_item` cannot find."""
    rules = [rule for group in GROUPS for rule in group.RULES]
    return {rule.id: rule for rule in (*rules, *copies.RULES)}


def lint_item(item: Item, known_words: Set[str] = frozenset()) -> list[Finding]:
    """All that the rules find in an item.

    :param known_words: words in lower case that learners have explained.
    """
    return [finding for group in GROUPS for finding in group.check(item, known_words)]
