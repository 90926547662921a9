"""The production server around an app, and a durable store for it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks import machine
from quizapp.config import PROJECT
from tests import postgres

SQLITE, POSTGRESQL = "sqlite", "postgresql"
READY_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """A database system with durable settings. `pid` is PostgreSQL's first process; SQLite has none."""

    kind: str
    folder: Path
    pid: int | None = None
    dsn: str = ""

    def new_database(self, name: str) -> str:
        """The address of an empty database, for SQLAlchemy."""
        if self.kind == SQLITE:
            return f"sqlite:///{self.folder / name}.sqlite3"
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
            return f"postgresql+psycopg://postgres@/{name}?host={connection.info.host}"


@contextmanager
def open_store(kind: str, folder: Path) -> Iterator[Store]:
    """SQLite in a folder, or a PostgreSQL of our own that ends with the block."""
    if kind == SQLITE:
        yield Store(kind=kind, folder=folder)
        return
    with postgres.server(postgres.DURABLE) as dsn:
        home = Path(dict(word.split("=", 1) for word in dsn.split())["host"])
        pid = int((home / "data" / "postmaster.pid").read_text().split("\n", 1)[0])
        yield Store(kind=kind, folder=folder, pid=pid, dsn=dsn)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running app."""

    pid: int
    port: int


@contextmanager
def serve(
    app: str | None, port: int, settings: Mapping[str, str], log: Path, workers: int | None = None
) -> Iterator[Server]:
    """Granian as in production, one thread a process. Its log goes to a file.

    :param app: another one than that of `quizapp serve`.
    :param workers: how many processes; as many as cores when not given.
    """
    options = ["--host", "127.0.0.1", "--port", str(port), "--log-level", "warning"]
    options += ["--workers", str(workers or machine.core_count()), "--blocking-threads", "1"]
    if app is None:
        command = [sys.executable, "-m", "quizapp", "serve", *options]
    else:
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", *options, app]
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=PROJECT, env=environment(settings), stdout=file, stderr=file)
    try:
        _wait_until_ready(process, port, log)
        yield Server(pid=process.pid, port=port)
    except Exception as error:
        error.add_note(f"the end of the log of {app or 'quizapp'}:\n{log.read_text()[-3000:]}")
        raise
    finally:
        process.terminate()
        process.wait(timeout=READY_SECONDS)


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """The variables of a process, without settings of quizapp that happen to be set here."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("QUIZAPP_")}
    return own | dict(settings)


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    give_up = time.monotonic() + READY_SECONDS
    while process.poll() is None and time.monotonic() < give_up:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"the server did not start: {log.read_text()}")
