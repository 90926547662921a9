"""A group of Riverside, and browsers of the people around it."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from quizapp.accounts.models import Programme, User
from quizapp.cohorts.models import Cohort
from tests.factories import make_cohort

NewClient = Callable[[Flask], FlaskClient]
SignIn = Callable[[FlaskClient, User], None]


@pytest.fixture
def cohort(session: Session, programme: Programme, now: object) -> Cohort:
    return make_cohort(session, programme, "Spring course")


@pytest.fixture
def browser(app: Flask, new_client: NewClient, sign_in: SignIn) -> Callable[[User], FlaskClient]:
    """Makes a browser that a person is signed in with."""

    def make(person: User) -> FlaskClient:
        made = new_client(app)
        sign_in(made, person)
        return made

    return make


@pytest.fixture
def staff(browser: Callable[[User], FlaskClient], bob: User, now: object) -> FlaskClient:
    """Bob's browser: the trainer of Riverside."""
    return browser(bob)


@pytest.fixture
def learner(browser: Callable[[User], FlaskClient], alice: User, now: object) -> FlaskClient:
    """Alice's browser: a learner of Riverside who is in no group yet."""
    return browser(alice)


@pytest.fixture
def stranger(browser: Callable[[User], FlaskClient], charlie: User, now: object) -> FlaskClient:
    """Charlie's browser: a learner of another programme."""
    return browser(charlie)
