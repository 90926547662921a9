"""The members of a group as staff see them."""

import re
from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from time_machine import Traveller

from quizapp.accounts.models import User
from quizapp.cohorts.models import Cohort
from quizapp.exams.models import Attempt, Form
from quizapp.progress.models import Rollup
from tests.factories import NOW, make_member, make_practice, make_user


def rows(page: str) -> list[list[str]]:
    """The cells of each member's row, without the link at its end."""
    body = page.split("<tbody>")[1].split("</tbody>")[0]
    return [
        [
            unescape(re.sub(r"<[^>]+>", "", cell)).strip()
            for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)
        ][:-1]
        for row in re.findall(r"<tr>.*?</tr>", body, re.DOTALL)
    ]


def names(page: str) -> list[str]:
    return [row[0] for row in rows(page)]


def test_member_who_did_nothing_yet(
    staff: FlaskClient, cohort: Cohort, alice: User, session: Session
) -> None:
    make_member(session, cohort, alice)
    assert rows(staff.get(f"/cohorts/{cohort.id}").text) == [
        ["Alice", "Tue 3 March", "Not yet", "0", "0.0", "–"]
    ]


def test_member_who_practised(
    staff: FlaskClient,
    learner: FlaskClient,
    app: Flask,
    content: None,
    cohort: Cohort,
    alice: User,
    bob: User,
    session: Session,
    sign_in: Callable[..., None],
    clock_hands: Traveller,
) -> None:
    make_member(session, cohort, alice)
    practice = make_practice(app, session, alice, "domain:role_and_values")
    clock_hands.shift(timedelta(days=1))
    for client, person in ((learner, alice), (staff, bob)):
        sign_in(client, person)
    for position in range(1, 4):
        learner.post(f"/practice/{practice}/{position}", data={"choice": "1", "ms": str(9 * 60 * 1000)})
    learner.post(f"/practice/{practice}/4", data={"choice": "1", "ms": str(20 * 3600 * 1000)})
    page = f"/cohorts/{cohort.id}"
    assert rows(staff.get(page).text) == [["Alice", "Tue 3 March", "Wed 4 March", "0", "0.6", "–"]]
    learner.post(f"/practice/{practice}/5", data={"skip": "1"})
    assert rows(staff.get(page).text) == [["Alice", "Tue 3 March", "Wed 4 March", "1", "0.6", "–"]]


def test_starting_a_mock_is_activity(
    staff: FlaskClient, learner: FlaskClient, content: None, cohort: Cohort, alice: User, session: Session
) -> None:
    make_member(session, cohort, alice)
    learner.post("/mocks/house_readiness/start", data={"time_multiplier": "1"})
    assert rows(staff.get(f"/cohorts/{cohort.id}").text)[0][2:4] == ["Tue 3 March", "0"]


def add_work(session: Session, learner: User, finished: int, minutes: int, days_ago: int) -> None:
    """Attempts and totals, as rows."""
    at = NOW - timedelta(days=days_ago)
    for _number in range(finished):
        form = Form(seed=1, entries=[], created_at=at)
        session.add(form)
        session.flush()
        session.add(
            Attempt(
                learner_id=learner.id,
                mode="practice",
                form_id=form.id,
                item_count=5,
                started_at=at,
                deadline_at=at,
                closes_at=at,
                submitted_at=at,
                answered_count=5,
                raw_score=Fraction(3),
                maximum_score=Fraction(5),
            )
        )
    totals = {
        "n": 9,
        "hits": 7,
        "first_n": 9,
        "first_hits": 7,
        "last_at": at,
        "milliseconds": minutes * 30_000,
    }
    for kind, key in (("domain", "a"), ("domain", "b"), ("principle", "c")):
        session.add(Rollup(learner_id=learner.id, kind=kind, key=key, **totals))


@pytest.fixture
def three(cohort: Cohort, session: Session) -> Cohort:
    for number, (name, finished, minutes, days_ago) in enumerate(
        [("Zoe", 1, 60, 1), ("ann", 3, 30, 3), ("Ben", 2, 90, 2)]
    ):
        person = make_user(session, name)
        make_member(session, cohort, person, NOW + timedelta(minutes=number))
        add_work(session, person, finished, minutes, days_ago)
    return cohort


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("name", ["ann", "Ben", "Zoe"]),
        ("joined", ["Zoe", "ann", "Ben"]),
        ("active", ["ann", "Ben", "Zoe"]),
        ("finished", ["Zoe", "Ben", "ann"]),
        ("hours", ["ann", "Zoe", "Ben"]),
        ("nonsense", ["ann", "Ben", "Zoe"]),
    ],
)
def test_members_are_sorted_by_links(staff: FlaskClient, three: Cohort, sort: str, order: list[str]) -> None:
    address = f"/cohorts/{three.id}?sort={sort}"
    assert names(staff.get(address).text) == order
    assert names(staff.get(f"{address}&order=desc").text) == order[::-1]


def test_headings_say_how_the_list_is_sorted(staff: FlaskClient, three: Cohort) -> None:
    page = staff.get(f"/cohorts/{three.id}").text
    assert page.count('aria-sort="ascending"') == 1
    assert f'href="/cohorts/{three.id}?sort=name&amp;order=desc"' in page
    turned = staff.get(f"/cohorts/{three.id}?sort=hours&order=desc").text
    assert turned.count('aria-sort="descending"') == 1
    assert f'href="/cohorts/{three.id}?sort=hours"' in turned


def test_numbers_are_those_of_each_member(staff: FlaskClient, three: Cohort) -> None:
    assert rows(staff.get(f"/cohorts/{three.id}").text) == [
        ["ann", "Tue 3 March", "Sat 28 February", "3", "0.5", "–"],
        ["Ben", "Tue 3 March", "Sun 1 March", "2", "1.5", "–"],
        ["Zoe", "Tue 3 March", "Mon 2 March", "1", "1.0", "–"],
    ]


def test_member_is_removed_after_a_question(
    staff: FlaskClient, learner: FlaskClient, cohort: Cohort, alice: User, session: Session
) -> None:
    make_member(session, cohort, alice)
    address = f"/cohorts/{cohort.id}/members/{alice.id}/remove"
    assert "Remove Alice from the group?" in staff.get(address).text
    page = staff.post(address, follow_redirects=True).text
    assert "Alice is no longer in the group." in page
    assert "Nobody has joined yet" in page
    assert staff.get(address).status_code == staff.post(address).status_code == 404
    assert "You are in no group" in learner.get("/groups").text


def test_person_who_is_no_member_is_not_found(staff: FlaskClient, cohort: Cohort, charlie: User) -> None:
    answer = staff.get(f"/cohorts/{cohort.id}/members/{charlie.id}/remove")
    assert answer.status_code == 404
    assert "Charlie" not in answer.text


def test_list_costs_the_same_for_5_and_for_200_members(
    staff: FlaskClient, cohort: Cohort, session: Session, statements: list[str]
) -> None:
    counts = []
    for wanted in (5, 195):
        for number in range(wanted):
            person = make_user(session, f"Person {number}")
            make_member(session, cohort, person)
            add_work(session, person, 1, 10, 1)
        session.commit()
        statements.clear()
        page = staff.get(f"/cohorts/{cohort.id}").text
        counts.append(len(statements))
    assert page.count('<th scope="row"') == 200
    assert counts == [5, 5]
