"""One JSON line a request, which helps to find a fault and tells nothing about a person."""

import io
import json
import re
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from quizapp import db, logs
from quizapp.accounts.access import public
from quizapp.accounts.models import Membership, User
from tests.factories import NOW, PASSWORD

Log = Callable[[], list[dict[str, Any]]]
SECRET_ROLE = "a-role-that-must-not-be-told"


@public
def _fail(word: str) -> str:
    db.session.execute(insert(Membership).values(programme_id=None, role=SECRET_ROLE, joined_at=NOW))
    return word


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What goes to standard error of the apps made meanwhile."""
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    yield written
    monkeypatch.undo()
    logs.configure("json", "error")


@pytest.fixture
def logged(stream: io.StringIO, make_app: Callable[..., Flask]) -> Flask:
    """An app that logs every request."""
    app = make_app(log_level="info")
    app.add_url_rule("/broken/<word>", view_func=_fail, methods=["POST"])
    return app


@pytest.fixture
def log(stream: io.StringIO) -> Log:
    def read() -> list[dict[str, Any]]:
        return [json.loads(line) for line in stream.getvalue().splitlines()]

    return read


def test_a_request_is_one_line_with_its_route_and_its_time(logged: Flask, log: Log) -> None:
    response = logged.test_client().get("/login?next=/home")
    [line] = log()
    assert line.pop("ms") >= 0
    assert datetime.fromisoformat(line.pop("timestamp")).tzinfo
    assert line == {
        "event": "request",
        "level": "info",
        "method": "GET",
        "route": "/login",
        "status": 200,
        "request_id": response.headers["X-Request-ID"],
    }


def test_an_address_that_is_not_there_is_not_quoted(logged: Flask, log: Log, stream: io.StringIO) -> None:
    logged.test_client().get("/alice@example.org?q=hidden-word")
    [line] = log()
    assert (line["route"], line["status"]) == (None, 404)
    assert "alice" not in stream.getvalue()


def test_every_request_has_another_number(logged: Flask, log: Log) -> None:
    client = logged.test_client()
    shown = [client.get("/terms").headers["X-Request-ID"] for _ in range(5)]
    assert [line["request_id"] for line in log()] == shown
    assert len(set(shown)) == 5


def test_a_bug_is_logged_under_the_number_on_its_page(logged: Flask, log: Log) -> None:
    response = logged.test_client().post("/broken/hidden-word", data={"field": "hidden-word"})
    bug, line = log()
    number = response.headers["X-Request-ID"]
    assert f">{number}<" in response.text
    assert bug["request_id"] == line["request_id"] == number
    assert bug["level"] == "error"
    assert "Traceback" in bug["exception"]
    assert (line["route"], line["status"]) == ("/broken/<word>", 500)


def test_a_bug_tells_no_value_of_its_statement(logged: Flask, stream: io.StringIO) -> None:
    logged.test_client().post("/broken/hidden-word?q=hidden-word", data={"field": "hidden-word"})
    told = stream.getvalue().replace(f'role=\\"{SECRET_ROLE}', "")
    assert "INSERT INTO membership" in told
    assert SECRET_ROLE not in re.sub(r"DETAIL.*", "", told)
    assert "hidden-word" not in told


def test_text_is_written_when_asked_for(
    stream: io.StringIO, make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    make_app(log_level="info", log_format="text").test_client().get("/terms")
    assert "route" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


@pytest.mark.usefixtures("content")
def test_no_line_tells_who_a_person_is_or_what_they_answered(
    logged: Flask,
    log: Log,
    stream: io.StringIO,
    new_client: Callable[[Flask], FlaskClient],
    outbox: Callable[[], list[EmailMessage]],
    session: Session,
    now: datetime,
) -> None:
    client, email = new_client(logged), "dana@example.org"
    form = {"name": "Dana Secretive", "email": email, "new_password": PASSWORD, "agrees": "y"}
    client.post("/register", data=form)
    client.post("/login", data={"email": email, "password": "not the right one"})
    client.post("/password/forgot", data={"email": email})
    reset = urlsplit(re.findall(r"http\S+/password/reset/\S+", outbox()[-1].get_content())[0]).path
    client.get(reset)
    client.post(reset, data={"new_password": PASSWORD + " two"})
    client.post("/login?next=/practice", data={"email": email, "password": PASSWORD + " two"})
    item = client.post("/practice", data={"about": "helps", "size": "5"}).headers["Location"]
    client.post(item, data={"choice": "2", "ms": "4711"})
    client.get("/home?q=hidden-word")
    told = stream.getvalue()
    assert [line["status"] for line in log() if line["event"] == "request"] == [
        303, 422, 303, 200, 303, 303, 303, 303, 200,
    ]  # fmt: skip
    user_ids = {line["user_id"] for line in log() if "user_id" in line}
    assert user_ids == {session.scalar(select(User.id))}
    for secret in (
        email,
        "Dana",
        PASSWORD,
        "not the right one",
        reset.rpartition("/")[2],
        "hidden-word",
        "4711",
    ):
        assert secret not in told, secret
