"""`quizapp serve` as an operator starts it."""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.request import urlopen

import pytest

from benchmarks.servers import environment, free_port
from quizapp import schema
from quizapp.config import PROJECT
from quizapp.db import make_engine

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
PATIENCE = 30  # seconds


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    own = {
        "QUIZAPP_ENVIRONMENT": "testing",
        "QUIZAPP_SECRET_KEY": secrets.token_urlsafe(48),
        "QUIZAPP_DATABASE_URL": f"sqlite:///{tmp_path / 'served.sqlite3'}",
    }
    return environment(own)


@pytest.fixture
def server(settings: dict[str, str], tmp_path: Path) -> Iterator[tuple["subprocess.Popen[bytes]", str]]:
    """Two processes that serve an empty database, and their address."""
    engine = make_engine(settings["QUIZAPP_DATABASE_URL"])
    schema.upgrade(engine)
    engine.dispose()
    port = free_port()
    options = ["--port", str(port), "--workers", "2", "--respawn-interval", "0.1"]
    command = [sys.executable, "-m", "quizapp", "serve", *options]
    log = tmp_path / "log"
    with log.open("w") as said:
        process = subprocess.Popen(
            command, cwd="/", env=settings, stdout=said, stderr=said, start_new_session=True
        )
    try:
        # One that is still starting would not hear that it is to end.
        wait_until(lambda: log.read_text().count("Started worker") == 2)
        yield process, f"http://127.0.0.1:{port}"
    finally:
        with suppress(ProcessLookupError):  # all of them have ended
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE)


def wait_until(is_so: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < give_up
        time.sleep(0.05)


def workers(parent: int) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def answer(address: str) -> int:
    with closing(urlopen(address, timeout=PATIENCE)) as response:
        return int(response.status)


def files(pid: int) -> list[str]:
    return [str(file.readlink()) for file in Path(f"/proc/{pid}/fd").iterdir() if file.is_symlink()]


def test_a_process_that_dies_is_replaced_and_none_shares_a_connection(
    server: tuple["subprocess.Popen[bytes]", str],
) -> None:
    process, address = server
    assert answer(f"{address}/readyz") == 200
    first = workers(process.pid)
    assert len(first) == 2
    assert not any(".sqlite3" in name for name in files(process.pid))
    os.kill(first[0], signal.SIGKILL)
    wait_until(lambda: len(workers(process.pid)) == 2 and first[0] not in workers(process.pid))
    assert answer(f"{address}/login") == 200


def test_pages_that_nobody_asked_for_are_not_in_the_log(
    server: tuple["subprocess.Popen[bytes]", str], tmp_path: Path
) -> None:
    _process, address = server
    assert answer(f"{address}/readyz") == 200
    log = tmp_path / "log"
    wait_until(lambda: "/readyz" in log.read_text())
    assert "/login" not in log.read_text()
    assert "/healthz" not in log.read_text()


def test_asked_to_end_it_ends(server: tuple["subprocess.Popen[bytes]", str]) -> None:
    process, address = server
    assert answer(f"{address}/healthz") == 200
    process.terminate()
    assert process.wait(PATIENCE) == 0


def test_wrong_settings_are_said_before_any_process_starts(settings: dict[str, str]) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "quizapp", "serve"],
        cwd=PROJECT,
        env=settings | {"QUIZAPP_SECRET_KEY": "short"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert told.returncode == 2
    assert told.stderr.splitlines() == [
        "The settings are not right:",
        "QUIZAPP_SECRET_KEY: String should have at least 32 characters",
    ]
