"""The stores that faults are tried on, with the durable settings of production, and how long to go on."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests import postgres
from tests.faults.ledger import Ledger
from tests.faults.site import Exam, open_exam

Say = Callable[[str], None]

POSTGRESQL = pytest.mark.parametrize("exam", ["postgresql"], indirect=True)
ROLE = "quizapp"  # that the app has, with no special rights


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> int:
    """How often a fault is tried; `--rounds` says so."""
    number: int = request.config.getoption("--rounds")
    return number


@pytest.fixture
def few(rounds: int) -> int:
    """How often a fault is tried that takes long or always strikes at the same place."""
    return max(1, rounds // 3)


@pytest.fixture
def say(request: pytest.FixtureRequest) -> Say:
    """Tells how far a test has come, while it runs."""
    capture = request.config.pluginmanager.getplugin("capturemanager")
    name = request.node.name

    def tell(words: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"{name}: {words}", file=sys.stderr, flush=True)

    return tell


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(tmp_path / "ledger.jsonl")
    yield made
    made.close()


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgres.Cluster]:
    """A PostgreSQL that writes for good, as in production."""
    with postgres.cluster() as made:
        made.start(postgres.DURABLE)
        with psycopg.connect(made.dsn, autocommit=True) as connection:
            connection.execute(f"CREATE ROLE {ROLE} LOGIN".encode())
        yield made


@contextmanager
def durable_database(cluster: postgres.Cluster, name: str) -> Iterator[str]:
    """The address of an empty database that the app's role owns."""
    with postgres.database(cluster.dsn, name) as url:
        with psycopg.connect(cluster.dsn, autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {name} OWNER TO {ROLE}".encode())
        yield url.replace("//postgres@", f"//{ROLE}@")


@contextmanager
def durable_address(request: pytest.FixtureRequest, folder: Path, name: str) -> Iterator[str]:
    """The address of an empty database of the kind that the fixture's parameter names."""
    if request.param == "sqlite":
        yield f"sqlite:///{folder / name}.sqlite3"
        return
    with durable_database(request.getfixturevalue("cluster"), name) as url:
        yield url


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def exam(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exam]:
    """A running server on each database."""
    folder = tmp_path_factory.mktemp("exam")
    with durable_address(request, folder, "faults") as url, open_exam(folder, url) as made:
        made.server.start()
        yield made
