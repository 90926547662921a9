"""What db.py promises: exact values, read-only pages, and writers that wait for each other."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Engine, Integer, MetaData, Table, event, func, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, StatementError
from sqlalchemy.orm import Session

from quizapp import db
from quizapp.accounts.models import Membership, Programme
from quizapp.db import Database, ExactNumber, UtcDateTime, make_engine
from tests.factories import NOW

values = Table(
    "values_there_and_back",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("moment", UtcDateTime()),
    Column("number", ExactNumber()),
)


@pytest.fixture(scope="module")
def table(database_url: str) -> Iterator[Engine]:
    """A database with the table `values`."""
    engine = make_engine(database_url)
    values.create(engine)
    yield engine
    values.drop(engine)
    engine.dispose()


def there_and_back(engine: Engine, **columns: Any) -> Any:
    with engine.connect() as connection:
        connection.execute(insert(values).values(**columns))
        row = connection.execute(select(values)).one()
        connection.rollback()
    return row


# Times as the program has them: any zone, microseconds, but not the edges of the calendar.
moments = st.datetimes(
    min_value=datetime(1900, 1, 1),  # noqa: DTZ001 (hypothesis wants it so)
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.builds(timezone, st.integers(-14 * 60, 14 * 60).map(lambda each: timedelta(minutes=each))),
)
fast = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@fast
@given(moment=moments)
def test_a_moment_comes_back_as_the_same_moment_in_utc(table: Engine, moment: datetime) -> None:
    found = there_and_back(table, moment=moment).moment
    assert found == moment
    assert found.tzinfo == UTC


@fast
@given(number=st.fractions())
def test_a_number_comes_back_exactly(table: Engine, number: Fraction) -> None:
    found = there_and_back(table, number=number).number
    assert found == number
    assert isinstance(found, Fraction)


def test_nothing_comes_back_as_nothing(table: Engine) -> None:
    row = there_and_back(table, moment=None, number=None)
    assert (row.moment, row.number) == (None, None)


def test_a_time_without_a_zone_is_refused(table: Engine) -> None:
    with pytest.raises(StatementError, match="a time without a zone"):
        there_and_back(table, moment=datetime(2026, 3, 3, 12, 0))  # noqa: DTZ001 (that is the point)


def test_an_error_does_not_tell_the_values_of_its_statement(session: Session) -> None:
    wrong = {"programme_id": 1, "user_id": None, "role": "hidden-word", "joined_at": NOW}
    with pytest.raises(IntegrityError) as caught:
        session.execute(insert(Membership).values(wrong))
    session.rollback()
    assert "hidden-word" not in str(caught.value).partition("DETAIL")[0]


def test_foreign_keys_hold(session: Session) -> None:
    session.add(Membership(programme_id=10**6, user_id=10**6, role="learner", joined_at=NOW))
    with pytest.raises(IntegrityError):
        session.flush()
    session.rollback()


def _try_to_write() -> str:
    db.session.execute(insert(Programme).values(name="Written", time_zone="UTC", created_at=NOW))
    db.session.commit()
    return "written"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_page_that_is_only_looked_at_cannot_write(app: Flask, session: Session, method: str) -> None:
    with app.test_request_context("/", method=method), pytest.raises(DBAPIError, match="read-only"):
        _try_to_write()
    assert session.scalar(select(func.count()).select_from(Programme)) == 0


def test_a_form_that_is_sent_can_write(app: Flask, session: Session) -> None:
    with app.test_request_context("/", method="POST"):
        assert _try_to_write() == "written"
    assert session.scalar(select(func.count()).select_from(Programme)) == 1


def test_what_was_not_committed_is_gone_after_the_request(app: Flask, session: Session) -> None:
    with app.test_request_context("/", method="POST"):
        db.session.add(Programme(name="Forgotten", time_zone="UTC", created_at=NOW))
        db.session.flush()
    assert session.scalar(select(func.count()).select_from(Programme)) == 0


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("foreign_keys", 1), ("journal_mode", "wal"), ("synchronous", 2), ("busy_timeout", 5000)],
)
def test_sqlite_is_durable_checked_and_patient(tmp_path: Path, pragma: str, value: object) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'new.sqlite3'}")
    with engine.connect() as connection:
        assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value
    engine.dispose()


def test_sqlite_writers_that_read_first_wait_for_their_turn(tmp_path: Path) -> None:
    """With a plain BEGIN one of two such writers fails at once with "database is locked"."""
    database = Database(f"sqlite:///{tmp_path / 'shared.sqlite3'}")
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE counter (n INTEGER)"))
        connection.execute(text("INSERT INTO counter VALUES (0)"))
    failures: list[Exception] = []
    start = threading.Barrier(4)

    def count() -> None:
        start.wait()
        for _ in range(25):
            try:
                with database.working_session() as session:
                    found = session.scalar(text("SELECT n FROM counter"))
                    session.execute(text("UPDATE counter SET n = :n"), {"n": (found or 0) + 1})
                    session.commit()
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.open_session(read_only=True) as session:
        assert (failures, session.scalar(text("SELECT n FROM counter"))) == ([], 100)
    database.engine.dispose()


def test_sqlite_that_stays_busy_is_an_error_of_sqlalchemy(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'shared.sqlite3'}")
    event.listen(
        database.engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout=0")
    )
    with database.open_session() as writing, database.open_session() as waiting:
        writing.connection()
        with pytest.raises(OperationalError, match="locked"):
            waiting.connection()
        writing.commit()
        waiting.rollback()
        waiting.connection()  # and works again once the other is done
    database.engine.dispose()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_connection_that_the_server_closed_is_replaced(database_url: str) -> None:
    database = Database(database_url)
    end_others = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = :pid")
    with database.open_session() as session:
        pid = session.scalar(text("SELECT pg_backend_pid()"))
    other = Database(database_url)
    with other.open_session() as session:
        assert session.scalar(end_others, {"pid": pid})
    is_there = text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid")
    with other.open_session() as session:
        while session.scalar(is_there, {"pid": pid}):
            session.rollback()
    with database.open_session() as session:
        assert session.scalar(text("SELECT pg_backend_pid()")) != pid
    database.engine.dispose()
    other.engine.dispose()


def test_sqlite_reader_does_not_wait_for_a_writer(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'shared.sqlite3'}")
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE counter (n INTEGER)"))
    with database.open_session() as writing, database.open_session(read_only=True) as reading:
        writing.execute(text("INSERT INTO counter VALUES (1)"))
        assert reading.scalar(text("SELECT count(*) FROM counter")) == 0
        writing.commit()
    database.engine.dispose()
