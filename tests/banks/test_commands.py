import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from quizapp.banks.commands import bank
from quizapp.config import PROJECT
from quizapp.core.item_schema import SCHEMA_FILE, items_schema, schema_text

Edit = Callable[[str, str, str], None]


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs `quizapp bank …` beside the folder, without any app."""
    monkeypatch.chdir(folder.parent)
    return lambda *words: CliRunner().invoke(bank, list(words))


def test_a_folder_in_order_is_told_so(run: Callable[..., Result]) -> None:
    result = run("check", "question_banks")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "No problems.\n")


def test_problems_are_printed_with_their_place(run: Callable[..., Result], edit: Edit) -> None:
    edit("core/more.yaml", "kind: first_response", "kind: guess")
    edit("ohio/oh.yaml", "2030-01-01", "2026-01-02")
    result = run("check", "question_banks")
    error, warning = result.stdout.splitlines()
    assert result.exit_code == 1
    assert error.startswith(
        "question_banks/core/more.yaml:3:3: error unknown-value: kind: 'guess' is not one of"
    )
    assert warning.startswith("question_banks/ohio/oh.yaml:25:3: warning review-overdue: ")
    assert result.stderr == "Errors: 1. Warnings: 1.\n"


def test_json_has_a_row_for_each_problem(run: Callable[..., Result], edit: Edit) -> None:
    edit("core/more.yaml", "principle: active_listening", "principle: activ_listening")
    result = run("check", "--format", "json", "question_banks")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == [
        {
            "file": "question_banks/core/more.yaml",
            "line": 8,
            "column": 3,
            "severity": "error",
            "rule": "unknown-principle",
            "item": "rel-0003",
            "message": "unknown principle 'activ_listening'; did you mean active_listening?",
        }
    ]


def test_json_of_a_folder_in_order_is_an_empty_list(run: Callable[..., Result]) -> None:
    assert json.loads(run("check", "--format", "json", "question_banks").stdout) == []


def test_warnings_count_with_strict_only(run: Callable[..., Result], edit: Edit) -> None:
    edit("ohio/oh.yaml", "2030-01-01", "2026-01-02")
    assert run("check", "question_banks").exit_code == 0
    assert run("check", "--strict", "question_banks").exit_code == 1


@pytest.mark.parametrize(
    ("paths", "shown"),
    [
        (["question_banks/core"], ["core"]),
        (["question_banks/ohio/oh.yaml"], ["ohio"]),
        (["question_banks/core/bank.yaml"], []),
        (["question_banks/core", "question_banks/ohio"], ["core", "ohio"]),
        (["question_banks/core", "question_banks"], ["core", "ohio"]),
    ],
)
def test_only_the_files_asked_for_are_reported(
    run: Callable[..., Result], edit: Edit, paths: list[str], shown: list[str]
) -> None:
    edit("core/more.yaml", "kind: first_response", "kind: guess")
    edit("ohio/oh.yaml", "kind: first_response", "kind: guess")
    lines = run("check", *paths).stdout.splitlines()
    assert [line.split("/")[1] for line in lines] == shown


@pytest.mark.parametrize(
    ("here", "path", "shown"),
    [
        ("question_banks", ".", "core/more.yaml"),
        ("question_banks", "core", "core/more.yaml"),
        ("question_banks", "core/more.yaml", "core/more.yaml"),
        ("question_banks/core", ".", "question_banks/core/more.yaml"),
        ("question_banks/ohio", "../core", "question_banks/core/more.yaml"),
    ],
)
def test_a_check_works_from_inside_the_folder(
    run: Callable[..., Result],
    edit: Edit,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    here: str,
    path: str,
    shown: str,
) -> None:
    edit("core/more.yaml", "kind: first_response", "kind: guess")
    monkeypatch.chdir(folder.parent / here)
    result = run("check", path)
    assert result.exit_code == 1
    assert f"{shown}:3:3: error" in result.stdout


def test_a_single_file_is_checked_against_its_neighbours(run: Callable[..., Result], edit: Edit) -> None:
    edit("core/relationship.yaml", "rel-0002", "rel-0003")
    assert "duplicate-id" in run("check", "question_banks/core/relationship.yaml").stdout


def test_the_folder_of_the_settings_is_checked_when_none_is_named(
    run: Callable[..., Result], edit: Edit, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUIZAPP_BANK_FOLDER", str(folder))
    edit("core/more.yaml", "kind: first_response", "kind: guess")
    assert run("check").stdout.startswith("question_banks/core/more.yaml:3:3: error")


@pytest.mark.parametrize("words", [["nowhere"], ["."], ["--format", "xml"], ["--unknown"]])
def test_wrong_use_ends_with_2(run: Callable[..., Result], words: list[str]) -> None:
    assert run("check", *words).exit_code == 2


def test_many_problems_are_cut_short(run: Callable[..., Result], folder: Path) -> None:
    (folder / "core" / "many.yaml").write_text("- {}\n" * 400)
    lines = run("check", "question_banks").stdout.splitlines()
    assert len(lines) == 201
    assert "more problems in this file" in lines[-1]


def test_the_shipped_schema_is_that_of_the_types() -> None:
    assert (PROJECT / "question_banks" / SCHEMA_FILE).read_text("utf-8") == schema_text()


def test_the_schema_is_written_and_compared(run: Callable[..., Result], folder: Path) -> None:
    words = ["schema", "--folder", "question_banks"]
    assert run(*words, "--check").exit_code == 1
    assert run(*words).exit_code == 0
    assert json.loads((folder / SCHEMA_FILE).read_text("utf-8")) == items_schema()
    assert run(*words, "--check").exit_code == 0
    (folder / SCHEMA_FILE).write_text("{}")
    assert run(*words, "--check").exit_code == 1


def test_the_schema_offers_what_editors_complete() -> None:
    schema = items_schema()
    fields = schema["$defs"]["SingleBestItem"]
    assert schema["type"] == "array"
    assert "spot_misstep" in fields["properties"]["kind"]["enum"]
    assert fields["additionalProperties"] is False
    assert "stem" in fields["required"]


def test_sync_tells_what_it_did(
    command: Callable[..., Result], app: Flask, folder: Path, edit: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = app.config["SETTINGS"].model_copy(update={"bank_folder": folder})
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    first = command("bank", "sync")
    assert first.exit_code == 0
    assert "Items: 4 added, 0 changed, 0 unchanged, 0 retired." in first.stdout
    assert command("bank", "sync", "--quiet").output == ""
    edit("core/more.yaml", "kind: first_response", "kind: guess")
    broken = command("bank", "sync", "--quiet")
    assert broken.exit_code == 1
    assert "core/more.yaml:3:3: error unknown-value" in broken.stderr
