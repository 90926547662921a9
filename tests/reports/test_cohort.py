"""The report of a group: what stands in it, for whom, and what it costs."""

import csv
import io
import re
import stat
from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from quizapp.accounts.models import User
from quizapp.cohorts.models import Cohort
from quizapp.cohorts.services import leave
from quizapp.exams.models import Attempt, Form
from quizapp.reports import exports
from tests.factories import NOW, make_cohort, make_member, make_membership, make_programme, make_user

AddMember = Callable[..., User]
ROLE, ETHICS = "domain:role_and_values", "domain:ethics_boundaries_privacy"


def heat(page: str) -> dict[str, list[str]]:
    """The cells of the heat map by the heading of their row."""
    table = page.split('class="heat-map')[1].split("</table>")[0].split("<tbody>")[1]
    found = {}
    for row in table.split("</tr>")[:-1]:
        cells = [unescape(re.sub(r"<[^>]+>", " ", cell)) for cell in re.split(r"</t[hd]>", row)[:-1]]
        found[" ".join(cells[0].split())] = [" ".join(cell.split()) for cell in cells[1:]]
    return found


def report(client: FlaskClient, cohort: Cohort, query: str = "") -> str:
    answer = client.get(f"/cohorts/{cohort.id}/report{query}")
    assert answer.status_code == 200
    return answer.text


def exported(answer: bytes) -> list[list[str]]:
    assert answer.startswith(b"\xef\xbb\xbf"), "Excel reads names right only with the mark"
    return list(csv.reader(io.StringIO(answer.decode("utf-8-sig"))))


def add_attempt(
    session: Session, learner: User, mode: str, right: int, answered: int, days: float = 1, items: int = 0
) -> None:
    form = Form(seed=1, entries=[], created_at=NOW)
    session.add(form)
    session.flush()
    at = NOW - timedelta(days=days)
    session.add(
        Attempt(
            learner_id=learner.id,
            mode=mode,
            form_id=form.id,
            item_count=items or answered or 1,
            started_at=at,
            deadline_at=at,
            closes_at=at,
            submitted_at=at,
            answered_count=answered,
            raw_score=Fraction(right),
            maximum_score=Fraction(items or answered),
        )
    )
    session.flush()


def test_group_without_members_leads_to_its_code(staff: FlaskClient, cohort: Cohort) -> None:
    page = report(staff, cohort)
    assert "Nobody has joined yet" in page
    assert f'href="/cohorts/{cohort.id}"' in page


def test_group_without_answers_says_what_will_be_here(
    staff: FlaskClient, cohort: Cohort, add_member: AddMember
) -> None:
    add_member("Dana")
    page = report(staff, cohort)
    assert "No answers yet" in page
    assert "1 member has joined." in page


def test_cells_tell_share_and_number_and_not_enough_below_five(
    staff: FlaskClient, cohort: Cohort, add_member: AddMember
) -> None:
    add_member("Dana", {ROLE: (8, 6), ETHICS: (4, 1)})
    add_member("Eve", {ROLE: (5, 5)})
    page = report(staff, cohort)
    cells = heat(page)
    assert [cell for cell in cells["Dana"] if cell != "–"] == ["75 % of 8", "75 % of 8", "(4)"]
    assert [cell for cell in cells["Eve"] if cell != "–"] == ["100 % of 5", "100 % of 5"]
    assert [cell for cell in cells["Whole group"] if cell != "–"][:2] == ["85 % of 13", "85 % of 13"]
    assert "6 of 8, likely 46 to 91 %" in page
    assert "4 so far, not enough yet" in page


def test_few_answers_cannot_be_worked_out_from_the_sums(
    staff: FlaskClient, cohort: Cohort, add_member: AddMember
) -> None:
    """Dana's one answer would be the difference between the group and the rest of it."""
    add_member("Dana", {ROLE: (1, 1)})
    add_member("Eve", {ROLE: (10, 5)})
    cells = heat(report(staff, cohort))
    assert cells["Dana"][0] == "–"
    assert "(1)" in cells["Dana"]
    assert [cell for cell in cells["Whole group"] if cell != "–"] == ["50 % of 10", "50 % of 10"]
    for number in range(4):
        add_member(f"Person {number}", {ROLE: (1, 0)})
    whole = heat(report(staff, cohort))["Whole group"]
    assert [cell for cell in whole if cell != "–"][1] == "40 % of 15", "five together are enough"


def test_by_principle(staff: FlaskClient, cohort: Cohort, add_member: AddMember) -> None:
    add_member(
        "Dana", {ROLE: (8, 6), "principle:active_listening": (6, 3), "principle:gone_long_ago": (9, 9)}
    )
    page = report(staff, cohort, "?by=principle")
    assert "Active listening" in page
    assert "gone_long_ago" in page, "what was answered stays, whatever became of its principle"
    assert [cell for cell in heat(page)["Dana"] if cell != "–"] == ["80 % of 15", "50 % of 6", "100 % of 9"]


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ("", ["Ann", "bo", "Cy"]),
        ("?sort=name&order=desc", ["Cy", "bo", "Ann"]),
        ("?sort=all", ["bo", "Cy", "Ann"]),
        ("?sort=all&order=desc", ["Ann", "Cy", "bo"]),
        ("?sort=ethics_boundaries_privacy&order=desc", ["Cy", "Ann", "bo"]),
        ("?sort=nonsense&by=nonsense", ["Ann", "bo", "Cy"]),
    ],
)
def test_order_of_learners(
    staff: FlaskClient, cohort: Cohort, add_member: AddMember, query: str, order: list[str]
) -> None:
    add_member("Ann", {ROLE: (10, 9)})
    add_member("bo", {ROLE: (4, 4)})
    add_member("Cy", {ETHICS: (10, 5)})
    assert list(heat(report(staff, cohort, query)))[1:] == order


def test_missteps_of_the_group(staff: FlaskClient, cohort: Cohort, add_member: AddMember) -> None:
    add_member("Dana", {ROLE: (8, 6), "misstep:blame_person": (8, 4), "misstep:rigid_framework": (4, 4)})
    add_member("Eve", {ROLE: (8, 6), "misstep:blame_person": (4, 0)})
    page = report(staff, cohort)
    assert "chosen 4 of 12 times" in page
    section = page.split("Missteps the group chose most</h2>")[1].split("</section>")[0]
    row = section.split("<tbody>")[1]
    assert re.findall(r'"number">([^<]*)<', row) == ["4", "12", "33 %", "1"], (
        "what was offered rarely is left out"
    )


def test_attempts_and_weeks(
    staff: FlaskClient, cohort: Cohort, add_member: AddMember, session: Session
) -> None:
    dana = add_member("Dana", {ROLE: (8, 6)})
    add_member("Eve", {ROLE: (8, 6)})
    add_attempt(session, dana, "practice", 6, 10, days=1)
    add_attempt(session, dana, "practice", 0, 0, days=1)
    add_attempt(session, dana, "mock", 30, 40, days=8, items=50)
    add_attempt(session, dana, "mock", 20, 40, days=15, items=50)
    add_attempt(session, dana, "practice", 9, 10, days=200)
    page = report(staff, cohort)
    table = page.split("<h2>Attempts</h2>")[1].split("<tbody>")[1].split("</tbody>")[0]
    rows = [[unescape(cell) for cell in re.findall(r">([^<]+)</t[hd]>", row)] for row in table.split("</tr>")]
    assert rows[0] == ["Dana", "3", "Tue 3 March", "2", "30 of 50 on Mon 23 February"]
    assert rows[1] == ["Eve", "0", "Tue 3 March", "0", "–"]
    weeks = page.split("<h2>Week by week</h2>")[1].split("<tbody>")[1].split("</tbody>")[0]
    told = [re.findall(r">([^<]+)</t[hd]>", row) for row in weeks.split("</tr>")]
    assert told[-2] == ["2 March 2026", "1", "1", "10", "6", "60 %"]
    assert told[-3] == ["23 February 2026", "1", "1", "40", "30", "75 %"]
    assert told[0] == ["15 December 2025", "0", "0", "0", "–", "not enough yet"]


def test_who_has_left_does_not_appear(
    staff: FlaskClient, cohort: Cohort, add_member: AddMember, session: Session
) -> None:
    add_member("Dana", {ROLE: (8, 6)})
    gone = add_member("Zoe", {ROLE: (8, 0), "misstep:blame_person": (9, 9)})
    add_attempt(session, gone, "mock", 30, 40, items=50)
    leave(session, cohort, gone.id, now=NOW)
    page = report(staff, cohort)
    assert "Zoe" not in page
    assert heat(page)["Whole group"][0] == "75 % of 8"
    assert "chosen 9" not in page
    assert b"Zoe" not in staff.get(f"/cohorts/{cohort.id}/report.csv").data


def test_other_programmes_see_nothing(
    app: Flask,
    new_client: Callable[[Flask], FlaskClient],
    sign_in: Callable[..., None],
    cohort: Cohort,
    add_member: AddMember,
    alice: User,
    session: Session,
) -> None:
    add_member("Dana", {ROLE: (8, 6)})
    make_member(session, cohort, alice)
    other, author = make_user(session, "Olga"), make_user(session, "Arno")
    make_membership(session, make_programme(session, "Hilltop"), other, "coordinator")
    make_membership(session, cohort.programme, author, "author")
    for person in (other, author, alice):
        client = new_client(app)
        sign_in(client, person)
        for address in ("report", "report.csv"):
            assert client.get(f"/cohorts/{cohort.id}/{address}").status_code == 404


def test_page_and_file_cost_the_same_for_any_number_of_learners(
    staff: FlaskClient, cohort: Cohort, add_member: AddMember, session: Session, statements: list[str]
) -> None:
    counts, number_of_group = [], cohort.id
    report(staff, cohort)  # reads the content that a process keeps
    for more in (5, 195):
        for number in range(more):
            learner = add_member(f"Person {number}", {ROLE: (8, 6), "misstep:blame_person": (9, 9)})
            add_attempt(session, learner, "practice", 3, 5, days=number % 20)
        session.commit()
        for address in ("report", "report?by=principle", "report.csv"):
            statements.clear()
            assert staff.get(f"/cohorts/{number_of_group}/{address}").status_code == 200
            counts.append(len(statements))
    assert counts == [7, 7, 12] * 2


def test_export_holds_the_numbers_of_the_page(
    staff: FlaskClient, cohort: Cohort, add_member: AddMember, session: Session
) -> None:
    dana = add_member(
        "Dana",
        {ROLE: (8, 6), ETHICS: (4, 1), "principle:active_listening": (8, 6), "misstep:blame_person": (8, 2)},
    )
    add_attempt(session, dana, "mock", 30, 40, items=50)
    answer = staff.get(f"/cohorts/{cohort.id}/report.csv")
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == (
        f"attachment; filename=group-{cohort.id}-report-2026-03-03.csv"
    )
    head, *rows = exported(answer.data)
    assert {len(row) for row in rows} == {len(head)}
    dana_rows = [row for row in rows if row[1] == "Dana"]
    assert [row[2:] for row in dana_rows if row[3] == "role_and_values"] == [
        ["domain", "role_and_values", "Role and values", "8", "6", "75.0", "46.0", "91.3", "", ""]
    ]
    assert [row[5:8] for row in dana_rows if row[3] == "ethics_boundaries_privacy"] == [["4", "", ""]]
    assert [row[5:8] for row in dana_rows if row[2] == "principle"] == [["8", "6", "75.0"]]
    assert [row[5:8] for row in dana_rows if row[2] == "mock"] == [["50", "30", "60.0"]]
    assert [row[5:8] + row[10:11] for row in rows if row[2] == "misstep"] == [["8", "2", "25.0", "1"]]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", " =1", "＝1"])
def test_no_cell_of_the_export_is_a_formula(name: str) -> None:
    assert exports.safe(name) == f"'{name}"
    assert exports.safe(f"x{name}") == f"x{name}"
    assert exports.safe(12) == 12


def test_name_that_is_a_formula_is_text_in_the_export(
    staff: FlaskClient, cohort: Cohort, add_member: AddMember
) -> None:
    add_member('=HYPERLINK("http://x")', {ROLE: (8, 6)})
    rows = exported(staff.get(f"/cohorts/{cohort.id}/report.csv").data)
    assert '\'=HYPERLINK("http://x")' in {row[1] for row in rows}
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_names_are_escaped_on_the_page(staff: FlaskClient, cohort: Cohort, add_member: AddMember) -> None:
    add_member("<b>Dana</b>", {ROLE: (8, 6)})
    assert "<b>Dana" not in report(staff, cohort)


def test_command_writes_the_same_file(
    staff: FlaskClient,
    cohort: Cohort,
    add_member: AddMember,
    command: Callable[..., Result],
    tmp_path: Path,
) -> None:
    add_member("Zoë", {ROLE: (8, 6)})
    file = tmp_path / "report.csv"
    done = command("report", "cohort", str(cohort.id), "--format", "csv", "-o", str(file))
    assert (done.exit_code, done.output) == (0, f"{file} written\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_bytes() == staff.get(f"/cohorts/{cohort.id}/report.csv").data
    assert command("report", "cohort", str(cohort.id)).stdout_bytes == file.read_bytes()
    unknown = command("report", "cohort", "999999")
    assert (unknown.exit_code, unknown.output) == (1, "Error: there is no group 999999\n")


def test_tab_leads_to_the_report(staff: FlaskClient, cohort: Cohort) -> None:
    assert f'href="/cohorts/{cohort.id}/report"' in staff.get(f"/cohorts/{cohort.id}").text


def test_archived_group_shows_its_last_weeks(
    staff: FlaskClient, session: Session, add_member: AddMember, cohort: Cohort, programme: Any
) -> None:
    dana = add_member("Dana", {ROLE: (8, 6)})
    for days in (100, 107):
        add_attempt(session, dana, "practice", 6, 10, days=days)
    assert "Week by week" not in report(staff, cohort)
    cohort.archived_at = NOW - timedelta(days=95)
    assert "Week by week" in report(staff, cohort)
    assert make_cohort(session, programme)
