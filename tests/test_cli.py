"""The `quizapp` command: what an operator does, and what is said when something is not right."""

import os
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import Engine, inspect, select

from quizapp import cli, models
from quizapp.config import PREFIX, PROJECT
from quizapp.db import Base, Database

assert models  # every table registers itself on Base.metadata


@pytest.fixture
def typed(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Runs the command as a shell would, with these settings alone: exit status and everything printed."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)

    def run(*words: str, **settings: str) -> tuple[int, str]:
        for name, value in settings.items():
            monkeypatch.setenv(PREFIX + name.upper(), value)
        monkeypatch.setattr(sys, "argv", ["quizapp", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capfd.readouterr()
        return int(ended.value.code or 0), said.out + said.err

    return run


def test_a_secret_is_made_without_any_setting(typed: Callable[..., tuple[int, str]]) -> None:
    (status, first), (_, second) = typed("secret"), typed("secret")
    assert status == 0
    assert len(first.strip()) >= 48
    assert first != second


def test_banks_are_checked_without_any_setting(typed: Callable[..., tuple[int, str]]) -> None:
    status, said = typed("bank", "check")
    assert (status, said) == (0, "No problems.\n")


def test_wrong_settings_are_said_in_lines(typed: Callable[..., tuple[int, str]]) -> None:
    status, said = typed("db", "upgrade", secret_key="short", idle_minutes="many")
    assert status == 2
    assert said.splitlines() == [
        "The settings are not right:",
        "QUIZAPP_SECRET_KEY: String should have at least 32 characters",
        "QUIZAPP_IDLE_MINUTES: Input should be a valid integer, unable to parse string as an integer",
        "QUIZAPP_DATABASE_URL: must be set in production",
        "QUIZAPP_BASE_URL: must be set in production",
        "QUIZAPP_MAIL_URL: must be set in production",
    ]


@pytest.mark.parametrize(
    "words", [["user", "list"], ["prepare"], ["attempts", "close-expired"], ["nonsense"]]
)
def test_missing_settings_are_said_whatever_is_asked(
    typed: Callable[..., tuple[int, str]], words: list[str]
) -> None:
    status, said = typed(*words)
    assert status == 2
    assert "QUIZAPP_SECRET_KEY: must be set" in said
    assert "Traceback" not in said


def test_help_comes_with_wrong_settings_too(typed: Callable[..., tuple[int, str]]) -> None:
    status, said = typed("--help")
    assert status == 0
    assert "QUIZAPP_SECRET_KEY: must be set" in said
    assert "prepare" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["user", "list"], "no such table"),
        (["db", "downgrade", "0999"], "0999"),
        (["db", "check"], "not up to date"),
    ],
)
def test_a_database_that_does_not_fit_is_said_in_a_line(
    typed: Callable[..., tuple[int, str]], tmp_path: Path, words: list[str], said: str
) -> None:
    settings = {
        "secret_key": "only for tests, and longer than it has to be",
        "environment": "testing",
        "database_url": f"sqlite:///{tmp_path / 'empty.sqlite3'}",
    }
    status, printed = typed(*words, **settings)
    assert status == 1
    assert said in printed
    assert "Traceback" not in printed
    assert len(printed.splitlines()) < 4


def test_a_start_without_any_readable_content_is_said_in_a_line(
    typed: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    (tmp_path / "taxonomy.yaml").write_text("principles: [\n")
    settings = {
        "secret_key": "only for tests, and longer than it has to be",
        "environment": "testing",
        "database_url": f"sqlite:///{tmp_path / 'new.sqlite3'}",
        "bank_folder": str(tmp_path),
    }
    status, printed = typed("prepare", **settings)
    assert status == 1
    assert "no content could be read without errors" in printed
    assert "Traceback" not in printed


# With settings


@pytest.fixture
def fresh(make_app: Callable[..., Flask], tmp_path: Path) -> Flask:
    """An app with a database that is not there yet."""
    return make_app(database_url=f"sqlite:///{tmp_path / 'instance' / 'quiz.sqlite3'}")


def run(app: Flask, *words: str) -> Result:
    result = app.test_cli_runner().invoke(cli.cli, list(words), prog_name="quizapp")
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def engine_of(app: Flask) -> Engine:
    database: Database = app.extensions["database"]
    return database.engine


def tables(app: Flask) -> set[str]:
    return set(inspect(engine_of(app)).get_table_names()) - {"alembic_version"}


def rows(app: Flask) -> dict[str, list[Any]]:
    with engine_of(app).connect() as connection:
        return {name: list(connection.execute(select(table))) for name, table in Base.metadata.tables.items()}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_tables_go_up_and_down(fresh: Flask) -> None:
    assert run(fresh, "db", "upgrade").exit_code == 0
    assert tables(fresh) == set(Base.metadata.tables)
    assert run(fresh, "db", "check").exit_code == 0
    assert run(fresh, "db", "downgrade", "base").exit_code == 0
    assert tables(fresh) == set()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_preparing_twice_changes_nothing(fresh: Flask, tmp_path: Path) -> None:
    file = tmp_path / "instance" / "demo-passwords.txt"
    first = run(fresh, "prepare", "--demo", str(file))
    assert first.exit_code == 0, first.output
    before, passwords = rows(fresh), file.read_text()
    assert "343 added" in first.output
    assert passwords in first.output
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    second = run(fresh, "prepare", "--demo", str(file))
    assert second.exit_code == 0
    assert rows(fresh) == before
    assert file.read_text() == passwords
    assert passwords in second.output


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_preparing_without_the_demo_makes_no_people(fresh: Flask) -> None:
    assert run(fresh, "prepare").exit_code == 0
    assert rows(fresh)["account"] == []


# Help


def commands(group: click.Command, path: str = "quizapp") -> Iterator[tuple[str, click.Command]]:
    yield path, group
    if isinstance(group, click.Group):
        for name, command in group.commands.items():
            yield from commands(command, f"{path} {name}")


def test_every_command_says_what_it_does(app: Flask) -> None:
    found = [
        *commands(cli.cli),
        *(
            (f"quizapp {name}", each)
            for name, group in app.cli.commands.items()
            for name, each in commands(group, name)
        ),
    ]
    assert len(found) > 15
    assert not [path for path, command in found if not command.help]


def test_the_project_folder_is_the_one_of_the_program() -> None:
    assert (PROJECT / "quizapp" / "cli.py").is_file()
