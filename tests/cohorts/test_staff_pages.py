"""Groups as staff see them: list, making and changing, code, archive."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from time_machine import Traveller

from quizapp.accounts.models import Programme, User
from quizapp.cohorts import codes
from quizapp.cohorts.models import Cohort
from tests.factories import NOW, make_cohort, make_member, make_membership, make_programme, make_user

Browser = Callable[[User], FlaskClient]
FORM = {"name": "Evening course", "starts_on": "2026-03-09", "ends_on": "2026-06-12"}


def test_programme_without_groups_says_what_one_is(staff: FlaskClient, programme: Programme) -> None:
    page = staff.get("/cohorts").text
    assert "No group yet" in page
    assert f'href="/programmes/{programme.id}/cohorts/new"' in page


def test_admin_without_a_programme_is_told_how_to_make_one(
    browser: Browser, session: Session, now: object
) -> None:
    page = browser(make_user(session, "Root", is_admin=True)).get("/cohorts").text
    assert "quizapp programme create" in page


def test_list_shows_the_groups_of_own_programmes_alone(
    staff: FlaskClient, cohort: Cohort, alice: User, bob: User, session: Session
) -> None:
    make_member(session, cohort, alice)
    make_cohort(session, make_programme(session, "Hilltop"), "Secret course")
    second = make_programme(session, "Lakeside")
    make_membership(session, second, bob, "author")
    make_cohort(session, second, "Hidden course")
    page = staff.get("/cohorts").text
    assert "Spring course" in page
    assert codes.spaced(cohort.join_code) in page
    assert '<td class="number">1</td>' in page
    for other in ("Hilltop", "Secret course", "Lakeside", "Hidden course"):
        assert other not in page


def test_admin_sees_every_programme(browser: Browser, cohort: Cohort, session: Session) -> None:
    make_cohort(session, make_programme(session, "Hilltop"), "Other course")
    page = browser(make_user(session, "Root", is_admin=True)).get("/cohorts").text
    assert "Spring course" in page
    assert "Other course" in page


def test_new_group_has_a_code(staff: FlaskClient, programme: Programme, session: Session) -> None:
    made = staff.post(f"/programmes/{programme.id}/cohorts/new", data=FORM)
    cohort = session.scalars(select(Cohort)).one()
    assert made.location == f"/cohorts/{cohort.id}"
    assert (cohort.programme_id, cohort.name, str(cohort.starts_on)) == (
        programme.id,
        "Evening course",
        "2026-03-09",
    )
    assert cohort.join_code_expires_at == NOW + codes.LIFE
    page = staff.get(made.location).text
    assert "Nobody has joined yet" in page
    assert codes.spaced(cohort.join_code) in page
    assert f"/join/{cohort.join_code}" in page


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": " "}, "Please enter a name for the group."),
        ({"name": "x" * 81}, "at most 80 letters"),
        ({"name": "a\x07b"}, "letters, numbers and signs only"),
        ({"name": "Spring course"}, "already has a group with that name"),
        ({"starts_on": ""}, "First day: Please choose a day."),
        ({"ends_on": "30.06.2026"}, "Last day: Please choose a day."),
        ({"ends_on": "2026-02-30"}, "Last day: Please choose a day."),
        ({"ends_on": "2026-03-08"}, "a last day that is not before the first"),
    ],
)
def test_wrong_group_comes_back(
    staff: FlaskClient,
    programme: Programme,
    cohort: Cohort,
    session: Session,
    changed: dict[str, str],
    said: str,
) -> None:
    other = make_cohort(session, programme, "Autumn course")
    for address in (f"/programmes/{programme.id}/cohorts/new", f"/cohorts/{other.id}/edit"):
        answer = staff.post(address, data=FORM | changed)
        assert answer.status_code == 422
        assert said in answer.text
    assert other.name == "Autumn course"
    assert len(session.scalars(select(Cohort)).all()) == 2


def test_two_programmes_may_name_a_group_alike(
    staff: FlaskClient, bob: User, cohort: Cohort, session: Session
) -> None:
    second = make_programme(session, "Lakeside")
    make_membership(session, second, bob, "coordinator")
    answer = staff.post(f"/programmes/{second.id}/cohorts/new", data=FORM | {"name": "Spring course"})
    assert answer.status_code == 303


def test_group_is_changed(staff: FlaskClient, cohort: Cohort) -> None:
    form = staff.get(f"/cohorts/{cohort.id}/edit").text
    assert 'value="Spring course"' in form
    assert 'value="2026-03-01"' in form
    staff.post(f"/cohorts/{cohort.id}/edit", data=FORM)
    assert (cohort.name, str(cohort.ends_on)) == ("Evening course", "2026-06-12")


def test_new_code_ends_the_one_before(staff: FlaskClient, cohort: Cohort, clock_hands: Traveller) -> None:
    old = cohort.join_code
    clock_hands.shift(60)
    staff.post(f"/cohorts/{cohort.id}/code")
    assert cohort.join_code != old
    assert cohort.join_code_expires_at > NOW + codes.LIFE
    assert staff.get(f"/join/{old}").status_code == 404
    assert staff.get(f"/join/{cohort.join_code}").status_code == 200


def test_code_that_has_run_out_is_said(staff: FlaskClient, cohort: Cohort) -> None:
    cohort.join_code_expires_at = NOW
    assert "Has run out" in staff.get("/cohorts").text
    page = staff.get(f"/cohorts/{cohort.id}").text
    assert "The code has run out on Tue 3 March." in page
    assert cohort.join_code not in page


def test_archive_and_back(
    staff: FlaskClient, cohort: Cohort, alice: User, session: Session, clock_hands: Traveller
) -> None:
    make_member(session, cohort, alice)
    for _twice in range(2):
        page = staff.post(f"/cohorts/{cohort.id}/archive", follow_redirects=True).text
        assert "archived since Tue 3 March" in page
        assert "Alice" in page
        assert cohort.archived_at == NOW
        clock_hands.shift(60)
    listed = staff.get("/cohorts").text
    assert "All groups are archived." in listed
    assert "1 archived group" in listed
    assert "Open the group again" in staff.get(f"/cohorts/{cohort.id}/edit").text
    staff.post(f"/cohorts/{cohort.id}/unarchive")
    assert cohort.archived_at is None
    assert staff.get(f"/join/{cohort.join_code}").status_code == 200


def test_group_of_another_programme_looks_like_none(
    browser: Browser, cohort: Cohort, session: Session
) -> None:
    other = make_user(session, "Olga")
    make_membership(session, make_programme(session, "Hilltop"), other, "coordinator")
    client = browser(other)
    none = client.get("/cohorts/999999")
    theirs = client.get(f"/cohorts/{cohort.id}")
    assert none.status_code == theirs.status_code == 404
    assert "Spring" not in theirs.text


def test_list_costs_the_same_for_any_number_of_groups(
    staff: FlaskClient, bob: User, session: Session, statements: list[str]
) -> None:
    counts = []
    for programmes in (1, 6):
        for number in range(programmes):
            programme = make_programme(session)
            make_membership(session, programme, bob, "coordinator")
            for each in range(programmes):
                cohort = make_cohort(session, programme)
                make_member(session, cohort, make_user(session, f"Person {number} {each}"))
        session.commit()
        statements.clear()
        assert staff.get("/cohorts").status_code == 200
        counts.append(len(statements))
    assert counts == [3, 3]
