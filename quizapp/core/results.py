"""What a handed-in form shows: n of m per domain, the board's line or study targets, and what to do next.

Every comparison is exact: points are fractions, and no float is near a cut score.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Literal

from quizapp.core.blueprint import PassRule
from quizapp.core.intervals import not_enough, wilson
from quizapp.core.selection import smoothed

STUDY_PERCENTS = (70, 80)  # side by side where the board's own line says nothing about a percent


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item of a form as scored: `earned` is its points over its maximum, 0 when omitted."""

    domain: str
    earned: Fraction
    answered: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainResult:
    """Earned of all items of the form; the 90 % interval is None below five items ("not enough yet")."""

    domain: str | None  # None: the whole form
    earned: Fraction
    answered: int
    items: int
    interval: tuple[float, float] | None

    @property
    def omitted(self) -> int:
        """Items that were not answered; they count in `items` and earn nothing."""
        return self.items - self.answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The results of a form, per domain and in all."""

    domains: tuple[DomainResult, ...]
    total: DomainResult


def summarize(entries: Iterable[Entry], order: Sequence[str] = ()) -> Summary:
    """Per domain and in all; domains come as in `order`, others after them by name.

    :raises ValueError: if an item earns less than 0, more than 1, or anything without an answer.
    """
    rows = list(entries)
    for row in rows:
        if not 0 <= row.earned <= 1 or (row.earned and not row.answered):
            raise ValueError(f"no such score: {row}")
    present = {row.domain for row in rows}
    domains = [domain for domain in order if domain in present] + sorted(present.difference(order))
    return Summary(
        domains=tuple(_result(domain, [row for row in rows if row.domain == domain]) for domain in domains),
        total=_result(None, rows),
    )


def _result(domain: str | None, rows: Sequence[Entry]) -> DomainResult:
    earned, items = sum((row.earned for row in rows), Fraction(0)), len(rows)
    return DomainResult(
        domain=domain,
        earned=earned,
        answered=sum(row.answered for row in rows),
        items=items,
        interval=None if not_enough(items) else wilson(float(earned), items),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A line on a form of this length: `needed` whole items of `items`."""

    share: Fraction  # 0-1
    needed: int
    items: int
    reached: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What may be said about the result.

    `board`: the board's own line, reached or not. `study_target`: one target of the house, never pass or
    fail. `study_targets`: the board's line says nothing about a percent, so two targets stand side by side.
    """

    basis: Literal["board", "study_target", "study_targets"]
    targets: tuple[Target, ...]

    @property
    def reached(self) -> bool | None:
        """Whether the one line was reached; None when there is no verdict."""
        return None if self.basis == "study_targets" else self.targets[0].reached


def verdict(rule: PassRule, earned: Fraction | int, items: int) -> Verdict:
    """The verdict that the board's rule allows on `earned` points of `items`.

    :raises ValueError: for a rule without its numbers, or a form without items.
    """
    if items < 1:
        raise ValueError("a form without items has no result")
    match rule.kind:
        case "scaled" | "unknown":
            percents = rule.study_targets or STUDY_PERCENTS
            shares = [Fraction(percent, 100) for percent in percents]
            targets = tuple(_target(share, earned, items) for share in shares)
            return Verdict(basis="study_targets", targets=targets)
        case "percent" | "raw":
            return Verdict(basis="board", targets=(_target(_line(rule), earned, items),))
        case "study_target":
            return Verdict(basis="study_target", targets=(_target(_line(rule), earned, items),))


def _line(rule: PassRule) -> Fraction:
    """The share to reach; a count wins over a percent, which may be a rounded form of it."""
    if rule.kind != "percent" and rule.raw is not None and rule.of is not None:
        return Fraction(rule.raw, rule.of)
    if rule.kind != "raw" and rule.percent is not None:
        return Fraction(rule.percent, 100)
    raise ValueError(f"no line can be drawn by {rule!r}")


def _target(share: Fraction, earned: Fraction | int, items: int) -> Target:
    return Target(share=share, needed=ceil(share * items), items=items, reached=earned >= share * items)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrincipleTally:
    """Items of the form keyed on a principle."""

    principle: str
    earned: Fraction
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MisstepTally:
    """How often a misstep was among the options of an answered item, and how often it was chosen."""

    misstep: str
    chosen: int
    offered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """One thing to practise next; the reason is a code, its words belong to the web.

    `numbers` by reason: domain_missed {earned, items}; domain_unanswered {omitted, items};
    principle_missed {earned, items}; misstep_chosen {chosen, offered}.
    """

    kind: Literal["domain", "principle", "misstep"]
    key: str
    reason_code: Literal["domain_missed", "domain_unanswered", "principle_missed", "misstep_chosen"]
    numbers: Mapping[str, Fraction | int]
    gain: Fraction  # items that a form like this one is expected to lose here


def three_suggestions(
    domains: Iterable[DomainResult],
    principles: Iterable[PrincipleTally],
    missteps: Iterable[MisstepTally],
) -> list[Suggestion]:
    """Up to three things that would help most, the best expected gain first.

    The best of each kind comes in, so that three domains do not crowd out the principle behind them all;
    what is then missing to three is filled by gain. One slip is no pattern: a principle needs two items, a
    misstep two choices.
    """
    ranked = sorted(
        [
            *(_of_domain(row) for row in domains if row.domain is not None and row.earned < row.items),
            *(_of_principle(row) for row in principles if row.items >= 2 and row.earned < row.items),
            *(_of_misstep(row) for row in missteps if row.chosen >= 2),
        ],
        key=lambda suggestion: (-suggestion.gain, suggestion.kind, suggestion.key),
    )
    best_of_kind = {suggestion.kind: suggestion for suggestion in reversed(ranked)}.values()
    rest = [suggestion for suggestion in ranked if suggestion not in best_of_kind]
    chosen = [*best_of_kind, *rest][:3]
    return [suggestion for suggestion in ranked if suggestion in chosen]


def _of_domain(row: DomainResult) -> Suggestion:
    # Items left open ask for other advice (mind the time) than items missed.
    left_open = 2 * row.omitted > row.items - row.earned
    missed: dict[str, Fraction | int] = {"earned": row.earned, "items": row.items}
    return Suggestion(
        kind="domain",
        key=row.domain or "",
        reason_code="domain_unanswered" if left_open else "domain_missed",
        numbers={"omitted": row.omitted, "items": row.items} if left_open else missed,
        gain=row.items * (1 - smoothed(row.earned, row.items)),
    )


def _of_principle(row: PrincipleTally) -> Suggestion:
    return Suggestion(
        kind="principle",
        key=row.principle,
        reason_code="principle_missed",
        numbers={"earned": row.earned, "items": row.items},
        gain=row.items * (1 - smoothed(row.earned, row.items)),
    )


def _of_misstep(row: MisstepTally) -> Suggestion:
    # One option of four: before any answer, a misstep is expected to be chosen one time in four.
    rate = Fraction(row.chosen + 1, row.offered + 4)
    return Suggestion(
        kind="misstep",
        key=row.misstep,
        reason_code="misstep_chosen",
        numbers={"chosen": row.chosen, "offered": row.offered},
        gain=row.offered * rate,
    )
