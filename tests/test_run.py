"""script/run as a person starts and ends it."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from quizapp.config import PREFIX, PROJECT

PARTS = ("migrations", "pyproject.toml", "question_banks", "requirements", "script", "wsgi.py")
IS_CURRENT = ". script/setup; is_current test"

pytestmark = pytest.mark.skipif(
    subprocess.run(["sh", "-c", IS_CURRENT], cwd=PROJECT, check=False).returncode != 0,
    reason="script/run would first set up .venv",
)


@pytest.fixture
def started(tmp_path: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """The script in a folder of its own, and the address that it serves at."""
    for part in PARTS:
        (tmp_path / part).symlink_to(PROJECT / part)
    (tmp_path / ".venv").symlink_to(PROJECT / ".venv")
    (tmp_path / "script").unlink()
    shutil.copytree(PROJECT / "script", tmp_path / "script")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    environment |= {
        "PORT": str(port),
        f"{PREFIX}DATABASE_URL": f"sqlite:///{tmp_path / 'run.sqlite3'}",
    }
    with subprocess.Popen(
        ["sh", "script/run"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # a group of its own, as a terminal gives it
    ) as process:
        yield process, f"http://127.0.0.1:{port}"
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)


def test_ready_means_ready_and_ctrl_c_ends_it_at_once(
    started: tuple["subprocess.Popen[str]", str],
) -> None:
    process, address = started
    assert process.stdout
    said = ""
    while "is ready at" not in said:
        line = process.stdout.readline()
        assert line, said
        said += line
    with urlopen(f"{address}/healthz", timeout=1) as response:
        assert response.status == 200
    pressed = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    process.wait(timeout=20)
    assert time.monotonic() - pressed < 3
    with pytest.raises(OSError, match="refused"):
        urlopen(f"{address}/healthz", timeout=1)
