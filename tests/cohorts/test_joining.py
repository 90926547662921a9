"""Joining by code, one's own groups, and leaving."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from time_machine import Traveller

from quizapp.accounts.models import Membership, Programme, User
from quizapp.cohorts import codes
from quizapp.cohorts.models import Cohort, CohortMember
from tests.factories import NOW, PASSWORD, make_cohort, make_member, make_membership, make_programme

Browser = Callable[[User], FlaskClient]
UNKNOWN = "That code does not work"


def stays(session: Session) -> list[tuple[int, bool]]:
    """Who is or was in a group, and whether they are now."""
    rows = session.scalars(select(CohortMember).order_by(CohortMember.user_id))
    return [(row.user_id, row.left_at is None) for row in rows]


def role_of(session: Session, user: User, programme: Programme) -> str | None:
    wanted = Membership.user_id == user.id, Membership.programme_id == programme.id
    return session.scalar(select(Membership.role).where(*wanted))


def test_typed_code_leads_to_the_page_before_joining(learner: FlaskClient, cohort: Cohort) -> None:
    typed = codes.spaced(cohort.join_code).lower()
    assert learner.post("/join", data={"code": f" {typed} "}).location == f"/join/{cohort.join_code}"


def test_page_before_joining_says_what_staff_see_and_changes_nothing(
    learner: FlaskClient, cohort: Cohort, session: Session
) -> None:
    page = learner.get(f"/join/{cohort.join_code.lower()}").text
    for words in ("Riverside", "Spring course", "1 March 2026", "30 June 2026", "They do not see"):
        assert words in page
    assert "Trainers and coordinators of Riverside see your name" in page
    assert stays(session) == []


def test_stranger_joins_and_becomes_a_learner_of_the_programme(
    stranger: FlaskClient, cohort: Cohort, charlie: User, programme: Programme, session: Session
) -> None:
    joined = stranger.post(f"/join/{cohort.join_code}", follow_redirects=True)
    assert "Welcome. You are now in Spring course." in joined.text
    assert "You joined on Tue 3 March." in joined.text
    assert stays(session) == [(charlie.id, True)]
    assert role_of(session, charlie, programme) == "learner"


def test_joining_twice_is_harmless_and_says_so(
    learner: FlaskClient, cohort: Cohort, alice: User, session: Session, clock_hands: Traveller
) -> None:
    learner.post(f"/join/{cohort.join_code}")
    clock_hands.shift(3600)
    again = learner.post(f"/join/{cohort.join_code}", follow_redirects=True)
    assert "You are already in Spring course. Nothing has changed." in again.text
    assert session.scalars(select(CohortMember.joined_at)).all() == [NOW]
    assert "You are already in this group." in learner.get(f"/join/{cohort.join_code}").text


def test_staff_who_join_stay_staff(
    staff: FlaskClient, cohort: Cohort, bob: User, programme: Programme, session: Session
) -> None:
    staff.post(f"/join/{cohort.join_code}")
    assert role_of(session, bob, programme) == "trainer"
    staff.post(f"/groups/{cohort.id}/leave")
    assert role_of(session, bob, programme) == "trainer"


def expire(cohort: Cohort) -> str:
    cohort.join_code_expires_at = NOW
    return cohort.join_code


def replace(cohort: Cohort) -> str:
    old = cohort.join_code
    cohort.join_code = codes.new_code()
    return old


@pytest.mark.parametrize(
    "spoil", [lambda _cohort: "CCCCCCCC", expire, replace], ids=["unknown", "expired", "replaced"]
)
def test_code_that_does_not_work_says_the_same_whatever_the_reason(
    stranger: FlaskClient, cohort: Cohort, session: Session, spoil: Callable[[Cohort], str]
) -> None:
    code = spoil(cohort)
    typed = stranger.post("/join", data={"code": code})
    opened, posted = stranger.get(f"/join/{code}"), stranger.post(f"/join/{code}")
    assert [answer.status_code for answer in (typed, opened, posted)] == [422, 404, 404]
    for answer in (typed, opened, posted):
        assert UNKNOWN in answer.text
        assert "Riverside" not in answer.text
        assert "Spring" not in answer.text
    assert stays(session) == []


@pytest.mark.parametrize("code", ["", " ", "x" * 5000, "\x00", "' OR 1=1", "../..", "💚"])
def test_odd_codes_are_no_error(stranger: FlaskClient, cohort: Cohort, code: str) -> None:
    assert stranger.post("/join", data={"code": code}).status_code == 422


def test_code_of_an_archived_group_says_that_it_is_closed(
    learner: FlaskClient, cohort: Cohort, session: Session
) -> None:
    cohort.archived_at = NOW
    for answer in (
        learner.post("/join", data={"code": cohort.join_code}),
        learner.get(f"/join/{cohort.join_code}"),
        learner.post(f"/join/{cohort.join_code}"),
    ):
        assert answer.status_code == 410
        assert "This group is closed" in answer.text
    assert stays(session) == []


def test_code_ends_after_a_month(
    learner: FlaskClient, cohort: Cohort, alice: User, sign_in: Callable[..., None], clock_hands: Traveller
) -> None:
    clock_hands.shift(codes.LIFE - timedelta(seconds=1))
    sign_in(learner, alice)
    assert learner.get(f"/join/{cohort.join_code}").status_code == 200
    clock_hands.shift(1)
    assert learner.get(f"/join/{cohort.join_code}").status_code == 404


def test_nobody_finds_a_code_by_trying(stranger: FlaskClient, cohort: Cohort, learner: FlaskClient) -> None:
    tries = [stranger.post("/join", data={"code": f"CCCCCCC{number}"}).status_code for number in range(10)]
    tries += [stranger.get(f"/join/CCCCCC{number}").status_code for number in range(10)]
    assert set(tries) == {422, 404}
    assert stranger.post("/join/CCCCCCCC").status_code == 429
    for _right in range(30):
        assert learner.get(f"/join/{cohort.join_code}").status_code == 200


@pytest.mark.parametrize("address", ["/join/CCCCCCCC", "/invitations/forged"])
def test_visitor_is_asked_in_and_told_nothing(client: FlaskClient, cohort: Cohort, address: str) -> None:
    page = client.get(address)
    assert page.status_code == 200
    assert f'href="/login?next={address}"' in page.text
    assert f'href="/register?next={address}"' in page.text
    assert "Spring course" not in client.get(f"/join/{cohort.join_code}").text
    assert client.post(address).status_code == 303


def test_newcomer_registers_on_the_way_to_the_group(
    client: FlaskClient, cohort: Cohort, session: Session
) -> None:
    address = f"/join/{cohort.join_code}"
    assert client.get(address).status_code == 200
    form = {"name": "Dana", "email": "dana@example.org", "new_password": PASSWORD, "agrees": "y"}
    sign_in = client.post(f"/register?next={address}", data=form).location
    assert client.post(sign_in, data={"email": "dana@example.org", "password": PASSWORD}).location == address
    assert "Join this group" in client.get(address).text
    client.post(address)
    assert [is_in for _user, is_in in stays(session)] == [True]


# One's own groups


def test_learner_without_a_group_is_told_what_one_is(learner: FlaskClient) -> None:
    page = learner.get("/groups").text
    assert "You are in no group" in page
    assert 'action="/join"' in page


@pytest.mark.parametrize("address", ["/home", "/account"])
def test_own_groups_are_one_step_away(learner: FlaskClient, content: None, address: str) -> None:
    assert 'href="/groups"' in learner.get(address).text


def test_leaving_asks_first_and_then_hides(
    learner: FlaskClient,
    staff: FlaskClient,
    cohort: Cohort,
    alice: User,
    programme: Programme,
    session: Session,
) -> None:
    make_member(session, cohort, alice)
    address = f"/groups/{cohort.id}/leave"
    assert "no longer see you" in learner.get(address).text
    assert "Alice" in staff.get(f"/cohorts/{cohort.id}").text
    gone = learner.post(address, follow_redirects=True)
    assert "You have left Spring course." in gone.text
    assert "Alice" not in staff.get(f"/cohorts/{cohort.id}").text
    assert stays(session) == [(alice.id, False)]
    assert role_of(session, alice, programme) is None
    assert learner.get(address).status_code == 404
    assert learner.post(address).status_code == 404


def test_who_left_may_come_back_by_the_code(
    learner: FlaskClient,
    cohort: Cohort,
    alice: User,
    programme: Programme,
    session: Session,
    clock_hands: Traveller,
) -> None:
    make_member(session, cohort, alice)
    learner.post(f"/groups/{cohort.id}/leave")
    clock_hands.shift(60)
    assert "Welcome." in learner.post(f"/join/{cohort.join_code}", follow_redirects=True).text
    assert session.scalars(select(CohortMember.joined_at)).all() == [NOW + timedelta(minutes=1)]
    assert stays(session) == [(alice.id, True)]
    assert role_of(session, alice, programme) == "learner"


def test_learner_of_two_groups_stays_a_learner_after_leaving_one(
    learner: FlaskClient, cohort: Cohort, alice: User, programme: Programme, session: Session
) -> None:
    other = make_cohort(session, programme, "Autumn course")
    for each in (cohort, other):
        make_member(session, each, alice)
    learner.post(f"/groups/{cohort.id}/leave")
    assert role_of(session, alice, programme) == "learner"
    assert "Autumn course" in learner.get("/groups").text


def test_closed_group_is_still_shown_and_left(
    learner: FlaskClient, cohort: Cohort, alice: User, session: Session
) -> None:
    make_member(session, cohort, alice)
    cohort.archived_at = NOW
    assert "closed to new members" in learner.get("/groups").text
    assert learner.post(f"/groups/{cohort.id}/leave").status_code == 303


def test_pages_of_a_learner_cost_the_same_for_any_number_of_groups(
    learner: FlaskClient,
    programme: Programme,
    cohort: Cohort,
    alice: User,
    session: Session,
    statements: list[str],
) -> None:
    counts = []
    for number in range(2):
        for each in range(1 + 20 * number):
            make_member(session, make_cohort(session, programme, f"Group {number} {each}"), alice)
        for address in ("/groups", f"/join/{cohort.join_code}"):
            session.commit()
            statements.clear()
            assert learner.get(address).status_code == 200
            counts.append(len(statements))
    assert counts == [3, 3, 3, 3]


@pytest.mark.parametrize("role", ["author", "coordinator"])
def test_roles_of_another_programme_are_not_touched(
    browser: Browser, cohort: Cohort, charlie: User, session: Session, role: str
) -> None:
    elsewhere = make_programme(session, "Elsewhere")
    make_membership(session, elsewhere, charlie, role)
    browser(charlie).post(f"/join/{cohort.join_code}")
    assert role_of(session, charlie, elsewhere) == role
