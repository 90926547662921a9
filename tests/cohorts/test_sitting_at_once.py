"""Many starts at the same moment, each in a thread with its own connection: the limit holds."""

from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizapp.accounts.models import User
from quizapp.cohorts.models import Cohort
from quizapp.exams.models import Attempt, Form
from tests.exams.test_at_once import at_once
from tests.factories import make_member, make_sitting

SignIn = Callable[[FlaskClient, User], None]
CROWD = 50


@pytest.fixture
def tabs(
    app: Flask, session: Session, content: None, cohort: Cohort, alice: User, sign_in: SignIn
) -> Callable[[], list[FlaskClient]]:
    """Fifty tabs of Alice's, who is in the group."""
    make_member(session, cohort, alice)

    def make() -> list[FlaskClient]:
        made = [app.test_client() for _tab in range(CROWD)]
        for tab in made:
            sign_in(tab, alice)
        session.commit()  # an open transaction of the test would hold SQLite's only write lock
        return made

    return make


@pytest.mark.parametrize("mode", ["mock", "practice"])
@pytest.mark.parametrize("limit", [1, 3])
def test_many_starts_make_one_attempt(
    tabs: Callable[[], list[FlaskClient]], session: Session, cohort: Cohort, mode: str, limit: int
) -> None:
    sitting = make_sitting(session, cohort, mode=mode, attempt_limit=limit)
    answers = at_once([partial(tab.post, f"/sittings/{sitting.id}/start") for tab in tabs()])
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.location.split("/")[2] for answer in answers}) == 1, "all go on in the same one"
    session.expire_all()
    assert session.scalars(select(Attempt.sitting_number)).all() == [1]
    assert session.scalar(select(func.count()).select_from(Form)) == 1


def test_starts_and_hand_ins_at_once_keep_the_limit(
    tabs: Callable[[], list[FlaskClient]], session: Session, cohort: Cohort
) -> None:
    sitting = make_sitting(session, cohort, attempt_limit=2)

    def start_and_hand_in(tab: FlaskClient) -> int:
        for _time in range(2):
            location = tab.post(f"/sittings/{sitting.id}/start").location
            if location.startswith("/attempts/"):
                tab.post(f"{location}/hand-in")
        return 0

    at_once([partial(start_and_hand_in, tab) for tab in tabs()[:12]])
    session.expire_all()
    assert set(session.scalars(select(Attempt.sitting_number))) == {1, 2}
    assert session.scalar(select(func.count()).select_from(Attempt)) == 2
