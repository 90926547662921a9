"""A small folder of content that a test may change."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

SMALL = Path(__file__).parents[1] / "data" / "banks" / "small"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two banks with four items, one blueprint, and what they refer to."""
    copy = tmp_path / "question_banks"
    shutil.copytree(SMALL, copy)
    return copy


@pytest.fixture
def edit(folder: Path) -> Callable[[str, str, str], None]:
    """Replaces a text, which must be there, in a file of the folder."""

    def replace(name: str, old: str, new: str) -> None:
        path = folder / name
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")

    return replace
