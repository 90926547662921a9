"""The file of words to avoid, as `bank check` and `bank sync` read it."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from quizapp.banks import services
from quizapp.banks.files import load_content, read_folder
from quizapp.core.lint.language import LANGUAGE_FILE

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
Edit = Callable[[str, str, str], None]
RULE = """
lang: en
rules:
  - id: tired-words
    severity: warning
    phrases: [tired]
    say_instead: worn out
    reason: It tires.
    hits: [She is tired.]
    passes: [She sleeps.]
"""


@pytest.fixture
def language(folder: Path) -> Path:
    """A language file with one rule, which the content breaks nowhere."""
    path = folder / LANGUAGE_FILE
    path.write_text(RULE.replace("tired", "zebra").replace("tires", "runs"), "utf-8")
    return path


def synced(session: Session, folder: Path) -> services.SyncReport:
    report = services.sync(session, read_folder(folder, "q"), NOW)
    session.commit()
    return report


def test_a_rule_of_the_file_is_told_at_the_place_of_the_words(
    folder: Path, language: Path, edit: Edit
) -> None:
    edit("core/relationship.yaml", "stem: ", "stem: A zebra. ")
    told = [problem for problem in load_content(read_folder(folder, "q"), NOW.date()).problems]
    assert {problem.rule for problem in told} == {"zebra-words"}
    assert all(problem.file == "q/core/relationship.yaml" and problem.line > 1 for problem in told)


def test_an_error_in_the_file_is_told_and_nothing_is_synced(
    session: Session, folder: Path, language: Path, edit: Edit
) -> None:
    edit(LANGUAGE_FILE, "severity: warning", "severity: loud")
    report = synced(session, folder)
    assert [(problem.file, problem.rule) for problem in report.problems] == [
        (f"q/{LANGUAGE_FILE}", "unknown-value")
    ]
    assert "core" in report.withheld


def test_changed_words_have_all_items_checked_again(
    session: Session, folder: Path, language: Path, edit: Edit
) -> None:
    edit("core/relationship.yaml", "stem: ", "stem: A giraffe. ")
    assert synced(session, folder).problems == []
    language.write_text(RULE.replace("tired", "giraffe"), "utf-8")
    again = synced(session, folder)
    assert {problem.rule for problem in again.problems} == {"giraffe-words"}
    assert again.withheld == []
    assert synced(session, folder).problems == []
