"""Sessions and types of the database. No other module knows how an engine or a session is made."""

import json
import select
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any, cast

from flask import Flask, current_app, g, has_request_context, request
from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    DateTime,
    Dialect,
    Engine,
    ExceptionContext,
    MetaData,
    Table,
    Text,
    create_engine,
    event,
    func,
    literal_column,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DisconnectionError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator
from werkzeug.local import LocalProxy

READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

JsonDocument = JSON().with_variant(JSONB(), "postgresql")
# For a column in which nothing is SQL NULL, so that IS NULL finds it, and not the JSON word null.
JsonOrNull = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in and out. SQLite would give naive times back, which cannot be compared with aware ones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class ExactNumber(TypeDecorator[Fraction]):
    """A fraction kept exactly, as text such as "1" or "2/3"."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Fraction | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Fraction | None:
        return None if value is None else Fraction(value)


class PartCount(TypeDecorator[Fraction | int]):
    """A count to which an answer can add a part of one, kept as a whole number of PARTS and added up exactly.

    Halves to twelfths are exact, what is finer is rounded by `nearest` before it is added.
    """

    PARTS = 27720  # the least number that 1 to 12 all divide
    impl = BigInteger
    cache_ok = True

    @classmethod
    def nearest(cls, share: Fraction) -> Fraction | int:
        return cls._count(round(share * cls.PARTS))

    @classmethod
    def _count(cls, parts: int) -> Fraction | int:
        whole, rest = divmod(parts, cls.PARTS)
        return Fraction(parts, cls.PARTS) if rest else whole

    def process_bind_param(self, value: Fraction | int | None, dialect: Dialect) -> int | None:
        return None if value is None else int(value * self.PARTS)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Fraction | int | None:
        return None if value is None else self._count(int(value))


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 (read once by the declarative base)
        datetime: UtcDateTime(),
        Fraction: ExactNumber(),
        dict[str, Any]: JsonDocument,
        list[str]: JsonDocument,
        str: Text(),
    }


def insert_for(dialect_name: str, table: type[Base]) -> postgresql.Insert:
    """An INSERT that knows ON CONFLICT. SQLite's has the same methods, so it passes for PostgreSQL's."""
    rows = cast(Table, table.__table__)
    if dialect_name == "sqlite":
        return cast(postgresql.Insert, sqlite.insert(rows))
    return postgresql.insert(rows)


def joined_text(strings: ColumnElement[Any], separator: str) -> ColumnElement[str]:
    """All strings of a group as one, in no order.

    A bound separator would be written into the text of the statement again at every request.
    """
    quoted: ColumnElement[str] = literal_column(f"'{separator}'")
    return func.aggregate_strings(strings, quoted)  # type: ignore[arg-type]


class Database:
    """One engine and the ways to open sessions on it."""

    def __init__(self, url: str) -> None:
        self.engine = make_engine(url)
        # The same pool, in transactions that cannot write and do not wait for a writer.
        self.reading = self.engine.execution_options(read_only=True, postgresql_readonly=True)
        # The same pool, in transactions that see one moment throughout, and that fail with a DBAPIError when
        # they write what somebody else has changed since. On SQLite every transaction is like that.
        self.steady = (
            self.engine
            if self.engine.dialect.name == "sqlite"
            else self.engine.execution_options(isolation_level="REPEATABLE READ")
        )

    def open_session(self, *, read_only: bool = False) -> Session:
        return Session(self.reading if read_only else self.engine, expire_on_commit=False)

    def open_steady_session(self, *, read_only: bool = False) -> Session:
        """A session whose statements all see the database as it was at the first of them."""
        options = {"read_only": True, "postgresql_readonly": True} if read_only else {}
        return Session(self.steady.execution_options(**options), expire_on_commit=False)

    @contextmanager
    def working_session(self) -> Iterator[Session]:
        """A session for a command: the caller commits, an error rolls back."""
        with self.open_session() as session:
            yield session


def make_engine(url: str) -> Engine:
    # Errors are logged: the values in a statement are email addresses and answers.
    engine = create_engine(url, json_serializer=_dump_json, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        event.listen(engine, "handle_error", _renew_if_read_only)
    else:
        event.listen(engine, "checkout", _renew_if_closed)
    return engine


def _dump_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own transaction handling breaks SAVEPOINT; `_begin_sqlite` begins instead.
    connection.isolation_level = None
    connection.execute("PRAGMA busy_timeout=5000")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin_sqlite(connection: Any) -> None:
    # A plain BEGIN that reads and then writes fails at once when another writer came between;
    # IMMEDIATE waits for its turn (busy_timeout) instead.
    reading = connection.get_execution_options().get("read_only")
    _run_sqlite(connection, "BEGIN" if reading else "BEGIN IMMEDIATE")


def _run_sqlite(connection: Any, statement: str) -> None:
    """A statement past SQLAlchemy, which costs a tenth, with its kind of error: "locked" is one of them."""
    try:
        connection.connection.execute(statement)
    except sqlite3.OperationalError as error:
        if is_read_only(error):
            connection.invalidate(error)
        raise OperationalError(statement, {}, error) from error


def is_read_only(error: object) -> bool:
    """Whether SQLite opened the file when nobody could write to it. The connection stays so for ever."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF == sqlite3.SQLITE_READONLY


def _renew_if_read_only(context: ExceptionContext) -> None:
    if is_read_only(context.original_exception):
        context.is_disconnect = True


def _renew_if_closed(connection: Any, _record: object, _proxy: object) -> None:
    # A server that restarted has left word on the idle connection. Looking costs no round trip; a ping would.
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    if waiting.poll(0):
        raise DisconnectionError("the server has closed this connection")


def init_app(app: Flask, url: str) -> None:
    app.extensions["database"] = Database(url)
    app.teardown_appcontext(_close_session)


def database() -> Database:
    """The database of the current app."""
    found: Database = current_app.extensions["database"]
    return found


def _current_session() -> Session:
    if "session" not in g:
        g.session = database().open_session(
            read_only=has_request_context() and request.method in READING_METHODS
        )
    opened: Session = g.session
    return opened


def end_reading() -> None:
    """End the transaction that reading began: before slow work, or before another transaction writes."""
    session.rollback()


def _close_session(_error: BaseException | None) -> None:
    opened: Session | None = g.pop("session", None)
    if opened is not None:
        opened.close()


session: Session = LocalProxy(_current_session)  # type: ignore[assignment]  # stands in for the request's session
