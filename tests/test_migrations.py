"""Migrations go up from nothing and down to nothing on both databases, and end where the models are."""

import ast
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from subprocess import PIPE, Popen

import pytest
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Engine, create_engine, inspect, make_url, text

from quizapp import models, schema
from quizapp.config import PROJECT
from quizapp.db import Base, make_engine

assert models  # every table registers itself on Base.metadata

UPGRADE = """
import sys
from quizapp import models, schema
from quizapp.db import make_engine
engine = make_engine(sys.argv[1])
with engine.connect():
    pass
print("ready", flush=True)
sys.stdin.read()
schema.upgrade(engine)
"""
VERSIONS = sorted((PROJECT / "migrations" / "versions").glob("*.py"))


@pytest.fixture
def empty(database_url: str, tmp_path: Path) -> Iterator[Engine]:
    """An empty database beside the one that other tests share."""
    if database_url.startswith("sqlite"):
        engine = make_engine(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
        yield engine
        engine.dispose()
        return
    name = f"quizapp_empty_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    server = create_engine(database_url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {name}"))
        engine = make_engine(make_url(database_url).set(database=name).render_as_string(hide_password=False))
        yield engine
        engine.dispose()
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names()) - {"alembic_version"}


def test_up_from_nothing_down_to_nothing_and_up_again(empty: Engine) -> None:
    wanted = set(Base.metadata.tables)
    schema.upgrade(empty)
    assert tables(empty) == wanted
    schema.check(empty)  # raises when the models say something else
    schema.downgrade(empty, "base")
    assert tables(empty) == set()
    schema.upgrade(empty)
    assert tables(empty) == wanted


def test_each_step_can_be_taken_back(empty: Engine) -> None:
    for script in reversed(list(ScriptDirectory.from_config(schema.migration_config()).walk_revisions())):
        schema.upgrade(empty, script.revision)
        schema.downgrade(empty, "-1")
        schema.upgrade(empty, script.revision)
    schema.check(empty)


def test_several_hosts_upgrade_at_once(empty: Engine) -> None:
    """Each in a process of its own, as Alembic's context belongs to a process."""
    url = empty.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", UPGRADE, url]
    with ExitStack() as at_end:
        hosts = [at_end.enter_context(Popen(command, stdin=PIPE, stdout=PIPE, text=True)) for _ in range(3)]
        for host in hosts:
            assert host.stdout
            host.stdout.readline()  # all are ready before one begins
        for host in hosts:
            assert host.stdin
            host.stdin.close()
        assert [host.wait(timeout=60) for host in hosts] == [0, 0, 0]
    schema.check(empty)


def test_a_model_without_its_migration_is_noticed(empty: Engine) -> None:
    schema.upgrade(empty)
    with empty.begin() as connection:
        connection.execute(text("ALTER TABLE programme DROP COLUMN time_zone"))
    with pytest.raises(CommandError, match="time_zone"):
        schema.check(empty)


def test_every_constraint_and_index_has_a_name(empty: Engine) -> None:
    schema.upgrade(empty)
    unnamed = []
    found = inspect(empty)
    for table in tables(empty):
        rules = [
            found.get_pk_constraint(table),
            *found.get_foreign_keys(table),
            *found.get_unique_constraints(table),
            *found.get_check_constraints(table),
            *found.get_indexes(table),
        ]
        unnamed += [(table, rule) for rule in rules if not rule["name"]]
    assert not unnamed


def test_migrated_tables_have_the_constraints_of_the_models(empty: Engine) -> None:
    """Alembic compares no CHECK constraints: a forgotten one would only be missed by its rule."""
    schema.upgrade(empty)
    found = inspect(empty)
    migrated = {rule["name"] for table in tables(empty) for rule in found.get_check_constraints(table)}
    with empty.begin() as connection:
        Base.metadata.drop_all(connection)
        Base.metadata.create_all(connection)
    found = inspect(empty)
    made = {rule["name"] for table in tables(empty) for rule in found.get_check_constraints(table)}
    assert migrated == made


def imports_of_the_program(source: str) -> list[str]:
    """What a migration imports from quizapp: it must mean the same in years, whatever the program became."""
    found = []
    for node in ast.walk(ast.parse(source)):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        found += [name for name in names if name.split(".")[0] == "quizapp"]
    return found


@pytest.mark.parametrize("path", VERSIONS, ids=lambda path: path.stem)
def test_a_migration_imports_nothing_of_the_program(path: Path) -> None:
    assert not imports_of_the_program(path.read_text("utf-8")), "write the plain SQL types instead"


def test_an_import_of_the_program_is_noticed() -> None:
    assert imports_of_the_program("import quizapp.db\nfrom quizapp import models") == [
        "quizapp.db",
        "quizapp",
    ]


def test_migrations_are_numbered_in_one_line() -> None:
    scripts = list(ScriptDirectory.from_config(schema.migration_config()).walk_revisions())
    numbers = [script.revision for script in reversed(scripts)]
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]
    assert [path.name[:4] for path in VERSIONS] == numbers
