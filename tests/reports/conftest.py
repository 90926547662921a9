"""A group whose totals are written down by a test."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from quizapp.accounts.models import Programme, User
from quizapp.cohorts.models import Cohort
from quizapp.progress.models import Rollup
from tests.factories import NOW, make_cohort, make_member, make_user

SignIn = Callable[[FlaskClient, User], None]
AddMember = Callable[..., User]


@pytest.fixture
def cohort(session: Session, programme: Programme, content: None, now: object) -> Cohort:
    return make_cohort(session, programme, "Spring course")


@pytest.fixture
def staff(
    app: Flask, new_client: Callable[[Flask], FlaskClient], sign_in: SignIn, bob: User, now: object
) -> FlaskClient:
    """Bob's browser: the trainer of Riverside."""
    client = new_client(app)
    sign_in(client, bob)
    return client


@pytest.fixture
def add_member(session: Session, cohort: Cohort) -> AddMember:
    """Makes a member with first answers: `add_member("Dana", {"domain:role_and_values": (8, 6)})`."""

    def add(name: str, totals: dict[str, tuple[int, int]] | None = None) -> User:
        user = make_user(session, name)
        make_member(session, cohort, user)
        for place, (n, hits) in (totals or {}).items():
            kind, _, key = place.partition(":")
            counts = {"n": n, "hits": hits, "first_n": n, "first_hits": hits}
            session.add(Rollup(learner_id=user.id, kind=kind, key=key, last_at=NOW, **counts))
        session.flush()
        return user

    return add
