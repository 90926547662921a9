"""Third-party files: each is the one that was vendored, and comes with its licence."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from quizapp.pages import PARTS

PROJECT = Path(__file__).resolve().parent.parent
STATIC = PROJECT / "quizapp" / "static"
VENDOR = STATIC / "vendor"
MANIFEST = json.loads((VENDOR / "manifest.json").read_text("utf-8"))
FOLDERS = sorted(path.name for path in VENDOR.iterdir() if path.is_dir())
TEMPLATES = sorted((PROJECT / "quizapp" / "templates").rglob("*.html"))


def test_the_manifest_lists_exactly_the_files_that_are_there() -> None:
    found = {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()}
    assert found - {"manifest.json"} == set(MANIFEST["files"])


@pytest.mark.parametrize("name", sorted(MANIFEST["files"]))
def test_a_file_is_the_one_that_was_vendored(name: str) -> None:
    assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == MANIFEST["files"][name]


def test_each_folder_is_a_package_of_the_manifest() -> None:
    assert sorted(package.rsplit("/", 1)[-1] for package in MANIFEST["packages"]) == FOLDERS


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_package_has_its_licence(folder: str) -> None:
    words = (VENDOR / folder / "LICENSE").read_text("utf-8")
    assert re.search(r"MIT License|ISC License|SIL OPEN FONT LICENSE", words, re.IGNORECASE)


def test_the_licences_page_names_each_package() -> None:
    assert sorted(part.folder for part in PARTS) == FOLDERS
    assert all(part.folder.endswith(f"@{part.version}") for part in PARTS)


def test_style_sheets_load_nothing_from_elsewhere() -> None:
    for sheet in (STATIC / "css").glob("*.css"):
        for address in re.findall(r"url\(\"?([^\")]+)", sheet.read_text("utf-8")):
            if not address.startswith("data:"):
                assert (sheet.parent / address).resolve().is_file(), f"{sheet.name}: {address}"


def test_every_icon_of_a_template_is_in_the_sprite() -> None:
    sprite = (VENDOR / "lucide-static@1.62.0" / "sprite.svg").read_text("utf-8")
    for template in TEMPLATES:
        for call in re.findall(r"icon\(([^)]*)\)", template.read_text("utf-8")):
            for name in re.findall(r"^'([a-z-]+)'|(?<= else )'([a-z-]+)'", call):
                assert f'id="{"".join(name)}"' in sprite, f"{template.name}: {name}"


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_page_has_a_script_or_style_of_its_own(template: Path) -> None:
    """The content security policy would block them in silence."""
    text = template.read_text("utf-8")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", text)
