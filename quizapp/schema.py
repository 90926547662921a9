"""Migrations from inside the program: where they are, and how to run them."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

from quizapp.config import PROJECT


def migration_config(engine: Engine | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(PROJECT / "migrations"))
    config.attributes["engine"] = engine
    return config


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the tables up; the folder of an SQLite file is made where it is missing."""
    if engine.dialect.name == "sqlite" and engine.url.database:
        Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)
    command.upgrade(migration_config(engine), revision)


def downgrade(engine: Engine, revision: str) -> None:
    command.downgrade(migration_config(engine), revision)


def check(engine: Engine) -> None:
    """:raises alembic.util.CommandError: when the models and the migrated tables differ."""
    command.check(migration_config(engine))
