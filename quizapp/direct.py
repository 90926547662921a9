"""The short way to the database, for the few requests whose cost counts: exam answers and items.

A statement is compiled once for each kind of database. Its values go straight to the driver, and come back
through the types of its columns. SQLAlchemy's own way works out each time which compiled form fits and what
its columns are, which costs several times what the database does. Errors are SQLAlchemy's.
"""

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from flask import Flask, g
from sqlalchemy import BindParameter, Dialect, Engine, Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.types import TypeEngine

from quizapp import db

Statement = Select[Any] | UpdateBase
Convert = Callable[[Any], Any]


class Prepared:
    """A statement, compiled once for each kind of database.

    :param make: gives the statement for the name of a dialect. Every value that changes is a `bindparam`.
    """

    def __init__(self, make: Callable[[str], Statement]) -> None:
        self._make = make
        self._compiled: dict[str, _Compiled] = {}

    def on(self, dialect: Dialect) -> "_Compiled":
        found = self._compiled.get(dialect.name)
        if found is None:
            found = self._compiled[dialect.name] = _Compiled(self._make(dialect.name), dialect)
        return found


class _Compiled:
    """The text of a statement for one kind of database, with what its values pass through on their way."""

    def __init__(self, statement: Statement, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self.text = str(compiled)
        self._is_positional = compiled.positional
        order = (compiled.positiontup or ()) if compiled.positional else tuple(compiled.binds)
        self._binds = [(name, *_bind(compiled.binds[name], dialect)) for name in order]
        columns = _columns(statement)
        self._row: Convert = _row_type([name for name, _ in columns])._make
        processors = [type_.dialect_impl(dialect).result_processor(dialect, None) for _, type_ in columns]
        self._conversions = [(place, each) for place, each in enumerate(processors) if each]
        self.has_rows = bool(columns)

    def parameters(self, values: Mapping[str, Any]) -> Sequence[Any] | Mapping[str, Any]:
        """The values as the driver wants them; KeyError when one is missing."""
        if self._is_positional:
            return [_sent(values, key, fixed, convert) for _, key, fixed, convert in self._binds]
        return {name: _sent(values, key, fixed, convert) for name, key, fixed, convert in self._binds}

    def rows(self, fetched: Sequence[Sequence[Any]]) -> list[Any]:
        """What came back, as named tuples with the values that the columns' types make of it."""
        found = []
        for raw in fetched:
            row = list(raw)
            for place, convert in self._conversions:
                row[place] = convert(row[place])
            found.append(self._row(row))
        return found


def _row_type(names: list[str]) -> Any:
    make: Any = namedtuple
    return make("Row", names, rename=True)


def _bind(bind: BindParameter[Any], dialect: Dialect) -> tuple[str | None, Any, Convert | None]:
    """The name of a value to come, or the value that the statement itself holds; and its conversion."""
    convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
    if bind.required:
        return bind.key, None, convert
    return None, convert(bind.value) if convert else bind.value, None


def _sent(values: Mapping[str, Any], key: str | None, fixed: Any, convert: Convert | None) -> Any:
    if key is None:
        return fixed
    return convert(values[key]) if convert else values[key]


def _columns(statement: Statement) -> list[tuple[str, TypeEngine[Any]]]:
    if isinstance(statement, Select):
        return [(column.key or "", column.type) for column in statement.selected_columns]
    described: Any = getattr(statement, "returning_column_descriptions", ())
    return [(column["name"], column["type"]) for column in described]


class Direct:
    """One connection of the pool, without a transaction of its own: each statement stands alone."""

    def __init__(self, engine: Engine, pooled: PoolProxiedConnection) -> None:
        self._engine = engine
        self._pooled = pooled
        self._driver: Any = pooled.dbapi_connection
        self.dialect = engine.dialect

    @classmethod
    def within(cls, session: Session) -> "Direct":
        """The same in a session's transaction, which the session ends."""
        connection = session.connection()
        return cls(connection.engine, connection.connection)

    def run(self, prepared: Prepared, values: Mapping[str, Any]) -> list[Any]:
        """The rows of a statement, if it has any."""
        compiled = prepared.on(self.dialect)
        parameters = compiled.parameters(values)
        for listener in self._engine.dispatch.before_cursor_execute:
            listener(self, None, compiled.text, parameters, None, False)
        try:
            cursor = self._driver.execute(compiled.text, parameters)
            return compiled.rows(cursor.fetchall()) if compiled.has_rows else []
        except self.dialect.loaded_dbapi.Error as error:
            raise self._translated(error, compiled.text) from error

    def run_one(self, prepared: Prepared, values: Mapping[str, Any]) -> Any | None:
        """The first row, or None."""
        rows = self.run(prepared, values)
        return rows[0] if rows else None

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Write for good at the end of the block. Only for statements that check their conditions themselves.

        On SQLite it is one transaction, which takes the write lock at its start. On PostgreSQL each statement
        commits by itself: what must hold together there is one statement.
        """
        if self.dialect.name != "sqlite":
            yield
            return
        self._send("BEGIN IMMEDIATE")
        try:
            yield
            self._send("COMMIT")
        except BaseException:
            if self._pooled.is_valid:
                self._driver.rollback()
            raise

    def close(self) -> None:
        """Give the connection back to the pool as it came."""
        if self._pooled.is_valid:
            _commit_each_statement(self._driver, self.dialect, False)
        self._pooled.close()

    def _send(self, text: str) -> None:
        try:
            self._driver.execute(text)
        except self.dialect.loaded_dbapi.Error as error:
            raise self._translated(error, text) from error

    def _translated(self, error: Any, text: str) -> BaseException:
        is_gone = self.dialect.is_disconnect(error, self._pooled, None) or db.is_read_only(error)
        if is_gone:
            self._pooled.invalidate(error)
        return _as_sqlalchemy(error, text, self.dialect, is_gone=is_gone)


def _as_sqlalchemy(error: Exception, text: str | None, dialect: Dialect, *, is_gone: bool) -> BaseException:
    """The error that SQLAlchemy would raise, without the values: they are people's answers."""
    return DBAPIError.instance(
        text,
        None,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=is_gone,
        dialect=dialect,
    )


def _commit_each_statement(driver: Any, dialect: Dialect, each: bool) -> None:
    if dialect.name != "sqlite":  # whose driver does so anyhow, see `db`
        driver.autocommit = each


def init_app(app: Flask) -> None:
    app.teardown_appcontext(_close)


def connection() -> Direct:
    """The request's own, opened when first asked for and closed at the request's end."""
    if "direct" not in g:
        g.direct = _open(db.database().engine)
    opened: Direct = g.direct
    return opened


def _open(engine: Engine) -> Direct:
    try:
        pooled = engine.raw_connection()
    except engine.dialect.loaded_dbapi.Error as error:
        raise _as_sqlalchemy(error, None, engine.dialect, is_gone=False) from error
    _commit_each_statement(pooled.dbapi_connection, engine.dialect, True)
    return Direct(engine, pooled)


def _close(_error: BaseException | None) -> None:
    opened: Direct | None = g.pop("direct", None)
    if opened is not None:
        opened.close()
