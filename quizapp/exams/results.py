"""The results of a mock: what `core.results` works out, with its pictures."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from quizapp.core.blueprint import ExamBlueprint
from quizapp.core.charts import Bar, Mark, Svg, interval_bars
from quizapp.core.results import (
    DomainResult,
    Entry,
    MisstepTally,
    PrincipleTally,
    Suggestion,
    Summary,
    Verdict,
    summarize,
    three_suggestions,
    verdict,
)
from quizapp.exams.queries import Reviewed, ReviewedItem
from quizapp.i18n import gettext as _
from quizapp.i18n import points_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Everything that the results page shows."""

    reviewed: Reviewed
    blueprint: ExamBlueprint
    summary: Summary
    verdict: Verdict
    chart: Svg
    rows: list[list[str]]
    suggestions: list[Suggestion]


def work_out(reviewed: Reviewed) -> Results:
    """:raises ValueError: for an attempt without a blueprint."""
    if reviewed.blueprint is None:
        raise ValueError("only a mock has results by domain")
    blueprint = reviewed.blueprint
    entries = [_entry(item) for item in reviewed.items]
    summary = summarize(entries, order=list(blueprint.domain_names))
    names = blueprint.domain_names
    found = verdict(blueprint.pass_rule, summary.total.earned, summary.total.items)
    ours = summarize(
        [
            Entry(domain=item.item.domain, earned=entry.earned, answered=entry.answered)
            for item, entry in zip(reviewed.items, entries, strict=True)
        ]
    )
    return Results(
        reviewed=reviewed,
        blueprint=blueprint,
        summary=summary,
        verdict=found,
        chart=domain_chart(summary.domains, names, found),
        rows=[_row(result, names) for result in (*summary.domains, summary.total)],
        suggestions=three_suggestions(ours.domains, principle_tallies(reviewed), misstep_tallies(reviewed)),
    )


def _entry(item: ReviewedItem) -> Entry:
    return Entry(domain=item.board_domain, earned=item.share, answered=item.answer is not None)


def domain_chart(results: tuple[DomainResult, ...], names: Mapping[str, str], found: Verdict) -> Svg:
    bars = [
        Bar(
            label=names.get(result.domain or "", result.domain or ""),
            note=count_text(result),
            value=float(result.earned / result.items) if result.interval else None,
            low=result.interval[0] if result.interval else None,
            high=result.interval[1] if result.interval else None,
        )
        for result in results
    ]
    line = None
    if found.basis != "study_targets":
        share = found.targets[0].share
        percent = round(share * 100)
        if found.basis == "study_target":
            words = _("study target %(percent)s %%", percent=percent)
        else:
            words = _("board's line %(percent)s %%", percent=percent)
        line = Mark(value=float(share), label=words)
    return interval_bars(
        "domains",
        _("Result by domain"),
        _("For each domain the share of items where you chose the keyed response, with its likely range."),
        bars,
        line,
    )


def count_text(result: DomainResult) -> str:
    if result.interval is None:
        return _(
            "%(earned)s of %(items)s, not enough yet for a range",
            earned=points_text(result.earned),
            items=result.items,
        )
    return _("%(earned)s of %(items)s", earned=points_text(result.earned), items=result.items)


def _row(result: DomainResult, names: Mapping[str, str]) -> list[str]:
    return [
        names.get(result.domain, result.domain) if result.domain else _("All items"),
        points_text(result.earned),
        str(result.items),
        str(result.omitted),
        range_text(result.interval),
    ]


def range_text(interval: tuple[float, float] | None) -> str:
    if interval is None:
        return _("not enough yet")
    return _("%(low)s to %(high)s %%", low=round(interval[0] * 100), high=round(interval[1] * 100))


def principle_tallies(reviewed: Reviewed) -> list[PrincipleTally]:
    earned: dict[str, list[Fraction]] = defaultdict(list)
    for item in reviewed.items:
        earned[item.item.principle].append(item.share)
    return [
        PrincipleTally(principle=principle, earned=sum(shares, Fraction(0)), items=len(shares))
        for principle, shares in earned.items()
    ]


def misstep_tallies(reviewed: Reviewed) -> list[MisstepTally]:
    offered: dict[str, int] = defaultdict(int)
    chosen: dict[str, int] = defaultdict(int)
    for item in reviewed.answered:
        for misstep in item.kind.missteps_offered(item.item, item.answer):
            offered[misstep] += 1
        for misstep in item.kind.missteps_chosen(item.item, item.answer):
            chosen[misstep] += 1
    return [
        MisstepTally(misstep=misstep, chosen=count, offered=offered[misstep])
        for misstep, count in chosen.items()
    ]
