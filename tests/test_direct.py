"""The short way to the database does what SQLAlchemy's own way does."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Select, bindparam, event, func, insert, literal, select, text
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import Insert

from quizapp import direct
from quizapp.accounts.models import Programme
from quizapp.db import Database
from quizapp.direct import Direct, Prepared
from quizapp.exams.models import Attempt, Form, ItemResponse
from tests.factories import NOW, make_user

COLUMNS = (
    ItemResponse.answer,
    ItemResponse.option_order,
    ItemResponse.is_late,
    ItemResponse.saved_at,
    ItemResponse.points,
    ItemResponse.scored_at,
)


def _everything(_dialect: str) -> Select[Any]:
    return select(*COLUMNS, literal("fixed").label("word")).where(
        ItemResponse.attempt_id == bindparam("attempt_id"), ItemResponse.saved_at == bindparam("at")
    )


def _new_programme(_dialect: str) -> Insert:
    names = ("name", "time_zone", "created_at")
    values = {name: bindparam(name, type_=Programme.__table__.c[name].type) for name in names}
    return insert(Programme).values(values).inline()


EVERYTHING, NEW_PROGRAMME = Prepared(_everything), Prepared(_new_programme)
RIVERSIDE = {"name": "Riverside", "time_zone": "UTC", "created_at": NOW}


@pytest.fixture
def opened(app: Flask) -> Iterator[Direct]:
    with app.app_context():
        yield direct.connection()


@pytest.fixture
def count(app: Flask) -> Callable[[], int]:
    """How many programmes somebody else sees."""
    database: Database = app.extensions["database"]

    def read() -> int:
        with database.open_session(read_only=True) as other:
            return other.scalar(select(func.count()).select_from(Programme)) or 0

    return read


def test_values_come_back_as_through_a_session(
    session: Session, opened: Direct, content: None, answered: Attempt
) -> None:
    session.commit()
    keys = {"attempt_id": answered.id, "at": NOW}
    [row] = opened.run(EVERYTHING, keys)
    assert tuple(row) == tuple(session.execute(_everything(""), keys).one())
    assert (row.points, row.saved_at, row.is_late) == (Fraction(2, 3), NOW, True)
    assert (row.answer, row.option_order, row.scored_at, row.word) == ({"option": 1}, [1, 0], None, "fixed")
    assert opened.run(EVERYTHING, keys | {"at": datetime(2020, 1, 1, tzinfo=UTC)}) == []
    assert opened.run_one(EVERYTHING, keys | {"attempt_id": 0}) is None


@pytest.fixture
def answered(session: Session, content: None) -> Attempt:
    """An attempt with one answer that uses every type there is."""
    learner = make_user(session, "Ann")
    form = Form(seed=1, entries=[], created_at=NOW)
    session.add(form)
    session.flush()
    attempt = Attempt(
        learner_id=learner.id,
        mode="practice",
        form_id=form.id,
        item_count=1,
        started_at=NOW,
        deadline_at=NOW,
        closes_at=NOW,
    )
    session.add(attempt)
    session.flush()
    item_id, revision_id = session.execute(text("SELECT item_id, id FROM item_revision LIMIT 1")).one()
    session.add(
        ItemResponse(
            attempt_id=attempt.id,
            position=1,
            learner_id=learner.id,
            item_id=item_id,
            revision_id=revision_id,
            mode="practice",
            option_order=[1, 0],
            version=1,
            answer={"option": 1},
            is_late=True,
            saved_at=NOW,
            points=Fraction(2, 3),
        )
    )
    session.commit()
    return attempt


def test_a_missing_value_is_an_error(opened: Direct) -> None:
    with pytest.raises(KeyError, match="at"):
        opened.run(EVERYTHING, {"attempt_id": 1})


def test_what_a_block_writes_is_there_for_others_at_its_end(opened: Direct, count: Callable[[], int]) -> None:
    with opened.writing():
        opened.run(NEW_PROGRAMME, RIVERSIDE)
    assert count() == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_block_that_fails_writes_nothing_and_frees_the_lock(
    opened: Direct, count: Callable[[], int]
) -> None:
    def fail() -> None:
        with opened.writing():
            opened.run(NEW_PROGRAMME, RIVERSIDE)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert count() == 0
    with opened.writing():
        opened.run(NEW_PROGRAMME, RIVERSIDE)
    assert count() == 1


def test_within_a_session_it_belongs_to_its_transaction(session: Session, count: Callable[[], int]) -> None:
    Direct.within(session).run(NEW_PROGRAMME, RIVERSIDE)
    assert session.scalar(select(Programme.name)) == "Riverside"
    session.rollback()
    assert count() == 0


def test_errors_are_those_of_sqlalchemy_and_tell_no_values(opened: Direct) -> None:
    with pytest.raises(IntegrityError) as caught, opened.writing():
        opened.run(NEW_PROGRAMME, RIVERSIDE | {"time_zone": None, "name": "a private name"})
    assert "a private name" not in str(caught.value).replace(str(caught.value.orig), "")
    broken = Prepared(lambda _dialect: select(literal(1)).where(text("no_such_column = 1")))
    with pytest.raises((OperationalError, ProgrammingError)):
        opened.run(broken, {})
    with opened.writing():  # and goes on
        opened.run(NEW_PROGRAMME, RIVERSIDE)


def test_the_connection_goes_back_to_the_pool_as_it_came(app: Flask, count: Callable[[], int]) -> None:
    with app.app_context():
        direct.connection().run(NEW_PROGRAMME, RIVERSIDE)
    database: Database = app.extensions["database"]
    with database.open_session() as session:
        session.add(Programme(name="Forgotten", time_zone="UTC", created_at=NOW))
        session.flush()
        session.rollback()
    assert count() == 1


def test_listeners_of_the_engine_hear_of_each_statement(opened: Direct, statements: list[str]) -> None:
    opened.run(NEW_PROGRAMME, RIVERSIDE)
    [statement] = statements
    assert statement.startswith("INSERT INTO programme")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_that_could_not_be_written_to_is_opened_again(
    make_app: Callable[..., Flask], count: Callable[[], int]
) -> None:
    app = make_app()
    database: Database = app.extensions["database"]

    def protect(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA query_only=ON")  # fails as a file does that nobody may write to

    def write(connection: Direct) -> None:
        with connection.writing():
            connection.run(NEW_PROGRAMME, RIVERSIDE)

    event.listen(database.engine, "connect", protect)
    with app.app_context(), pytest.raises(OperationalError, match="readonly"):
        write(direct.connection())
    with database.open_session() as session, pytest.raises(OperationalError, match="readonly"):
        session.execute(_new_programme(""), RIVERSIDE)
    event.remove(database.engine, "connect", protect)
    with app.app_context():
        write(direct.connection())
    assert count() == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_connection_that_breaks_is_not_used_again(app: Flask) -> None:
    database: Database = app.extensions["database"]
    whose = Prepared(lambda _dialect: select(func.pg_backend_pid().label("pid")))
    with app.app_context():
        pid = direct.connection().run(whose, {})[0].pid
        with database.engine.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
            gone = text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid")
            while other.scalar(gone, {"pid": pid}):
                other.rollback()
        with pytest.raises(OperationalError) as caught:
            direct.connection().run(whose, {})
        assert caught.value.connection_invalidated
    with app.app_context():
        assert direct.connection().run(whose, {})[0].pid != pid


def test_a_database_that_is_away_is_an_operational_error(
    make_app: Callable[..., Flask], tmp_path: Path
) -> None:
    away = make_app(database_url=f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.sqlite3'}")
    with away.app_context(), pytest.raises(OperationalError):
        direct.connection()


def test_sqlite_writers_wait_for_their_turn(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'shared.sqlite3'}")
    event.listen(database.engine, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout=0"))
    with database.open_session() as writing:
        writing.connection()
        waiting = Direct(database.engine, database.engine.raw_connection())
        with pytest.raises(OperationalError, match="locked"), waiting.writing():
            pass
        writing.commit()
        with waiting.writing():
            pass
        waiting.close()
    database.engine.dispose()
