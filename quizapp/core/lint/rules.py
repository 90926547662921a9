"""What a rule of the linter is, and what it finds."""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import Protocol

from quizapp.core.items.base import Finding, Item, Path, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class LintRule:
    """One rule: `reason` says why it is there, `instead` what to do."""

    id: str
    severity: Severity
    reason: str
    instead: str

    def finding(self, path: Path, told: str) -> Finding:
        """What this rule has to say at a path: what is there, and what to do."""
        return Finding(path, self.severity, self.id, f"{told}; {self.instead}")


class Group(Protocol):
    """A module of rules on items; `known` are words that readers of the bank know, in lower case."""

    @property
    def RULES(self) -> tuple[LintRule, ...]: ...

    def check(self, item: Item, known: Set[str]) -> Iterator[Finding]: ...
