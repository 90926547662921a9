"""PostgreSQL that stops, takes no more connections, or waits for somebody else's transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests import postgres
from tests.faults.clients import Crowd, answering
from tests.faults.conftest import POSTGRESQL, ROLE, Say, durable_database
from tests.faults.ledger import Ledger
from tests.faults.site import Exam, open_exam, some

pytestmark = pytest.mark.faults

LEARNERS, TABS = 40, 50
THREADS = 8  # of each process, for two connections
END_ALL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s"


def check(exam: Exam, ledger: Ledger, crowd: Crowd, say: Say) -> None:
    """Nothing is lost, and those who were turned away were told so calmly."""
    with exam.site.working() as session:
        audit = ledger.audit(session)
    say(f"{audit}; {crowd.told['calm']} calm refusals")
    assert audit.is_clean, str(audit)
    assert crowd.told["calm"] > 0


@POSTGRESQL
def test_no_acknowledged_answer_is_lost_when_postgresql_stops_at_once(
    exam: Exam, cluster: postgres.Cluster, ledger: Ledger, rounds: int, say: Say
) -> None:
    with answering(exam.server.port, exam.seat(LEARNERS), ledger, TABS) as crowd:
        for number in range(1, rounds + 1):
            crowd.wait_for("all", some(100, 500))
            cluster.stop_at_once()
            crowd.wait_for("calm", TABS)
            stopped_at = crowd.told["all"]
            cluster.start(postgres.DURABLE)
            crowd.wait_for("all", 100)
            say(f"round {number} of {rounds}: stopped after {stopped_at} answers")
    check(exam, ledger, crowd, say)


@contextmanager
def no_connection_left(dsn: str) -> Iterator[None]:
    """The app loses its connections, and is told that there are too many when it wants a new one."""
    with psycopg.connect(dsn, autocommit=True) as operator:
        operator.execute(f"ALTER ROLE {ROLE} CONNECTION LIMIT 0".encode())
        try:
            operator.execute(END_ALL, [ROLE])
            yield
        finally:
            operator.execute(f"ALTER ROLE {ROLE} CONNECTION LIMIT -1".encode())


@POSTGRESQL
def test_no_acknowledged_answer_is_lost_when_there_is_no_connection_left(
    exam: Exam, cluster: postgres.Cluster, ledger: Ledger, few: int, say: Say
) -> None:
    with answering(exam.server.port, exam.seat(LEARNERS), ledger, TABS) as crowd:
        for number in range(1, few + 1):
            crowd.wait_for("all", some(50, 200))
            with no_connection_left(cluster.dsn):
                crowd.wait_for("calm", TABS)
            crowd.wait_for("all", 100)
            say(f"round {number} of {few}: without a connection for a while")
    check(exam, ledger, crowd, say)


@contextmanager
def read_only_server(dsn: str) -> Iterator[None]:
    """Nobody can write, as on a copy of the server that has not taken over yet."""
    with psycopg.connect(dsn, autocommit=True) as operator:
        operator.execute(f"ALTER ROLE {ROLE} SET default_transaction_read_only = on".encode())
        operator.execute(END_ALL, [ROLE])
        try:
            yield
        finally:
            operator.execute(f"ALTER ROLE {ROLE} RESET default_transaction_read_only".encode())
            operator.execute(END_ALL, [ROLE])


@POSTGRESQL
def test_no_acknowledged_answer_is_lost_when_postgresql_is_read_only(
    exam: Exam, cluster: postgres.Cluster, ledger: Ledger, few: int, say: Say
) -> None:
    with answering(exam.server.port, exam.seat(LEARNERS), ledger, TABS) as crowd:
        for number in range(1, few + 1):
            crowd.wait_for("all", some(50, 200))
            with read_only_server(cluster.dsn):
                crowd.wait_for("calm", TABS)
            crowd.wait_for("all", 100)
            say(f"round {number} of {few}: read-only for a while")
    check(exam, ledger, crowd, say)


@pytest.fixture
def exam_with_small_pool(cluster: postgres.Cluster, tmp_path: Path) -> Iterator[Exam]:
    module = "tests.faults.wsgi_with_small_pool:app"
    with (
        durable_database(cluster, "small_pool") as url,
        open_exam(tmp_path, url, module=module, threads=THREADS) as made,
    ):
        made.server.start()
        yield made


def test_no_acknowledged_answer_is_lost_when_slow_transactions_exhaust_the_pool(
    exam_with_small_pool: Exam, cluster: postgres.Cluster, ledger: Ledger, few: int, say: Say
) -> None:
    exam = exam_with_small_pool
    dsn = cluster.dsn.replace("dbname=postgres", "dbname=small_pool")
    with answering(exam.server.port, exam.seat(LEARNERS), ledger, TABS) as crowd:
        for number in range(1, few + 1):
            crowd.wait_for("all", some(50, 200))
            with psycopg.connect(dsn) as slow:  # commits at the end of the block
                slow.execute("LOCK TABLE response_change IN ACCESS EXCLUSIVE MODE")
                crowd.wait_for("calm", TABS)
            crowd.wait_for("all", 100)
            say(f"round {number} of {few}: every connection waited for somebody else")
    check(exam, ledger, crowd, say)
