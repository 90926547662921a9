"""Two addresses for machines: is the process alive, and is it ready for people."""

import functools

import structlog
from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from quizapp import db
from quizapp.accounts.access import public
from quizapp.config import PROJECT

bp = Blueprint("health", __name__)
logger = structlog.get_logger("health")


@bp.get("/healthz")
@public
def alive() -> ResponseReturnValue:
    return jsonify(status="alive")


@bp.get("/readyz")
@public
def ready() -> ResponseReturnValue:
    """Ready when the database answers and has all the migrations that this process knows."""
    try:
        with db.database().reading.connect() as connection:
            current = _revision(connection)
    except SQLAlchemyError:
        logger.warning("the database does not answer")
        return jsonify(status="not ready", database="no answer"), 503
    if _is_behind(current):
        return jsonify(status="not ready", database="migrations are missing"), 503
    return jsonify(status="ready", database="ok")


# Alembic would tell the same, and take ten megabytes of every process to do so.


def _revision(connection: Connection) -> str | None:
    """The migration that the tables are at; None when there was none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _is_behind(revision: str | None) -> bool:
    """Whether tables at this revision lack what this process needs."""
    # One that this process does not know is newer: while a new version is rolled out the tables are migrated
    # first, and the processes of the old version must go on serving.
    return revision is None or revision in _outdated()


@functools.cache
def _outdated() -> frozenset[str]:
    """The revisions before the last one: their files begin with them, and they count up."""
    names = sorted(path.name.partition("_")[0] for path in (PROJECT / "migrations" / "versions").glob("*.py"))
    return frozenset(names[:-1])
