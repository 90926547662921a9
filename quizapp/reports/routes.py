"""Reports as pages and as files."""

from collections.abc import Mapping
from functools import partial
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from quizapp import clock, db, i18n
from quizapp.accounts.access import viewer
from quizapp.banks.queries import reference
from quizapp.cohorts.queries import own_cohort
from quizapp.progress.models import DOMAIN
from quizapp.reports import cohort as cohort_report
from quizapp.reports import exports, pictures
from quizapp.reports.cohort import KINDS, SORTS

bp = Blueprint("reports", __name__)


@bp.get("/cohorts/<int:cohort_id>/report")
def cohort(cohort_id: int) -> ResponseReturnValue:
    found = own_cohort(db.session, viewer(), cohort_id, "view")
    by = request.args.get("by", DOMAIN)
    report = cohort_report.read(db.session, found, by if by in KINDS else DOMAIN, clock.now())
    sort = request.args.get("sort", "name")
    sort = sort if sort in SORTS or sort in report.keys else "name"
    is_descending = request.args.get("order") == "desc"
    lines = cohort_report.ordered(report, sort, descending=is_descending)
    taxonomy = reference(db.session).taxonomy
    return render_template(
        "reports/cohort.html",
        cohort=found,
        report=report,
        by=report.by,
        sort=sort,
        is_descending=is_descending,
        address=partial(address, {"by": report.by, "sort": sort, "order": "desc" if is_descending else None}),
        heading=pictures.headings_of(taxonomy, report.by),
        heat=pictures.heat_map(report, lines),
        group=pictures.group(report, taxonomy),
        missteps=pictures.missteps(report, taxonomy),
        trend=pictures.trend(report),
        attempts=pictures.attempts(lines, i18n.day),
        likely=pictures.likely,
        percent=pictures.percent,
        now=clock.now(),
    )


def address(chosen: Mapping[str, str | None], **changed: str | None) -> str:
    """This page with some of its choices changed; the others stay."""
    wanted = {**chosen, **changed}
    return "?" + urlencode({name: value for name, value in wanted.items() if value is not None})


@bp.get("/cohorts/<int:cohort_id>/report.csv")
def cohort_csv(cohort_id: int) -> ResponseReturnValue:
    found = own_cohort(db.session, viewer(), cohort_id, "view")
    now = clock.now()
    response = Response(exports.csv_file(db.session, found, now), mimetype="text/csv")
    name = f"group-{found.id}-report-{now:%Y-%m-%d}.csv"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
