"""The README tells every setting with its default, and the two commands that a newcomer needs."""

import re
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from quizapp.cli import cli
from quizapp.config import PREFIX, PROJECT, Settings

README = (PROJECT / "README.md").read_text("utf-8")
ROW = re.compile(r"^\| `QUIZAPP_(\w+)` \| (.+?) \| (.+?) \|$", re.MULTILINE)
FIELDS = Settings.model_fields


def documented() -> dict[str, str]:
    """The default of each setting as the table tells it."""
    return {name.lower(): default.strip("`") for name, default, _meaning in ROW.findall(README)}


def shown(default: Any) -> str:
    """A default as the table writes it: without the place of the project on this machine."""
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, Path):
        return f"{default.relative_to(PROJECT)}/"
    return str(default).replace(str(PROJECT), "…")


def test_every_setting_is_in_the_readme_and_no_other() -> None:
    assert set(documented()) == set(FIELDS), "README.md, Settings: one row for each field of config.Settings"


@pytest.mark.parametrize("name", FIELDS)
def test_the_readme_tells_the_default_of_a_setting(name: str) -> None:
    written = documented()[name]
    if FIELDS[name].is_required():
        assert written == "none"
    elif name == "database_url":
        assert written == "SQLite file in `instance/"
        assert "/instance/" in str(FIELDS[name].default)
    else:
        assert written == shown(FIELDS[name].default)


def test_no_other_variable_is_written_about() -> None:
    written = set(re.findall(rf"\b{PREFIX}([A-Z_]+)\b", README))
    assert {name.lower() for name in written} == set(FIELDS)


def test_the_first_lines_are_the_two_commands() -> None:
    first = re.search(r"```sh\n(.+?)```", README, re.DOTALL)
    assert first
    assert README.index(first[0]) < 50
    assert [line.split()[0] for line in first[1].splitlines()] == ["script/run", "script/test"]


@pytest.mark.parametrize("name", ["run", "test", "setup", "vendor"])
def test_a_script_says_what_it_does_and_can_be_run(name: str) -> None:
    path = PROJECT / "script" / name
    lines = path.read_text("utf-8").splitlines()
    assert lines[0].startswith("#!")
    assert lines[1].startswith(("# ", '"""'))
    assert name == "setup" or path.stat().st_mode & stat.S_IXUSR  # setup is read by the others


def test_commands_in_the_readme_are_there(app: Flask) -> None:
    known = {**cli.commands, **app.cli.commands}
    for line in re.findall(r"`quizapp ([a-z -]+)`", README):
        group, *rest = line.split()
        assert group in known, f"README.md: there is no quizapp {group}"
        inner = getattr(known[group], "commands", {})
        assert not rest or rest[0].startswith("-") or rest[0] in inner, f"README.md: no quizapp {line}"


def test_folders_in_the_readme_are_there() -> None:
    listing = re.search(r"## Where things are\n+```text\n(.+?)```", README, re.DOTALL)
    assert listing
    folders = re.findall(r"^(\S+/)", listing[1], re.MULTILINE)
    assert [folder for folder in folders if not (PROJECT / folder).is_dir()] == []


def test_changes_are_told() -> None:
    changes = (PROJECT / "CHANGELOG.md").read_text("utf-8")
    assert changes.startswith("# Changes\n")
    assert re.search(r"^## ", changes, re.MULTILINE)


@pytest.mark.parametrize("path", ["LICENSE", "question_banks/LICENSE"])
def test_code_and_content_each_have_a_licence(path: str) -> None:
    assert (PROJECT / path).stat().st_size > 500
    assert path in README


# What a newcomer is told when something is missing on the machine


def set_up_with(python: str, tmp_path: Path) -> tuple[str, bool]:
    """What the set-up says with a `python3` that is this shell script, and whether it left a .venv behind."""
    tools, project = tmp_path / "bin", tmp_path / "project"
    tools.mkdir()
    for name in ("sh", "cat", "cksum", "mkdir", "rm"):
        (tools / name).symlink_to(str(shutil.which(name)))
    if python:
        (tools / "python3").write_text(f"#!/bin/sh\n{python}\n")
        (tools / "python3").chmod(0o755)
    shutil.copytree(PROJECT / "requirements", project / "requirements")
    shutil.copy(PROJECT / "pyproject.toml", project)
    done = subprocess.run(
        ["sh", "-c", f'. "{PROJECT / "script" / "setup"}"; set_up runtime'],
        cwd=project,
        env={"PATH": str(tools)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    return done.stderr.strip().splitlines()[-1], (project / ".venv").exists()


@pytest.mark.parametrize("python", ["", "exit 1"], ids=["none", "too old"])
def test_a_machine_without_python_is_told_what_to_get(tmp_path: Path, python: str) -> None:
    said, _ = set_up_with(python, tmp_path)
    assert said.startswith("quizapp needs Python 3.11 or newer.")
    assert "apt-get install python3" in said


def test_half_an_environment_is_not_left_behind(tmp_path: Path) -> None:
    """Debian without python3-venv makes one without pip, and a second start would stumble over it."""
    python = 'case "$*" in *venv*) mkdir -p .venv/bin; exit 1;; esac'
    said, is_left = set_up_with(python, tmp_path)
    assert said.startswith("Python's venv module is missing.")
    assert not is_left


@pytest.mark.parametrize("name", ["run", "test", "setup"])
def test_a_script_is_plain_shell(name: str) -> None:
    assert subprocess.run(["sh", "-n", str(PROJECT / "script" / name)], check=False).returncode == 0
