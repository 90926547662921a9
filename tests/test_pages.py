"""The public pages, and the frame that every page stands in."""

import re
from collections.abc import Callable
from datetime import datetime
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from quizapp.accounts.access import public
from quizapp.accounts.models import User
from quizapp.banks.models import ReferenceDocument
from quizapp.core.reference import load_reference
from tests.factories import NOW, make_user

SignIn = Callable[[FlaskClient, User], None]

PUBLIC = ["/", "/terms", "/privacy", "/licences", "/support"]
BANKS = Path(__file__).resolve().parent.parent / "question_banks"


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_page_opens_for_everybody_and_has_one_heading(client: FlaskClient, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 200
    assert len(re.findall("<h1[ >]", response.text)) == 1


@pytest.mark.parametrize("address", [*PUBLIC, "/login", "/nowhere"])
def test_help_and_rules_are_one_step_from_every_page(client: FlaskClient, address: str) -> None:
    page = client.get(address).text
    for target in ("/support", "/terms", "/privacy", "/licences"):
        assert f'href="{target}"' in page


def test_the_landing_page_leads_to_register_and_to_sign_in(client: FlaskClient) -> None:
    page = client.get("/").text
    assert '<a class="button" href="/register">' in page
    assert '<a class="button quiet" href="/login">' in page


def test_who_is_signed_in_goes_home_at_once(
    client: FlaskClient, alice: User, sign_in: SignIn, now: datetime
) -> None:
    sign_in(client, alice)
    assert client.get("/").location == "/home"


def test_the_navigation_shows_each_person_what_is_theirs(
    client: FlaskClient, alice: User, bob: User, session: Session, sign_in: SignIn, now: datetime
) -> None:
    root = make_user(session, "Root", is_admin=True)
    seen = {}
    for person in (alice, bob, root):
        sign_in(client, person)
        seen[person] = _navigation(client.get("/terms").text)
    learner = ["Home", "Practise", "Mock exams", "Principles", "Account"]
    assert seen[alice] == learner
    assert seen[bob] == [*learner[:-1], "Groups", "Question banks", "Account"]
    assert seen[root] == [*learner[:-1], "Groups", "Question banks", "People", "Account"]


def _navigation(page: str) -> list[str]:
    found = re.search(r'<nav class="site-nav".*?</nav>', page, re.DOTALL)
    assert found
    return re.findall(r"<a [^>]*>([^<]+)</a>", found[0])


def test_the_navigation_marks_the_page_it_is_on(client: FlaskClient) -> None:
    assert '<a href="/login" aria-current="page">' in client.get("/login").text


def test_support_names_what_to_do_even_before_any_content_is_loaded(client: FlaskClient) -> None:
    assert "local emergency number" in client.get("/support").text


def test_support_shows_the_lines_of_its_file(
    make_app: Callable[..., Flask], new_client: Callable[[Flask], FlaskClient], session: Session
) -> None:
    read = load_reference(
        (BANKS / "taxonomy.yaml").read_bytes(), (BANKS / "support.yaml").read_bytes(), NOW.date()
    )
    assert read.reference
    for name, document in (("taxonomy", read.reference.taxonomy), ("support", read.reference.support)):
        content = document.model_dump(mode="json")
        session.add(ReferenceDocument(name=name, content_hash="", content=content))
    page = new_client(make_app()).get("/support").text
    assert 'href="tel:988"' in page
    assert "Text AYUDA to 988" in page
    assert 'href="tel:18006624357"' in page
    assert all(line.name in unescape(page) for line in read.reference.support.lines)


@public
def _fail() -> str:
    raise RuntimeError("a bug")


def test_a_page_about_our_own_fault_asks_nothing_of_the_database(
    make_app: Callable[..., Flask],
    new_client: Callable[[Flask], FlaskClient],
    alice: User,
    sign_in: SignIn,
    now: datetime,
) -> None:
    app = make_app()
    app.add_url_rule("/broken", view_func=_fail)
    client = new_client(app)
    sign_in(client, alice)
    response = client.get("/broken")
    assert response.status_code == 500
    assert response.headers["X-Request-ID"] in response.text
    assert 'class="site-nav"' not in response.text
