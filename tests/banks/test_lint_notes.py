"""What the linter found is remembered as long as nothing it depends on changes, and told the same."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from quizapp.banks.commands import bank
from quizapp.core.lint.language import LANGUAGE_FILE
from tests.banks.test_language import RULE

Edit = Callable[[str, str, str], None]


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.chdir(folder.parent)
    return lambda *words: CliRunner().invoke(bank, list(words))


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of this test's notes."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "quizapp" / "lint"


@pytest.fixture
def zebra(folder: Path, edit: Edit) -> None:
    """One finding: the words of a rule in one stem."""
    (folder / LANGUAGE_FILE).write_text(RULE.replace("tired", "zebra").replace("tires", "runs"), "utf-8")
    edit("core/relationship.yaml", "stem: ", "stem: A zebra. ")


@pytest.mark.usefixtures("zebra")
def test_a_second_check_tells_what_the_first_one_noted(run: Callable[..., Result], notes: Path) -> None:
    first = run("check", "question_banks")
    assert "warning zebra-words" in first.stdout
    for note in notes.iterdir():
        note.write_text(note.read_text("utf-8").replace("zebra-words", "noted-words"), "utf-8")
    assert run("check", "question_banks").stdout == first.stdout.replace("zebra-words", "noted-words")
    assert run("check", "--no-cache", "question_banks").stdout == first.stdout


@pytest.mark.usefixtures("zebra")
def test_a_report_reads_the_same_notes(run: Callable[..., Result], notes: Path) -> None:
    words = ("lint-report", "question_banks/core", "--json")
    fresh = run(*words, "--no-cache").stdout
    assert not notes.exists()
    assert run(*words).stdout == fresh
    known = sorted(note.name for note in notes.iterdir())
    assert known
    assert run(*words).stdout == fresh
    assert sorted(note.name for note in notes.iterdir()) == known


@pytest.mark.usefixtures("zebra", "notes")
def test_what_a_note_depends_on_has_the_file_linted_again(
    run: Callable[..., Result], folder: Path, edit: Edit
) -> None:
    run("check", "question_banks")
    edit("core/relationship.yaml", "A zebra. ", "A zebra and a giraffe. ")
    (folder / LANGUAGE_FILE).write_text(RULE.replace("tired", "giraffe"), "utf-8")
    assert "giraffe-words" in run("check", "question_banks").stdout
    with (folder / "core" / "bank.yaml").open("a") as file:
        file.write("strict: true\n")
    assert "option-length-ratio" in run("check", "question_banks").stdout
    edit("core/relationship.yaml", "A zebra and a giraffe. ", "A lion. ")
    assert "giraffe-words" not in run("check", "question_banks").stdout


@pytest.mark.usefixtures("zebra")
@pytest.mark.parametrize("text", ["", "[", "{}", "[[]]", "[1]", '[[["stem"], "warning"]]', "\x00"])
def test_a_damaged_note_is_made_again(run: Callable[..., Result], notes: Path, text: str) -> None:
    first = run("check", "question_banks").stdout
    for note in notes.iterdir():
        note.write_text(text, "utf-8")
    assert run("check", "question_banks").stdout == first
    assert all(isinstance(json.loads(note.read_text("utf-8")), list) for note in notes.iterdir())


@pytest.mark.usefixtures("zebra")
def test_where_no_note_can_be_written_nothing_is_missed(
    run: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "no-folder").write_text("a file")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "no-folder"))
    for _ in range(2):
        result = run("check", "question_banks")
        assert (result.exit_code, "zebra-words" in result.stdout) == (0, True)


def test_notes_of_long_ago_are_removed(run: Callable[..., Result], notes: Path) -> None:
    run("check", "question_banks")
    used, unused = sorted(notes.iterdir())[0], notes / "unused.json"
    unused.write_text("[]")
    long_ago = time.time() - 100 * 24 * 3600
    os.utime(unused, (long_ago, long_ago))
    run("check", "question_banks")
    assert (used.exists(), unused.exists()) == (True, False)


def test_a_bar_shows_while_many_items_are_read(run: Callable[..., Result], folder: Path) -> None:
    assert "Reading items" not in run("check", "question_banks").stderr
    text = (folder / "core" / "more.yaml").read_text("utf-8").replace("rel-0003", "rel-{}")
    (folder / "core" / "more.yaml").write_text(
        "\n".join(text.replace("{}", f"{number:04}") for number in range(1000, 2100)), "utf-8"
    )
    assert "Reading items" in run("check", "question_banks").stderr
