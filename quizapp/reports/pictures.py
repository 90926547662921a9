"""The pictures of the group report, each with the rows of the table beside it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from quizapp.core.charts import Bar, Mark, Point, Svg, interval_bars, trend_line
from quizapp.core.heat import Count, HeatCells, Html
from quizapp.core.intervals import not_enough, wilson
from quizapp.core.reference import Domain, Misstep, Principle, Taxonomy
from quizapp.i18n import format_date, points_text
from quizapp.i18n import gettext as _
from quizapp.reports.cohort import NOTHING, CohortReport, Line, Week

BARS = 12  # more of them are a table


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A chart and the same numbers as a table."""

    title: str
    caption: str
    svg: Svg
    headers: list[str]
    rows: list[list[str]]


def percent(count: Count) -> str:
    return f"{round(100 * count[1] / count[0])} %"


def likely(count: Count) -> str:
    """The 90 % interval of a count with enough answers."""
    low, high = (round(100 * edge) for edge in wilson(count[1], count[0]))
    return _("%(low)s to %(high)s %%", low=low, high=high)


def heat_words(n: int, hits: Fraction | int) -> tuple[str, str, str]:
    """What stands in a cell, below it, and on hover."""
    if n == 0:
        return "–", "", ""
    if not_enough(n):
        return f"({n})", "", _("%(n)s so far, not enough yet", n=n)
    title = _("%(hits)s of %(n)s, likely %(range)s", hits=points_text(hits), n=n, range=likely((n, hits)))
    return percent((n, hits)), _("of %(n)s", n=n), title


def names_of(taxonomy: Taxonomy, by: str) -> Callable[[str], str]:
    """Gives the name of a domain, principle or misstep; one that is gone keeps its id."""
    kinds: dict[str, Mapping[str, Domain] | Mapping[str, Principle] | Mapping[str, Misstep]] = {
        "domain": taxonomy.domain_by_id,
        "principle": taxonomy.principle_by_id,
        "misstep": taxonomy.misstep_by_id,
    }
    found = kinds[by]
    return lambda key: found[key].name if key in found else key


def headings_of(taxonomy: Taxonomy, by: str) -> Callable[[str], str]:
    """The same, short for a column where there is a short one."""
    if by != "domain":
        return names_of(taxonomy, by)
    found = taxonomy.domain_by_id
    return lambda key: found[key].short_name if key in found else key


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatMap:
    """The rows of the table of learners; the headings of its columns are links and made by the page."""

    whole: Html
    rows: list[Html]


def heat_map(report: CohortReport, lines: Sequence[Line]) -> HeatMap:
    cells = HeatCells(heat_words)
    keys = report.keys
    return HeatMap(
        whole=cells.cells([report.total, *(report.whole[key] for key in keys)]),
        rows=[
            cells.row(line.name, [line.total, *[line.counts.get(key, NOTHING) for key in keys]])
            for line in lines
        ],
    )


def group(report: CohortReport, taxonomy: Taxonomy) -> Picture | None:
    """The whole group by domain; of the principles those with the lowest success."""
    name = names_of(taxonomy, report.by)
    found = [(name(key), report.whole[key]) for key in report.keys if report.whole[key][0]]
    title, caption = (
        _("The group by domain"),
        _(
            "First answers of all members that chose the best response. The light band shows where the "
            "long-run share likely is (9 times of 10)."
        ),
    )
    if len(found) > BARS:
        found = sorted(
            (pair for pair in found if not not_enough(pair[1][0])), key=lambda pair: pair[1][1] / pair[1][0]
        )[:BARS]
        title = _("Where the group finds it hardest")
    if not found:
        return None
    svg = interval_bars("group", title, caption, [_bar(*pair) for pair in found])
    headers = [
        _("Domain") if report.by == "domain" else _("Principle"),
        _("Best response"),
        _("First answers"),
        _("Share"),
        _("Likely range"),
    ]
    return Picture(
        title=title, caption=caption, svg=svg, headers=headers, rows=[_row(*pair) for pair in found]
    )


def _bar(label: str, count: Count) -> Bar:
    n, hits = count
    if not_enough(n):
        return Bar(label=label, note=_("%(n)s so far, not enough yet", n=n), value=None)
    low, high = wilson(hits, n)
    note = _("%(hits)s of %(n)s", hits=points_text(hits), n=n)
    return Bar(label=label, note=note, value=float(hits / n), low=low, high=high)


def _row(label: str, count: Count) -> list[str]:
    n, hits = count
    if not_enough(n):
        return [label, "–", str(n), "–", _("not enough yet")]
    return [label, points_text(hits), str(n), percent(count), likely(count)]


def missteps(report: CohortReport, taxonomy: Taxonomy) -> Picture | None:
    """The missteps that the group chose most; None as long as none was chosen twice."""
    name = names_of(taxonomy, "misstep")
    found = [each for each in report.missteps if each.chosen >= 2][:BARS]
    if not found:
        return None
    title = _("Missteps the group chose most")
    caption = _("How often a misstep was chosen out of the times it was among the responses.")
    bars = [
        Bar(
            label=name(each.key),
            note=_("chosen %(hits)s of %(n)s times", hits=each.chosen, n=each.offered),
            value=each.chosen / each.offered,
        )
        for each in found
    ]
    rows = [
        [
            name(each.key),
            str(each.chosen),
            str(each.offered),
            percent((each.offered, each.chosen)),
            str(each.learners),
        ]
        for each in found
    ]
    headers = [_("Misstep"), _("Chosen"), _("Times offered"), _("Share"), _("Learners who chose it")]
    svg = interval_bars("missteps", title, caption, bars)
    return Picture(title=title, caption=caption, svg=svg, headers=headers, rows=rows)


def trend(report: CohortReport) -> Picture | None:
    """Week by week; None below two weeks with enough answers."""
    told = [week for week in report.weeks if not not_enough(week.answered)]
    if len(told) < 2:
        return None
    title = _("Week by week")
    caption = _(
        "Of the answers in attempts finished that week, the share that chose the best response. Items met "
        "before count too."
    )
    points = [
        Point(label=format_date(week.first_day), value=float(week.right / week.answered), note=_share(week))
        for week in told
    ]
    axis = [Mark(value=share / 100, label=f"{share} %") for share in (0, 50, 100)]
    headers = [
        _("Week from"),
        _("Learners"),
        _("Attempts finished"),
        _("Answers"),
        _("Best response"),
        _("Share"),
    ]
    rows = [
        [
            format_date(week.first_day),
            str(len(week.learners)),
            str(week.attempts),
            str(week.answered),
            "–" if not_enough(week.answered) else points_text(week.right),
            _share(week),
        ]
        for week in report.weeks
    ]
    svg = trend_line("trend", title, caption, points, axis)
    return Picture(title=title, caption=caption, svg=svg, headers=headers, rows=rows)


def _share(week: Week) -> str:
    if not_enough(week.answered):
        return _("not enough yet")
    return f"{round(100 * week.right / week.answered)} %"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptsRow:
    """What a learner finished lately, in words."""

    name: str
    finished: int
    last: str
    mocks: int
    result: str


def attempts(lines: Sequence[Line], day: Callable[[datetime], str]) -> list[AttemptsRow]:
    """:param day: a day in words; asked once for each moment's date, as words for dates cost much."""
    kept: dict[str, str] = {}

    def on(moment: datetime) -> str:
        quarter = f"{moment:%Y-%m-%d %H}:{moment.minute // 15}"  # in every zone a day begins with one
        if quarter not in kept:
            kept[quarter] = day(moment)
        return kept[quarter]

    return [
        AttemptsRow(
            name=line.name,
            finished=line.finished,
            last=on(line.last_at) if line.last_at else _("Not yet"),
            mocks=line.mocks,
            result=_result(line, on),
        )
        for line in lines
    ]


def _result(line: Line, on: Callable[[datetime], str]) -> str:
    if line.last_mock is None:
        return "–"
    at, right, items = line.last_mock
    return _("%(right)s of %(items)s on %(day)s", right=points_text(right), items=items, day=on(at))
