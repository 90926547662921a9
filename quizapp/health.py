"""Two addresses for machines: is the process alive, and is it ready for people."""

import structlog
from alembic.runtime.migration import MigrationContext
from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from quizapp import db, schema
from quizapp.accounts.access import public

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
            current = MigrationContext.configure(connection).get_current_revision()
    except SQLAlchemyError:
        logger.warning("the database does not answer")
        return jsonify(status="not ready", database="no answer"), 503
    if schema.is_behind(current):
        return jsonify(status="not ready", database="migrations are missing"), 503
    return jsonify(status="ready", database="ok")
