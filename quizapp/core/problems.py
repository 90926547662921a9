"""What is wrong with content, each with its place."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from quizapp.core.items.base import Severity

MOST_SHOWN_PER_FILE = 200


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong at one place; lines and columns count from 1, and 0 stands for the file as a whole."""

    file: str
    line: int
    column: int
    severity: Severity
    rule: str
    item: str | None
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.severity} {self.rule}: {self.message}"


def has_errors(problems: Iterable[Problem]) -> bool:
    """Whether any of the problems is more than a warning."""
    return any(problem.severity == "error" for problem in problems)


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """The problems by file and place, each once."""
    return sorted(
        set(problems), key=lambda each: (each.file, each.line, each.column, each.rule, each.message)
    )


def shortened(problems: Iterable[Problem], most: int = MOST_SHOWN_PER_FILE) -> list[Problem]:
    """The problems in order, at most so many per file, errors first to stay; a last row counts the rest."""
    shown: list[Problem] = []
    for file, group in groupby(in_order(problems), key=lambda each: each.file):
        rows = list(group)
        kept = in_order(sorted(rows, key=lambda each: each.severity != "error")[:most])
        shown += kept
        if len(rows) > most:
            shown.append(_rest(file, rows, most))
    return shown


def _rest(file: str, rows: list[Problem], most: int) -> Problem:
    severity: Severity = "error" if has_errors(rows) else "warning"
    message = f"{len(rows) - most} more problems in this file; mend the first ones and check again"
    return Problem(file, rows[-1].line, rows[-1].column, severity, "more-problems", None, message)
