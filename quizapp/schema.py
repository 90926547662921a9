"""Migrations from inside the program: where they are, and how to run them."""

import functools
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from quizapp.config import PROJECT


def migration_config(engine: Engine | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(PROJECT / "migrations"))
    config.attributes["engine"] = engine
    return config


@functools.cache
def _outdated() -> frozenset[str]:
    scripts = ScriptDirectory.from_config(migration_config())
    return frozenset(script.revision for script in scripts.walk_revisions()) - set(scripts.get_heads())


def is_behind(revision: str | None) -> bool:
    """Whether tables at this revision lack what this process needs."""
    # One that this process does not know is newer: while a new version is rolled out the tables are migrated
    # first, and the processes of the old version must go on serving.
    return revision is None or revision in _outdated()


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
