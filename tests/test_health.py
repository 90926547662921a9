"""Two addresses for machines: alive, and ready."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from quizapp import create_app, schema
from quizapp.accounts.models import User
from quizapp.db import Database
from tests.conftest import SETTINGS

NOWHERE = {
    "sqlite": "sqlite:////there/is/no/folder/quiz.sqlite3",
    "postgresql": "postgresql+psycopg://nobody@127.0.0.1:1/quiz?connect_timeout=2",
}


@pytest.fixture
def app_on() -> Iterator[Callable[[str], Flask]]:
    """Makes an app on a database of this address, with no table made."""
    engines = []

    def make(url: str) -> Flask:
        app = create_app(SETTINGS | {"database_url": url})
        database: Database = app.extensions["database"]
        engines.append(database.engine)
        return app

    yield make
    for engine in engines:
        engine.dispose()


def engine_of(app: Flask) -> Any:
    return app.extensions["database"].engine


@pytest.mark.parametrize("kind", NOWHERE)
def test_alive_without_a_database(app_on: Callable[[str], Flask], kind: str) -> None:
    response = app_on(NOWHERE[kind]).test_client().get("/healthz")
    assert (response.status_code, response.json) == (200, {"status": "alive"})


@pytest.mark.parametrize("kind", NOWHERE)
def test_not_ready_without_a_database(app_on: Callable[[str], Flask], kind: str) -> None:
    response = app_on(NOWHERE[kind]).test_client().get("/readyz")
    assert (response.status_code, response.json) == (503, {"status": "not ready", "database": "no answer"})


def test_ready_once_the_tables_are_up_to_date(app_on: Callable[[str], Flask], tmp_path: Path) -> None:
    app = app_on(f"sqlite:///{tmp_path / 'quiz.sqlite3'}")
    client = app.test_client()
    missing = {"status": "not ready", "database": "migrations are missing"}
    assert (client.get("/readyz").status_code, client.get("/readyz").json) == (503, missing)
    schema.upgrade(engine_of(app))
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json) == (200, {"status": "ready", "database": "ok"})
    schema.downgrade(engine_of(app), "base")
    assert client.get("/readyz").status_code == 503


def test_ready_only_at_the_last_migration(app_on: Callable[[str], Flask], tmp_path: Path) -> None:
    app = app_on(f"sqlite:///{tmp_path / 'quiz.sqlite3'}")
    scripts = ScriptDirectory.from_config(schema.migration_config())
    steps = [script.revision for script in reversed(list(scripts.walk_revisions()))]
    statuses = []
    for step in steps:
        schema.upgrade(engine_of(app), step)
        statuses.append(app.test_client().get("/readyz").status_code)
    assert statuses == [503] * (len(steps) - 1) + [200]


def test_old_processes_stay_ready_while_a_new_version_is_rolled_out(
    app_on: Callable[[str], Flask], tmp_path: Path
) -> None:
    app = app_on(f"sqlite:///{tmp_path / 'quiz.sqlite3'}")
    schema.upgrade(engine_of(app))
    with engine_of(app).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'of next year'"))
    assert app.test_client().get("/readyz").status_code == 200


def test_ready_is_asked_without_waiting_for_a_writer(app_on: Callable[[str], Flask], tmp_path: Path) -> None:
    app = app_on(f"sqlite:///{tmp_path / 'quiz.sqlite3'}")
    schema.upgrade(engine_of(app))
    with engine_of(app).begin():
        assert app.test_client().get("/readyz").status_code == 200


@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
def test_machines_get_no_cookie_and_send_none_for_nothing(
    client: FlaskClient,
    alice: User,
    sign_in: Callable[[FlaskClient, User], None],
    statements: list[str],
    address: str,
) -> None:
    assert "Set-Cookie" not in client.get(address).headers
    sign_in(client, alice)
    statements.clear()
    assert "Set-Cookie" not in client.get(address).headers
    assert not [sent for sent in statements if "account" in sent]
