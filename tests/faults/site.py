"""The product as in production: a real server that can be killed, and people in mocks."""

import http.client
import os
import random
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.servers import environment, free_port
from quizapp import clock, create_app, schema
from quizapp.config import PROJECT
from quizapp.core.items import Answer
from quizapp.db import Database
from quizapp.exams import starting
from quizapp.exams.loading import open_item
from quizapp.exams.models import MOCK
from quizapp.progress.queries import HOUSE
from tests.browser.site import Site
from tests.content import load as load_content

WORKERS = 2
POSITIONS = 12  # of each mock are answered
READY_SECONDS = 60
# Ends all processes of the server when this one goes away, however it goes: the pipe closes.
GUARD = '"$@" </dev/null & read -r _; kill -KILL 0'


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer as the page's script sends it, and as the database is to hold it."""

    fields: dict[str, list[str]]
    answer: Answer | None


@dataclass(frozen=True, slots=True)
class Seat:
    """A learner's open mock: the cookie that they are signed in with, and what they can answer where."""

    attempt_id: int
    learner_id: int
    cookie: str
    choices: Mapping[int, Sequence[Choice]]


@dataclass(slots=True)
class Server:
    """Granian as in production. It is its own process group, so that it can be killed as a whole."""

    settings: Mapping[str, str]
    log: Path
    module: str | None = None  # another app than that of `quizapp serve`
    threads: int = 1
    variables: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    _process: "subprocess.Popen[bytes] | None" = None

    def start(self, until: str = "/readyz") -> None:
        """Run it until an address of it answers."""
        options = ["--host", "127.0.0.1", "--port", str(self.port), "--workers", str(WORKERS)]
        options += ["--blocking-threads", str(self.threads), "--log-level", "warning"]
        if self.module is None:
            command = [sys.executable, "-m", "quizapp", "serve", *options]
        else:
            command = [sys.executable, "-m", "granian", "--interface", "wsgi", *options, self.module]
        settings = {f"QUIZAPP_{name.upper()}": value for name, value in self.settings.items()}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                ["sh", "-c", GUARD, "sh", *command],
                cwd=PROJECT,
                env=environment(settings | dict(self.variables)),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.wait_until(until)

    def wait_until(self, address: str) -> None:
        """Wait until it answers this address with 200."""
        give_up = time.monotonic() + READY_SECONDS
        while not self._answers(address):
            if time.monotonic() > give_up:
                raise TimeoutError(f"no answer at {address}:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.05)

    def _answers(self, address: str) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", address)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def kill(self) -> None:
        """All its processes at once, without a word: kill -9."""
        if self._process is None:
            return
        group = self._process.pid
        os.killpg(group, signal.SIGKILL)
        self._process.wait(timeout=READY_SECONDS)
        assert self._process.stdin
        self._process.stdin.close()
        self._process = None
        while _processes(group):  # until the last has let go of its files
            time.sleep(0.01)

    def processes(self) -> list[int]:
        """Those that run the program."""
        assert self._process
        return [pid for pid in _processes(self._process.pid) if pid != self._process.pid]


def _processes(group: int) -> list[int]:
    """Of a process group, those that are not dead."""
    found = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            state, _, of, *rest = file.read_text().rpartition(")")[2].split()
            # A dead one whose other threads have not ended yet still has its files open.
            if int(of) == group and (state not in "ZX" or int(rest[14]) > 1):
                found.append(int(file.parent.name))
    return found


@dataclass(frozen=True, slots=True)
class Exam:
    """A running server, and the same app in this process, to set up and to look."""

    site: Site
    server: Server

    def seat(self, number: int, positions: int = POSITIONS) -> list[Seat]:
        """New learners, each in a mock of their own."""
        return [self._seat(positions) for _learner in range(number)]

    def close_here(self) -> None:
        """Leave the database's files alone: nothing of them stays open in this process."""
        database: Database = self.site.app.extensions["database"]
        database.engine.dispose()

    def _seat(self, positions: int) -> Seat:
        person = self.site.make_person()
        with self.site.working() as session:
            attempt_id = starting.start_mock(session, person.id, None, HOUSE, "1", clock.now())
            opened = [
                open_item(session, MOCK, person.id, attempt_id, position)
                for position in range(1, positions + 1)
            ]
        choices = {}
        for item in opened:
            if item.kind.in_steps:
                continue  # whose fields mean something only after the answer to the step before
            given = [*item.kind.sample_answers(item.item), None]
            choices[item.position] = [
                Choice(item.kind.posted(item.item, item.order, answer), answer) for answer in given
            ]
        return Seat(attempt_id, person.id, person.cookie, choices)


@contextmanager
def open_exam(folder: Path, database_url: str, **server: Any) -> Iterator[Exam]:
    """A server on a new database with the shipped banks, until the end of the block. Not started yet."""
    running = Server({}, folder / "server.log", **server)
    running.settings = {
        "environment": "production",
        "secret_key": secrets.token_urlsafe(48),
        "database_url": database_url,
        "base_url": f"http://127.0.0.1:{running.port}",
        "mail_url": f"file://{folder / 'mail'}",
        "log_level": "warning",
    }
    app = create_app(running.settings)
    exam = Exam(Site(f"http://127.0.0.1:{running.port}", app), running)
    database: Database = app.extensions["database"]
    try:
        schema.upgrade(database.engine)
        with exam.site.working() as session:
            load_content(session, others="live")
        yield exam
    finally:
        running.kill()
        exam.close_here()


def some(few: int, many: int) -> int:
    """A number that nobody has chosen, for moments that come at random."""
    return random.randint(few, many)
