"""The demo programme, made by `quizapp prepare --demo FILE` on an empty database."""

import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizapp import create_app
from quizapp.accounts.models import Membership, User
from quizapp.cli import cli
from quizapp.db import Database
from quizapp.exams.models import Attempt, ItemResponse
from quizapp.progress.models import Rollup
from tests.conftest import SETTINGS
from tests.exams.walk import everything, shown_text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def demo_app(folder: Path) -> Iterator[Flask]:
    app = create_app(SETTINGS | {"database_url": f"sqlite:///{folder / 'demo.sqlite3'}"})
    app.config["WTF_CSRF_ENABLED"] = False
    yield app
    database: Database = app.extensions["database"]
    database.engine.dispose()


@pytest.fixture(scope="module")
def passwords_file(folder: Path) -> Path:
    return folder / "instance" / "passwords.txt"


@pytest.fixture(scope="module")
def prepare(demo_app: Flask, passwords_file: Path) -> Callable[[], Result]:
    def run() -> Result:
        return demo_app.test_cli_runner().invoke(cli, ["prepare", "--demo", str(passwords_file)])

    return run


@pytest.fixture(scope="module")
def made(prepare: Callable[[], Result]) -> Result:
    """What the first run said."""
    result = prepare()
    assert result.exit_code == 0, (result.output, result.exception)
    return result


@pytest.fixture
def rows(demo_app: Flask, made: Result) -> Iterator[Session]:
    database: Database = demo_app.extensions["database"]
    with database.open_session(read_only=True) as opened:
        yield opened


def tries(passwords_file: Path) -> list[tuple[str, str]]:
    return re.findall(r"^(\S+@demo\.example)  (\S+)  ", passwords_file.read_text(), re.M)


def test_passwords_are_printed_and_kept_for_the_owner_only(made: Result, passwords_file: Path) -> None:
    assert stat.S_IMODE(passwords_file.stat().st_mode) == 0o600
    assert len(tries(passwords_file)) == 5
    assert len({password for _email, password in tries(passwords_file)}) == 5
    for email, password in tries(passwords_file):
        assert email in made.output
        assert password in made.output
    assert "http://127.0.0.1:8000" in made.output


def test_all_five_can_sign_in_and_have_a_home(demo_app: Flask, made: Result, passwords_file: Path) -> None:
    for email, password in tries(passwords_file):
        browser = demo_app.test_client()
        assert browser.post("/login", data={"email": email, "password": password}).status_code == 303
        assert browser.get("/home").status_code == 200


def test_people_have_their_roles(rows: Session) -> None:
    roles = rows.execute(select(User.name, Membership.role).join(Membership)).all()
    assert {tuple(row) for row in roles} == {
        ("Rosa", "learner"),
        ("Sam", "learner"),
        ("Tess", "trainer"),
        ("Colin", "coordinator"),
    }
    assert rows.scalars(select(User.name).where(User.is_admin)).all() == ["Ada"]


def test_one_learner_has_weeks_of_history_and_the_other_none(
    demo_app: Flask, rows: Session, passwords_file: Path
) -> None:
    per_person = rows.execute(
        select(
            User.name,
            func.count().label("attempts"),
            func.min(Attempt.started_at).label("first"),
            func.max(Attempt.started_at).label("last"),
        )
        .join(Attempt, Attempt.learner_id == User.id)
        .group_by(User.name)
    ).all()
    assert [(row.name, row.attempts) for row in per_person] == [("Rosa", 15)]
    assert (per_person[0].last - per_person[0].first).days >= 28
    assert rows.scalar(select(func.count()).where(Attempt.submitted_at.is_(None))) == 0
    practised = rows.scalar(select(func.sum(Attempt.item_count)).where(Attempt.mode == "practice"))
    answered = (practised or 0) + 48  # the last two items of the mock stay open
    assert answered > 100
    assert rows.scalar(select(func.count()).where(ItemResponse.milliseconds > 0)) == answered
    assert rows.scalar(select(func.sum(Rollup.n)).where(Rollup.kind == "domain")) == answered
    (rosa, _hers), (sam, _his) = tries(passwords_file)[:2]
    homes = {}
    for email, password in tries(passwords_file)[:2]:
        browser = demo_app.test_client()
        browser.post("/login", data={"email": email, "password": password})
        homes[email] = shown_text(browser.get("/home"))
    assert "Your first ten minutes" in homes[sam]
    assert "Recent attempts" not in homes[sam]
    assert "Recent attempts" in homes[rosa]
    assert "Missteps you chose most" in homes[rosa]
    assert "Practise:" in homes[rosa]


def test_second_run_changes_nothing(
    prepare: Callable[[], Result], made: Result, rows: Session, passwords_file: Path
) -> None:
    before, words = everything(rows), passwords_file.read_text()
    rows.rollback()
    again = prepare()
    assert again.exit_code == 0
    assert everything(rows) == before
    assert passwords_file.read_text() == words
    assert words in again.output
