"""Many at the same moment, each in a thread with its own connection."""

from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizapp.accounts.models import Membership, Programme, User
from quizapp.accounts.tokens import make_invitation_token
from quizapp.cohorts.models import Cohort, CohortInvitation, CohortMember
from quizapp.cohorts.services import invite
from tests.conftest import SETTINGS
from tests.exams.test_at_once import at_once
from tests.factories import NOW, make_member, make_user

SignIn = Callable[[FlaskClient, User], None]
CROWD = 50


@pytest.fixture
def browsers(app: Flask, session: Session, sign_in: SignIn) -> Callable[[list[User]], list[FlaskClient]]:
    """Makes a browser for each of these people."""

    def make(people: list[User]) -> list[FlaskClient]:
        made = [app.test_client() for _person in people]
        for browser, person in zip(made, people, strict=True):
            sign_in(browser, person)
        session.commit()  # an open transaction of the test would hold SQLite's only write lock
        return made

    return make


Browsers = Callable[[list[User]], list[FlaskClient]]


def crowd(session: Session) -> list[User]:
    return [make_user(session, f"Person {number}") for number in range(CROWD)]


def count(session: Session, table: type[CohortMember | Membership]) -> int:
    session.expire_all()
    return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_whole_class_joins_at_once(session: Session, cohort: Cohort, browsers: Browsers) -> None:
    code = cohort.join_code
    answers = at_once([partial(one.post, f"/join/{code}") for one in browsers(crowd(session))])
    assert [answer.status_code for answer in answers] == [303] * CROWD
    assert count(session, CohortMember) == count(session, Membership) == CROWD


def test_one_person_joins_many_times_at_once(session: Session, cohort: Cohort, browsers: Browsers) -> None:
    code, dana = cohort.join_code, make_user(session, "Dana")
    answers = at_once([partial(one.post, f"/join/{code}") for one in browsers([dana] * CROWD)])
    assert [answer.status_code for answer in answers] == [303] * CROWD
    assert count(session, CohortMember) == count(session, Membership) == 1


def test_an_invitation_lets_one_of_many_in(session: Session, cohort: Cohort, browsers: Browsers) -> None:
    (invitation,) = invite(session, cohort, ["dana@example.org"], now=NOW)
    address = f"/invitations/{make_invitation_token(SETTINGS['secret_key'], invitation.id)}"
    answers = at_once([partial(one.post, address) for one in browsers(crowd(session)[:20])])
    assert sorted(answer.status_code for answer in answers) == [303] + [410] * 19
    assert count(session, CohortMember) == 1


def test_leaving_and_joining_at_once_end_in_one_state(
    session: Session, cohort: Cohort, programme: Programme, browsers: Browsers
) -> None:
    dana = make_user(session, "Dana")
    make_member(session, cohort, dana)
    paths = [f"/join/{cohort.join_code}", f"/groups/{cohort.id}/leave"] * 10
    answers = at_once(
        [partial(one.post, path) for one, path in zip(browsers([dana] * 20), paths, strict=True)]
    )
    assert {answer.status_code for answer in answers} <= {303, 404}
    session.expire_all()
    is_in = session.scalars(select(CohortMember.left_at)).one() is None
    assert count(session, Membership) == is_in, "a learner of the programme as long as in its group"


def test_the_same_list_is_invited_by_two_at_once(
    session: Session, cohort: Cohort, bob: User, browsers: Browsers
) -> None:
    addresses = "\n".join(f"person-{number}@example.org" for number in range(30))
    path, form = f"/cohorts/{cohort.id}/invitations", {"addresses": addresses}
    answers = at_once([partial(one.post, path, data=form) for one in browsers([bob] * 6)])
    assert {answer.status_code for answer in answers} == {303}
    assert session.scalar(select(func.count()).select_from(CohortInvitation)) == 30
