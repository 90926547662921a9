"""The group report as a file: one row for each figure, so that a spreadsheet can filter and turn it.

The file names learners and is for the staff of the programme: figures of fewer than five people are not
masked in it.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from fractions import Fraction

from sqlalchemy.orm import Session

from quizapp.banks.queries import reference
from quizapp.cohorts.models import Cohort
from quizapp.core.heat import Count
from quizapp.core.intervals import not_enough, wilson
from quizapp.core.reference import Taxonomy
from quizapp.i18n import gettext as _
from quizapp.reports.cohort import KINDS, CohortReport, read
from quizapp.reports.pictures import names_of

# A spreadsheet takes a cell that begins like this for a formula; the wide ones in East Asian versions.
FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
# Excel takes a file without this mark for one in an old code page and spoils names such as "Zoë"; programs
# that read UTF-8 know it.
MARK = "\ufeff"

Row = list[str | int]


def csv_file(session: Session, cohort: Cohort, now: datetime) -> bytes:
    """The file with the report by domain and the one by principle."""
    reports = [read(session, cohort, by, now) for by in KINDS]
    return csv_bytes(rows(reports, reference(session).taxonomy))


def csv_bytes(lines: Iterator[Row]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([safe(cell) for cell in row] for row in lines)
    return (MARK + text.getvalue()).encode()


def safe(cell: str | int) -> str | int:
    """A text that no spreadsheet runs as a formula: an apostrophe in front makes it text."""
    if isinstance(cell, str) and cell.lstrip(" ").startswith(FORMULA_STARTS):
        return f"'{cell}"
    return cell


def plain_number(count: Fraction | int) -> int | str:
    """A count as a spreadsheet in any language of ours reads it: whole, or with two decimals and a point."""
    return int(count) if count.denominator == 1 else f"{float(count):.2f}"


def rows(reports: Sequence[CohortReport], taxonomy: Taxonomy) -> Iterator[Row]:
    """The headings, and the figures of the report by domain and of the one by principle."""
    yield headings()
    for report in reports:
        name = names_of(taxonomy, report.by)
        yield from _group(report, _("Whole group"), report.by, "", _("All"), report.total)
        for key in report.keys:
            yield from _group(report, _("Whole group"), report.by, key, name(key), report.whole[key])
        for line in report.lines:
            for key in report.keys:
                if count := line.counts.get(key):
                    yield from _group(report, line.name, report.by, key, name(key), count)
    yield from _missteps(reports[0], taxonomy)
    yield from _mocks(reports[0])


def headings() -> Row:
    """What each column holds, in full: the file is read without us."""
    return [
        _("Group"),
        _("Whose"),
        _("About (domain, principle, misstep, last mock exam)"),
        _("Id"),
        _("Name"),
        _("Counted (first answers; misstep: times offered; mock: items)"),
        _("Of these (best response; misstep: times chosen; empty below 5)"),
        _("Share in percent (empty below 5)"),
        _("Likely from, in percent (nine times of ten)"),
        _("Likely to, in percent"),
        _("Learners who chose the misstep"),
        _("Mock handed in on (UTC)"),
    ]


def _group(report: CohortReport, whose: str, about: str, key: str, name: str, count: Count) -> Iterator[Row]:
    yield [report.cohort.name, whose, about, key, name, *_figures(count), "", ""]


def _figures(count: Count) -> Row:
    n, hits = count
    if not_enough(n):
        return [n, "", "", "", ""]
    low, high = wilson(hits, n)
    return [n, plain_number(hits), *(f"{100 * float(share):.1f}" for share in (hits / n, low, high))]


def _missteps(report: CohortReport, taxonomy: Taxonomy) -> Iterator[Row]:
    name = names_of(taxonomy, "misstep")
    for each in report.missteps:
        figures = _figures((each.offered, each.chosen))
        whose = [report.cohort.name, _("Whole group"), "misstep", each.key, name(each.key)]
        yield [*whose, *figures, each.learners, ""]


def _mocks(report: CohortReport) -> Iterator[Row]:
    for line in report.lines:
        if line.last_mock:
            at, right, items = line.last_mock
            share = f"{100 * float(right) / items:.1f}"
            yield [
                *(report.cohort.name, line.name, "mock", "", ""),
                *(items, plain_number(right), share, "", "", "", f"{at:%Y-%m-%d %H:%M}"),
            ]
