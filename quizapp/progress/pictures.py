"""The pictures of the home page, each with the rows of the table beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from quizapp.core.charts import (
    Bar,
    Mark,
    Point,
    Square,
    SquareRow,
    Svg,
    interval_bars,
    principle_map,
    trend_line,
)
from quizapp.core.reference import Taxonomy
from quizapp.exams.queries import PastAttempt
from quizapp.i18n import day, points_text
from quizapp.i18n import gettext as _
from quizapp.progress.queries import Standing, Standings


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A chart and the same numbers as a table."""

    svg: Svg
    headers: list[str]
    rows: list[list[str]]


def domains(standings: Standings, taxonomy: Taxonomy) -> Picture:
    found = [(domain.name, standings.domains.get(domain.id)) for domain in taxonomy.domains]
    svg = interval_bars(
        "domains",
        _("Success by domain"),
        _("For each domain the share of first answers that chose the best response, with its likely range."),
        [_bar(name, standing) for name, standing in found],
    )
    return Picture(svg=svg, headers=_headers(_("Domain")), rows=[_row(*pair) for pair in found])


def principles(standings: Standings, taxonomy: Taxonomy, by_domain: Mapping[str, Sequence[str]]) -> Picture:
    rows, table = [], []
    for domain in taxonomy.domains:
        ids = by_domain.get(domain.id, ())
        if not ids:
            continue
        squares = []
        for principle_id in ids:
            name = taxonomy.principle_by_id[principle_id].name
            standing = standings.principles.get(principle_id)
            squares.append(
                Square(
                    title=f"{name}: {_count(standing)}",
                    value=standing.share if standing else None,
                    answers=standing.n if standing else 0,
                    hits=int(standing.hits) if standing else 0,
                )
            )
            table.append(_row(name, standing))
        rows.append(SquareRow(label=domain.name, squares=squares))
    svg = principle_map(
        "principles",
        _("Success by principle"),
        _(
            "One square for each principle. With fewer than five first answers it has a dot for each, a full "
            "one for the best response. From five on it fills up: the fuller, the more often you chose it."
        ),
        rows,
    )
    return Picture(svg=svg, headers=_headers(_("Principle")), rows=table)


def missteps(standings: Standings, taxonomy: Taxonomy) -> Picture | None:
    """The missteps chosen most; None as long as none was chosen twice."""
    most = standings.most_chosen()
    if not most:
        return None
    found = [(taxonomy.misstep_by_id[standing.key].name, standing) for standing in most]
    bars = [
        Bar(
            label=name,
            note=_("chosen %(hits)s of %(n)s times", hits=standing.hits, n=standing.n),
            value=float(standing.hits / standing.n),
        )
        for name, standing in found
    ]
    svg = interval_bars(
        "missteps",
        _("Missteps you chose most"),
        _("How often you chose a misstep out of the times it was among the responses."),
        bars,
    )
    rows = [[name, str(standing.hits), str(standing.n)] for name, standing in found]
    return Picture(svg=svg, headers=[_("Misstep"), _("Chosen"), _("Times offered")], rows=rows)


def trend(past: Sequence[PastAttempt]) -> Picture | None:
    """Attempts from old to new; None below two of them."""
    shown = [attempt for attempt in reversed(past) if attempt.counted]
    if len(shown) < 2:
        return None
    points = [
        Point(
            label=day(attempt.submitted_at),
            value=float(attempt.right / attempt.counted),
            note=_percent(attempt),
        )
        for attempt in shown
    ]
    svg = trend_line(
        "trend",
        _("Your attempts over time"),
        _("The share of best responses in each attempt, the oldest at the left."),
        points,
        [Mark(value=share / 100, label=f"{share} %") for share in (0, 50, 100)],
    )
    rows = [
        [day(attempt.submitted_at), f"{points_text(attempt.right)} / {attempt.counted}", _percent(attempt)]
        for attempt in shown
    ]
    return Picture(svg=svg, headers=[_("Day"), _("Best responses"), _("Share")], rows=rows)


def _percent(attempt: PastAttempt) -> str:
    return f"{round(100 * attempt.right / attempt.counted)} %"


def _bar(name: str, standing: Standing | None) -> Bar:
    low, high = standing.interval if standing and standing.interval else (None, None)
    return Bar(
        label=name, note=_count(standing), value=standing.share if standing else None, low=low, high=high
    )


def _count(standing: Standing | None) -> str:
    if standing is None or standing.n == 0:
        return _("no answers yet")
    if standing.interval is None:
        return _("%(hits)s of %(n)s, not enough yet", hits=points_text(standing.hits), n=standing.n)
    return _("%(hits)s of %(n)s", hits=points_text(standing.hits), n=standing.n)


def _headers(first: str) -> list[str]:
    return [first, _("Best response"), _("First answers"), _("Likely range")]


def _row(name: str, standing: Standing | None) -> list[str]:
    if standing is None or standing.n == 0:
        return [name, "0", "0", _("not enough yet")]
    return [name, points_text(standing.hits), str(standing.n), _range(standing)]


def _range(standing: Standing) -> str:
    if standing.interval is None:
        return _("not enough yet")
    low, high = (round(100 * edge) for edge in standing.interval)
    return _("%(low)s to %(high)s %%", low=low, high=high)
