"""Runs migrations on the engine that the program hands over, or on QUIZAPP_DATABASE_URL."""

import os
from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import JSON, Connection, text
from sqlalchemy.types import TypeDecorator

from quizapp import models
from quizapp.db import Base, make_engine

assert models  # every table registers itself on Base.metadata

LOCK = 0x7175697A  # any number, as long as every version of the program has the same


def render_plain_type(kind: str, item: object, autogenerating: AutogenContext) -> str | Literal[False]:
    """Write the plain SQL type: a migration must not depend on the program's own types."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    if kind == "type" and isinstance(item, JSON):
        autogenerating.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def run(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":  # on SQLite the transaction itself shuts others out
        connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        render_item=render_plain_type,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


engine = context.config.attributes.get("engine") or make_engine(os.environ["QUIZAPP_DATABASE_URL"])
# One transaction for all: of several hosts that upgrade at once, one works and the others then find it done.
with engine.begin() as connection:
    run(connection)
