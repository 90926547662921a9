"""Every error is a calm page for a person and one shape of JSON for a script."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from datetime import datetime
from io import BytesIO
from typing import Any, cast

import pytest
from flask import Flask, abort, request
from flask.testing import FlaskClient
from sqlalchemy import QueuePool, event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from quizapp import db
from quizapp.accounts.access import public
from quizapp.accounts.models import User
from quizapp.db import Database
from quizapp.errors import NotFound, QuizError
from quizapp.factory import LARGEST_REQUEST

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
    "crowded": lambda: NoConnectionFree("QueuePool limit of size 5 reached"),
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
    "crowded": 503,
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
        assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
        assert response.headers["X-Request-ID"] in response.text
    answer = client.get(address, headers=JSON)
    if answer.is_json:
        assert set(answer.get_json()) == {"error"}
    if response.status_code == 503:
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert answer.get_json()["error"]["code"] == "not_ready"


@pytest.fixture
def impatient(make_app: Callable[..., Flask]) -> Flask:
    """The app, whose SQLite does not wait for another writer."""
    app = make_app()
    database: Database = app.extensions["database"]
    event.listen(
        database.engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout=0")
    )
    return app


def writer_in(app: Flask) -> AbstractContextManager[Session]:
    """Somebody who holds SQLite's one write lock, until the end of the block."""
    database: Database = app.extensions["database"]
    session = database.open_session()
    session.connection()
    return closing(session)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_busy_database_is_worth_another_try(
    impatient: Flask, new_client: Callable[[Flask], FlaskClient], alice: User, sign_in: SignIn, now: datetime
) -> None:
    client = new_client(impatient)
    sign_in(client, alice)
    alice_sends = {"name": "Ally", "time_zone": "America/Chicago", "time_multiplier": "1"}
    client.get("/terms")  # its session is committed by now
    with writer_in(impatient):
        page = client.post("/account", data=alice_sends)
        answer = client.post("/account", data=alice_sends, headers=JSON)
    assert is_calm_page(page)
    assert "We will be right back" in page.text
    assert answer.get_json()["error"]["code"] == "not_ready"
    assert [(sent.status_code, sent.headers["Retry-After"]) for sent in (page, answer)] == [(503, "5")] * 2
    assert client.post("/account", data=alice_sends).status_code == 303


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_server_that_takes_over_later_is_worth_another_try(
    failing: Flask, new_client: Callable[[Flask], FlaskClient], alice: User, sign_in: SignIn, now: datetime
) -> None:
    database: Database = failing.extensions["database"]
    failing.config["WTF_CSRF_ENABLED"] = False

    def protect(connection: Any, _record: object) -> None:
        connection.execute("SET default_transaction_read_only = on")
        connection.commit()

    def write() -> str:
        db.session.execute(text("DELETE FROM programme"))
        return ""

    event.listen(database.engine, "connect", protect)
    failing.add_url_rule("/raise/write", "write", view_func=public(write), methods=["GET", "POST"])
    client = new_client(failing)
    sign_in(client, alice)
    response = client.post("/raise/write")
    assert is_calm_page(response)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert client.get("/raise/write").status_code == 500, "a GET that writes is a bug"
    assert client.get("/terms").status_code == 200


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_wrong_statement_is_our_fault(failing: Flask) -> None:
    @public
    def view() -> str:
        return str(db.session.scalar(text("SELECT nothing FROM nowhere")))

    failing.add_url_rule("/raise/statement", "statement", view_func=view)
    assert failing.test_client().get("/raise/statement").status_code == 500


# The body of a request


@pytest.fixture
def echo(make_app: Callable[..., Flask]) -> Flask:
    """An app that says what it was sent: /echo reads a form, files and JSON."""
    app = make_app()

    @public
    def view() -> dict[str, Any]:
        files = {name: file.read().decode() for name, file in request.files.items()}
        return {"form": request.form, "files": files, "json": request.get_json(silent=True)}

    app.add_url_rule("/echo", "echo", view_func=view, methods=["GET", "POST"])
    return app


def test_what_is_sent_arrives_whatever_its_kind(echo: Flask) -> None:
    client = echo.test_client()
    nothing: dict[str, Any] = {"form": {}, "files": {}, "json": None}
    assert client.get("/echo").get_json() == nothing
    assert client.post("/echo", data={"a": "ä"}).get_json() == nothing | {"form": {"a": "ä"}}
    assert client.post("/echo", json={"a": ["b"]}).get_json() == nothing | {"json": {"a": ["b"]}}
    sent = client.post("/echo", data={"a": "b", "c": (BytesIO(b"d"), "c.txt")}).get_json()
    assert sent == nothing | {"form": {"a": "b"}, "files": {"c": "d"}}


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/x-www-form-urlencoded"])
def test_too_much_is_refused_whatever_its_kind(echo: Flask, kind: str) -> None:
    body = b"x" * (LARGEST_REQUEST + 1)
    assert echo.test_client().post("/echo", data=body, content_type=kind).status_code == 413
    in_chunks = {"wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    sent = {"input_stream": BytesIO(body), "content_type": kind, "environ_overrides": in_chunks}
    assert echo.test_client().post("/echo", **sent).status_code == 413


def test_half_a_form_is_not_taken_for_all_of_it(echo: Flask) -> None:
    half = {"wsgi.input_terminated": True, "CONTENT_LENGTH": "100"}
    kind = "application/x-www-form-urlencoded"
    answer = echo.test_client().post(
        "/echo", input_stream=BytesIO(b"a=b&c="), content_type=kind, environ_overrides=half
    )
    assert answer.status_code == 400


class SlowBody(BytesIO):
    """A body that notes what stands open while it is sent."""

    def __init__(self, content: bytes, look: Callable[[], int]) -> None:
        super().__init__(content)
        self.look, self.seen = look, list[int]()

    def readinto(self, buffer: Any, /) -> int:
        self.seen.append(self.look())
        return super().readinto(buffer)

    def read(self, size: int | None = -1, /) -> bytes:
        self.seen.append(self.look())
        return super().read(size)


def test_no_transaction_waits_for_what_is_sent(
    app: Flask, client: FlaskClient, alice: User, sign_in: SignIn, now: datetime, session: Session
) -> None:
    database: Database = app.extensions["database"]
    pool = cast(QueuePool, database.engine.pool)
    sign_in(client, alice)
    session.commit()
    body = SlowBody(b"name=Ally&time_zone=America/Chicago&time_multiplier=1", pool.checkedout)
    kind = "application/x-www-form-urlencoded"
    length = str(len(body.getvalue()))
    answer = client.post(
        "/account", input_stream=body, content_type=kind, environ_overrides={"CONTENT_LENGTH": length}
    )
    assert answer.status_code == 303
    assert alice.name == "Ally"
    assert set(body.seen) == {0}
