"""Every error is a calm page for a person and one shape of JSON for a script."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from quizapp import LARGEST_REQUEST
from quizapp.accounts.access import public
from quizapp.accounts.models import User
from quizapp.db import Database
from quizapp.errors import NotFound, QuizError

SignIn = Callable[[FlaskClient, User], None]
JSON = {"Accept": "application/json"}


class TooManyOwls(QuizError):
    """A rule that this test breaks."""

    status = QuizError.status
    code = "owls"


def _raise(error: Callable[[], Exception] | int) -> Callable[[], str]:
    @public
    def view() -> str:
        if isinstance(error, int):
            abort(error)
        raise error()

    return view


RAISED: dict[str, Callable[[], Exception] | int] = {
    "rule": lambda: TooManyOwls("There are <b>too many</b> owls."),
    "hidden": NotFound,
    "bug": lambda: RuntimeError("hidden-word"),
    "teapot": 418,
    "forbidden": 403,
    "unsupported": 415,
    "slow": 429,
    "away": 503,
}
STATUS = {
    "rule": 400,
    "hidden": 404,
    "bug": 500,
    "teapot": 418,
    "forbidden": 404,
    "unsupported": 415,
    "slow": 429,
    "away": 503,
}


@pytest.fixture
def failing(make_app: Callable[..., Flask]) -> Flask:
    """An app with one address for each error, and with CSRF protection as in production."""
    app = make_app()
    app.config["WTF_CSRF_ENABLED"] = True
    for name, error in RAISED.items():
        app.add_url_rule(f"/raise/{name}", name, view_func=_raise(error))
    return app


def all_errors(client: FlaskClient, headers: dict[str, str]) -> Iterator[tuple[str, int, TestResponse]]:
    for name, status in STATUS.items():
        yield name, status, client.get(f"/raise/{name}", headers=headers)
    yield "not there", 404, client.get("/nowhere", headers=headers)
    yield "method", 405, client.delete("/login", headers=headers)
    big = client.post("/login", data={"email": "x" * (LARGEST_REQUEST + 1)}, headers=headers)
    yield "too large", 413, big
    yield "stale form", 400, client.post("/login", data={"email": "x"}, headers=headers)


def is_calm_page(response: TestResponse) -> bool:
    """Whether it has the product's look: its frame, its style sheet, one heading and a way on."""
    page = response.text
    return (
        response.content_type == "text/html; charset=utf-8"
        and page.startswith("<!doctype html>")
        and len(re.findall("<h1", page)) == 1
        and "/css/base.css" in page
        and 'class="site-header"' in page
        and 'href="/"' in page
    )


def test_every_error_is_a_page_in_the_products_look(failing: Flask) -> None:
    for name, status, response in all_errors(failing.test_client(), {}):
        assert response.status_code == status, name
        assert is_calm_page(response), name


def test_every_error_has_one_shape_in_json(failing: Flask) -> None:
    for name, status, response in all_errors(failing.test_client(), JSON):
        assert response.status_code == status, name
        assert set(response.get_json()) == {"error"}, name
        error = response.get_json()["error"]
        assert set(error) == {"code", "message", "detail", "request_id"}, name
        assert error["request_id"] == response.headers["X-Request-ID"], name
        assert all(error.values()), name


def test_a_page_about_our_own_fault_has_the_number_of_the_log(failing: Flask) -> None:
    response = failing.test_client().get("/raise/bug")
    assert f">{response.headers['X-Request-ID']}<" in response.text


def test_an_error_tells_nothing_of_the_program(failing: Flask) -> None:
    for headers in ({}, JSON):
        response = failing.test_client().get("/raise/bug", headers=headers)
        assert "hidden-word" not in response.text
        assert "Traceback" not in response.text


def test_not_yours_and_not_there_look_alike(failing: Flask) -> None:
    pages = [
        failing.test_client().get(address) for address in ("/raise/hidden", "/raise/forbidden", "/nowhere")
    ]
    assert len({re.sub(r'(aria-current="page"|[0-9a-f]{12})', "", page.text) for page in pages}) == 1


def test_the_words_of_a_rule_are_shown_as_text(failing: Flask) -> None:
    assert "There are &lt;b&gt;too many&lt;/b&gt; owls." in failing.test_client().get("/raise/rule").text
    answer = failing.test_client().get("/raise/rule", headers=JSON).get_json()
    assert (answer["error"]["code"], answer["error"]["detail"]) == ("owls", "There are <b>too many</b> owls.")


def test_a_wrong_method_names_the_right_ones(failing: Flask) -> None:
    assert set(failing.test_client().delete("/login").headers["Allow"].split(", ")) >= {"GET", "POST"}


def test_a_script_that_posts_json_gets_json(failing: Flask) -> None:
    response = failing.test_client().post("/login", json={})
    assert (response.status_code, response.get_json()["error"]["code"]) == (400, "stale_form")


def test_odd_requests_are_answered_calmly(app: Flask) -> None:
    client = app.test_client()
    requests: dict[str, dict[str, Any]] = {
        "/%00": {},
        "/%ff%fe": {},
        "/" + "a" * 5000: {},
        "//evil.example/": {},
        "/login?next=%00": {},
        "/terms": {"headers": {"Host": "a b"}},
        "/privacy": {"headers": {"Cookie": "quizapp=nonsense; session=%00"}},
    }
    for address, more in requests.items():
        response = client.get(address, **more)
        assert response.status_code in (200, 308, 400, 404), address


# While the database is away


def fail(*_arguments: Any) -> None:
    raise OperationalError("SELECT", {}, Exception("the database is away"))


@pytest.fixture
def broken_database(failing: Flask) -> Iterator[Flask]:
    """The app, whose every statement fails."""
    database: Database = failing.extensions["database"]
    event.listen(database.engine, "before_cursor_execute", fail)
    yield failing
    event.remove(database.engine, "before_cursor_execute", fail)


@pytest.mark.parametrize("address", ["/home", "/terms", "/nowhere", "/raise/bug", "/raise/hidden", "/login"])
@pytest.mark.parametrize("is_signed_in", [True, False])
def test_a_page_without_its_database_is_calm(
    broken_database: Flask,
    new_client: Callable[[Flask], FlaskClient],
    alice: User,
    sign_in: SignIn,
    now: datetime,
    address: str,
    is_signed_in: bool,
) -> None:
    client = new_client(broken_database)
    if is_signed_in:
        sign_in(client, alice)
    response = client.get(address)
    if response.status_code == 303:  # a visitor is asked to sign in, which needs no database
        assert not is_signed_in
        return
    assert is_calm_page(response)
    if is_signed_in and address in ("/home", "/terms", "/login"):
        assert response.status_code == 500
        assert response.headers["X-Request-ID"] in response.text
    answer = client.get(address, headers=JSON)
    if answer.is_json:
        assert set(answer.get_json()) == {"error"}
