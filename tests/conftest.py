"""What every web test shares: both databases, the app, a client, a clock that stands still, and three people.

A test runs on SQLite and on PostgreSQL when it uses `app`, `client`, `command` or `session`. For one only:
`@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)`.

Every test really commits, so that transactions, locks and read-only sessions are those of production;
afterwards the tables are emptied.
"""

import email
import email.policy
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import time_machine
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from quizapp import clock, create_app, models
from quizapp.accounts import login
from quizapp.accounts.models import User
from quizapp.cli import cli
from quizapp.db import Base, Database
from tests import factories, postgres
from tests.content import load as load_content

assert models  # every table registers itself on Base.metadata

SETTINGS = {
    "environment": "testing",
    "secret_key": "only for tests, and longer than it has to be",
    "log_level": "error",
}


# A slow moment of a busy machine is no bug.
hypothesis.settings.register_profile("quizapp", deadline=None)
hypothesis.settings.load_profile("quizapp")


@pytest.fixture(scope="session", autouse=True)
def _no_cache_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Commands remember things in a cache folder: not in that of the person who runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=["sqlite", "postgresql"], help="Run on this one only.")
    parser.addoption("--rounds", type=int, default=3, help="How often tests/faults tries each fault.")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With --database, leave out the tests on the other one."""
    wanted = config.getoption("--database")
    other = [item for item in items if wanted and _database_of(item) not in (None, wanted)]
    if other:
        config.hook.pytest_deselected(items=other)
        items[:] = [item for item in items if item not in set(other)]


def _database_of(item: pytest.Item) -> str | None:
    call = getattr(item, "callspec", None)
    return (call.params.get("database_url") or call.params.get("exam")) if call else None


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an empty database of this worker."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('database') / 'test.sqlite3'}"
        return
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    with postgres.fresh_database(f"quizapp_test_{worker}") as url:
        yield url


@pytest.fixture(scope="session")
def mail_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mail")


@pytest.fixture(scope="session")
def settings(database_url: str, mail_folder: Path) -> dict[str, Any]:
    """The settings that every app of the tests is made with."""
    return SETTINGS | {"database_url": database_url, "mail_url": f"file://{mail_folder}"}


@pytest.fixture(scope="session")
def shared_app(settings: dict[str, Any]) -> Iterator[Flask]:
    """One app for all tests on this database, with its tables."""
    made = _make(settings)
    engine = _engine(made)
    Base.metadata.create_all(engine)
    yield made
    Base.metadata.drop_all(engine)
    engine.dispose()


def _make(settings: dict[str, Any]) -> Flask:
    app = create_app(settings)
    app.config["WTF_CSRF_ENABLED"] = False
    return app


def _engine(app: Flask) -> Engine:
    database: Database = app.extensions["database"]
    return database.engine


@pytest.fixture
def app(shared_app: Flask, mail_folder: Path) -> Iterator[Flask]:
    """The app on empty tables. Settings differ in a test? See `make_app`."""
    yield shared_app
    shared_app.extensions.pop("catalogue", None)  # what a process keeps of the content for a minute
    _empty(_engine(shared_app))
    for message in mail_folder.iterdir():
        message.unlink()


def _empty(engine: Engine) -> None:
    statements = [f"DELETE FROM {table.name}" for table in reversed(Base.metadata.sorted_tables)]
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":  # all in one round trip
            connection.execute(text(";".join(statements)))
        else:
            for statement in statements:
                connection.exec_driver_sql(statement)


@pytest.fixture
def make_app(app: Flask, settings: dict[str, Any]) -> Iterator[Callable[..., Flask]]:
    """Makes another app on the same tables, with some settings changed."""
    with ExitStack() as at_end:

        def make(**changed: Any) -> Flask:
            made = _make(settings | changed)
            at_end.callback(_engine(made).dispose)
            return made

        yield make


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """For setting up and looking. `client` and `command` commit it first and refresh it afterwards."""
    database: Database = app.extensions["database"]
    with database.open_session() as opened:
        yield opened


class Client(FlaskClient):
    """A browser that sees what the test's session has set up, and whose doings that session sees."""

    test_session: Session | None = None

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        if self.test_session is None:
            return super().open(*args, **kwargs)
        # An open transaction of the test would hold SQLite's only write lock.
        self.test_session.commit()
        response = super().open(*args, **kwargs)
        self.test_session.expire_all()
        return response


@pytest.fixture
def new_client(session: Session) -> Callable[[Flask], FlaskClient]:
    """Makes another browser, perhaps for another app."""

    def make(app: Flask) -> FlaskClient:
        app.test_client_class = Client
        made = app.test_client()
        assert isinstance(made, Client)
        made.test_session = session
        return made

    return make


@pytest.fixture
def client(app: Flask, new_client: Callable[[Flask], FlaskClient]) -> FlaskClient:
    return new_client(app)


@pytest.fixture
def command(app: Flask, session: Session) -> Callable[..., Result]:
    """Runs a `quizapp` command: `command("user", "list")`."""
    runner = app.test_cli_runner()

    def run(*words: str, stdin: str | None = None) -> Result:
        session.commit()
        result = runner.invoke(cli, list(words), input=stdin, prog_name="quizapp")
        session.expire_all()
        return result

    return run


@pytest.fixture
def outbox(app: Flask, mail_folder: Path) -> Callable[[], list[EmailMessage]]:
    """The mails sent so far in this test, oldest first."""

    def read() -> list[EmailMessage]:
        files = sorted(mail_folder.glob("*.eml"))
        return [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]

    return read


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """The SQL sent so far in this test, without BEGIN and COMMIT; clear it before what you count."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    event.listen(_engine(app), "before_cursor_execute", note)
    yield sent
    event.remove(_engine(app), "before_cursor_execute", note)


@pytest.fixture
def clock_hands() -> Iterator[time_machine.Traveller]:
    """The hands of the clock, which stands still at factories.NOW: `.shift(60)` lets a minute pass."""
    with time_machine.travel(factories.NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def now(clock_hands: time_machine.Traveller) -> datetime:
    """The present moment, at which the clock stands still."""
    return factories.NOW


@pytest.fixture
def sign_in() -> Callable[[FlaskClient, User], None]:
    """Signs a person in without going through the form."""

    def begin(client: FlaskClient, user: User) -> None:
        with client.session_transaction() as cookie:
            login.begin_session(cookie, user.id, user.session_version, clock.now())

    return begin


@pytest.fixture
def programme(session: Session) -> Any:
    return factories.make_programme(session, "Riverside")


@pytest.fixture
def alice(session: Session, programme: Any) -> User:
    """A learner of Riverside: owns what a test is about."""
    return _member(session, programme, "Alice", "learner")


@pytest.fixture
def bob(session: Session, programme: Any) -> User:
    """A trainer of Riverside: may see what is Alice's."""
    return _member(session, programme, "Bob", "trainer")


@pytest.fixture
def charlie(session: Session) -> User:
    """A learner of another programme: may not."""
    return _member(session, factories.make_programme(session, "Hilltop"), "Charlie", "learner")


def _member(session: Session, programme: Any, name: str, role: str) -> User:
    user = factories.make_user(session, name)
    factories.make_membership(session, programme, user, role)
    return user


@pytest.fixture
def every_type(app: Flask, session: Session) -> None:
    """All shipped banks, with items of every type."""
    load_content(session, others="live")


@pytest.fixture
def content(app: Flask, session: Session) -> None:
    """The core bank, in this test's database: one choice answers each of its items."""
    load_content(session)
