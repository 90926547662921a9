"""The product as it runs for people: a real server on a database file, with people and attempts ready."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from benchmarks.servers import environment, free_port
from quizapp import clock, create_app, demo, schema
from quizapp.accounts import login
from quizapp.accounts.models import User
from quizapp.config import PROJECT
from quizapp.db import Database
from quizapp.direct import Direct
from quizapp.exams import pausing, starting
from quizapp.exams.forms import new_change_id
from quizapp.exams.loading import OpenedItem, open_item
from quizapp.exams.models import MOCK, Attempt, ItemResponse, ResponseChange
from quizapp.exams.queries import own_mock
from quizapp.exams.saving import Change, record_change
from quizapp.exams.starting import PracticeFocus
from quizapp.progress.queries import HOUSE
from tests import factories
from tests.content import load as load_content

COOKIE = "quizapp"
WITH_BREAKS = "house_with_breaks"  # after item 2 for 10 minutes, and after item 4 for 5


@dataclass(frozen=True, slots=True)
class Person:
    id: int
    email: str
    cookie: str


@dataclass(frozen=True, slots=True)
class Site:
    """The running server's address, and the same app in this process, to set up and to look."""

    url: str
    app: Flask

    @property
    def secret(self) -> str:
        return str(self.app.config["SECRET_KEY"])

    @contextmanager
    def working(self) -> Iterator[Session]:
        """A session that is committed at the end."""
        database: Database = self.app.extensions["database"]
        with self.app.app_context(), database.open_session() as session:
            yield session
            session.commit()

    def make_person(self, name: str = "Alex", **columns: Any) -> Person:
        with self.working() as session:
            user = factories.make_user(session, name, **columns)
            return self._signed_in(user)

    def find_person(self, email: str) -> Person:
        with self.working() as session:
            return self._signed_in(session.scalars(select(User).where(User.email == email)).one())

    def _signed_in(self, user: User) -> Person:
        client = self.app.test_client()
        with client.session_transaction() as cookie:
            login.begin_session(cookie, user.id, user.session_version, clock.now())
        sent = client.get_cookie(COOKIE)
        assert sent is not None
        return Person(user.id, user.email, sent.value)

    def start_mock(self, person: Person, multiplier: str = "1", blueprint: str = HOUSE) -> int:
        with self.working() as session:
            return starting.start_mock(session, person.id, None, blueprint, multiplier, clock.now())

    def start_practice(self, person: Person, domain: str, *, asks_certainty: bool = False) -> int:
        with self.working() as session:
            focus = [PracticeFocus(kind="domain", key=domain)]
            started = starting.start_practice(
                session, person.id, None, focus, 5, clock.now(), asks_certainty=asks_certainty
            )
            return started.id

    def leave(self, attempt_id: int, seconds: int) -> None:
        """Move an attempt in time so that this much of it is left; less than nothing: it is over."""
        with self.working() as session:
            attempt = session.get_one(Attempt, attempt_id)
            ends = clock.now() + timedelta(seconds=seconds)
            by = ends - attempt.deadline_at
            moved = {name: getattr(attempt, name) + by for name in ("started_at", "deadline_at", "closes_at")}
            session.execute(update(Attempt).where(Attempt.id == attempt_id).values(moved))

    def opened(self, attempt_id: int, position: int, mode: str = MOCK) -> OpenedItem:
        with self.working() as session:
            learner_id = session.get_one(Attempt, attempt_id).learner_id
            return open_item(session, mode, learner_id, attempt_id, position)

    def best(self, attempt_id: int, position: int, mode: str = MOCK) -> int:
        """The place, from 1, of the key on the learner's page."""
        opened = self.opened(attempt_id, position, mode)
        key, _ = opened.kind.sample_answers(opened.item)
        return int(opened.kind.posted(opened.item, opened.order, key)["choice"][0])

    def stored(self, attempt_id: int, position: int) -> int | None:
        """The place, from 1, of the answer that the database holds."""
        opened = self.opened(attempt_id, position)
        posted = opened.kind.posted(opened.item, opened.order, opened.answer)
        return int(posted["choice"][0]) if posted else None

    def answer(self, attempt_id: int, position: int, choice: int, *, is_flagged: bool = False) -> None:
        """Save an answer on top of what stands, as another device would."""
        opened = self.opened(attempt_id, position)
        change = Change(
            base=opened.version,
            change_id=new_change_id(),
            answer=opened.kind.parse(opened.item, opened.order, {"choice": [str(choice)]}),
            is_flagged=is_flagged,
            milliseconds=30_000,
        )
        with self.working() as session:
            record_change(Direct.within(session), opened, change, clock.now())

    def begin_break(self, attempt_id: int, *, taken: bool = True) -> None:
        """Take the next break of a mock or go on without it, as another device would."""
        act = pausing.take_break if taken else pausing.pass_over_break
        with self.working() as session:
            mock = own_mock(session, session.get_one(Attempt, attempt_id).learner_id, attempt_id)
            assert act(session, mock, mock.stage.break_after or 0, clock.now())

    def leave_break(self, attempt_id: int, seconds: int) -> None:
        """Let the break that runs end after this many seconds."""
        with self.working() as session:
            attempt = session.get_one(Attempt, attempt_id)
            attempt.break_until = clock.now() + timedelta(seconds=seconds)

    def outcomes(self, attempt_id: int) -> list[str]:
        """What became of every change of an attempt, in the order of arrival."""
        chosen = select(ResponseChange.outcome).where(ResponseChange.attempt_id == attempt_id)
        with self.working() as session:
            return list(session.scalars(chosen.order_by(ResponseChange.id)))

    def submitted_at(self, attempt_id: int) -> datetime | None:
        with self.working() as session:
            return session.get_one(Attempt, attempt_id).submitted_at

    def answer_count(self, attempt_id: int) -> int:
        counted = select(func.count()).select_from(ItemResponse)
        with self.working() as session:
            return (
                session.scalar(
                    counted.where(ItemResponse.attempt_id == attempt_id, ItemResponse.answer.is_not(None))
                )
                or 0
            )


@contextmanager
def serve(folder: Path) -> Iterator[Site]:
    """A server with the shipped banks and the demo's people, until the end of the block."""
    port = free_port()
    settings = {
        "environment": "testing",
        "secret_key": "only for the browser tests, and longer than it has to be",
        "database_url": f"sqlite:///{folder / 'site.sqlite3'}",
        "base_url": f"http://127.0.0.1:{port}",
        "mail_url": f"file://{folder / 'mail'}",
        "log_level": "error",
    }
    app = create_app(settings)
    site = Site(settings["base_url"], app)
    database: Database = app.extensions["database"]
    schema.upgrade(database.engine)
    with site.working() as session:
        load_content(session, others="in_review")
        factories.make_blueprint_with_breaks(session, (2, 10), (4, 5))
        demo.make(session, clock.now(), "America/New_York")
        demo.make_history(session, clock.now(), on_step=lambda: None)
    own = {f"QUIZAPP_{name.upper()}": value for name, value in settings.items()}
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(_command(port), env=environment(own), stdout=log, stderr=log, cwd=PROJECT)
        try:
            _wait_until_ready(site.url, process)
            yield site
        finally:
            process.terminate()
            process.wait(timeout=15)
            database.engine.dispose()


def _command(port: int) -> list[str]:
    options = "serve --host 127.0.0.1 --workers 1 --log-level warning"
    return [sys.executable, "-m", "quizapp", *options.split(), "--port", str(port)]


def _wait_until_ready(url: str, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        assert process.poll() is None, "the server ended; see server.log"
        try:
            with urlopen(f"{url}/readyz", timeout=2) as response:
                if response.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.1)
    raise TimeoutError(f"{url} did not become ready")
