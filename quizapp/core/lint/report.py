"""The whole picture of a bank: what it holds, its figures with their bounds, and what the rules find."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from quizapp.core.items import Item
from quizapp.core.items.base import Severity
from quizapp.core.lint.bank_level import alike_situations, alike_stems, bank_figures, wrong_options
from quizapp.core.lint.blind_solver import TellingWord, blind_figures, telling_words
from quizapp.core.lint.figures import Figure, choices
from quizapp.core.lint.linter import lint_rules
from quizapp.core.problems import Problem
from quizapp.core.reference import Taxonomy

# Groups of figures in the order in which they are told, with their headings.
GROUPS: Final[Mapping[str, str]] = {
    "key-position": "Where the keys stand",
    "key-length": "How long the keys are",
    "first-verb": "How the keys begin",
    "alike": "Items alike",
    "blind-solver": "What guessers get who see no stem",
    "options-alone": "Solved by the words of the options alone, by domain",
    "level": "Levels",
    "kind": "Kinds, without recall",
    "domain": "Items by domain, against a bank of 300",
    "principle": "Items by principle, against a bank of 300",
    "misstep-floor": "Wrong options by misstep: floors of a bank of 300",
    "misstep-ceiling": "Wrong options by misstep: above the ceiling",
}
CEILING: Final = "misstep-ceiling"
TELLING: Final = "Words that tell keys from wrong options"
# Those that a bank only reaches as it grows.
FLOORS: Final = frozenset({"domain", "principle", "misstep-floor"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCount:
    """How often a rule was broken, and how often an item waives it."""

    rule: str
    severity: Severity
    found: int
    waived: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BankReport:
    """What there is to say of one bank. `alike` are pairs of item ids, the later one first."""

    bank: str
    title: str
    items: int
    live: int
    counts: Mapping[str, Mapping[str, int]]
    figures: Sequence[Figure]
    rules: Sequence[RuleCount]
    alike: Sequence[tuple[str, str]]
    telling: Sequence[TellingWord]

    @property
    def verdict(self) -> str:
        """How many bounds hold, and how many floors are reached, in words."""
        bounded = [figure for figure in self.figures if figure.holds is not None]
        floors = [figure.holds for figure in bounded if figure.group in FLOORS]
        bounds = [figure.holds for figure in bounded if figure.group not in FLOORS]
        return (
            f"{bounds.count(True)} of {len(bounds)} bounds hold."
            f" {floors.count(True)} of {len(floors)} floors of a bank of 300 are reached."
        )

    def group(self, name: str) -> list[Figure]:
        """The figures of one group; of ceilings those that do not hold, as others only fill pages."""
        figures = [figure for figure in self.figures if figure.group == name]
        return [each for each in figures if not each.holds] if name == CEILING else figures


def bank_report(
    bank: str,
    title: str,
    items: Sequence[Item],
    problems: Iterable[Problem],
    taxonomy: Taxonomy | None,
) -> BankReport:
    """The report on the items of a bank that could be read, with the problems that its check told."""
    live = [item for item in items if item.status == "live"]
    picked = choices(live)
    pairs = {(each.later, each.earlier) for each in (*alike_stems(live), *alike_situations(live))}
    return BankReport(
        bank=bank,
        title=title,
        items=len(items),
        live=len(live),
        counts=_counts(live),
        figures=[*bank_figures(live, taxonomy), *blind_figures(picked)],
        rules=_rules(items, problems),
        alike=[(live[later].id, live[earlier].id) for later, earlier in sorted(pairs)],
        telling=telling_words(picked),
    )


def _counts(live: Sequence[Item]) -> dict[str, dict[str, int]]:
    """Items of each domain, kind, level, type and principle, and wrong options of each misstep."""
    fields = ("domain", "kind", "level", "type", "principle")
    counted = {field: Counter(str(getattr(item, field)) for item in live) for field in fields}
    counted["misstep"] = wrong_options(live)
    return {name: dict(sorted(counts.items())) for name, counts in counted.items()}


def _rules(items: Iterable[Item], problems: Iterable[Problem]) -> list[RuleCount]:
    known = lint_rules()
    found = Counter((problem.rule, problem.severity) for problem in problems)
    waived = Counter(waiver.rule for item in items for waiver in item.lint_ok)
    for rule in waived:
        if not any(name == rule for name, _severity in found):
            found[rule, known[rule].severity if rule in known else "warning"] = 0
    return [
        RuleCount(
            rule=rule,
            severity=severity,
            found=count,
            waived=waived[rule],
            reason=known[rule].reason if rule in known else "",
        )
        for (rule, severity), count in sorted(found.items())
    ]


def as_data(report: BankReport) -> dict[str, Any]:
    """The report as plain data for JSON."""
    figures = [asdict(figure) | {"bound": figure.bound, "holds": figure.holds} for figure in report.figures]
    return {
        "bank": report.bank,
        "title": report.title,
        "items": report.items,
        "live": report.live,
        "counts": report.counts,
        "figures": figures,
        "rules": [asdict(rule) for rule in report.rules],
        "alike": report.alike,
        "telling": [each._asdict() for each in report.telling],
    }


VERDICTS: Final[Mapping[bool | None, str]] = {True: "holds", False: "does not hold", None: "–"}


def as_text(report: BankReport) -> str:
    """The report for a terminal."""
    lines = [
        f"{report.title} ({report.bank}): {report.items} items, {report.live} live",
        report.verdict,
    ]
    for name, counts in report.counts.items():
        if name not in ("principle", "misstep", "domain"):
            told = ", ".join(f"{key} {count}" for key, count in counts.items())
            lines.append(f"{name.capitalize()}: {told or '–'}")
    for name, heading in GROUPS.items():
        figures = report.group(name)
        if figures:
            rows = [
                (each.name, each.written(each.value), each.bound, VERDICTS[each.holds]) for each in figures
            ]
            lines += ["", heading, *_columns(rows)]
    if report.alike:
        lines += ["", "Pairs alike", *(f"  {later} and {earlier}" for later, earlier in report.alike)]
    if report.telling:
        rows = [
            (each.stem, f"{each.in_keys} keys", f"{each.in_wrong} wrong", f"z {each.z:+.1f}")
            for each in report.telling
        ]
        lines += ["", TELLING, *_columns(rows)]
    lines += ["", "Findings by rule"]
    counted = [
        (each.rule, each.severity, f"{each.found} found", f"{each.waived} waived") for each in report.rules
    ]
    return "\n".join([*lines, *(_columns(counted) or ["  none"])])


def _columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    if not rows:
        return []
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
