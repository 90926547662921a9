"""What the linter found in files that have not changed since, kept in the user's cache folder.

A note is named by all that it depends on: the file, the words it is held against, and the linter itself. What
cannot be read or written is done without.
"""

import hashlib
import json
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from quizapp import clock
from quizapp.banks.files import FolderContent
from quizapp.core.item_checks import LintRows, MakeRows, Notes, no_notes
from quizapp.core.items.base import Finding

KEPT_FOR: Final = 60 * 24 * 3600  # seconds since a note was last of use
CORE: Final = Path(__file__).parents[1] / "core"


def default_folder() -> Path:
    """Where notes are kept: below XDG_CACHE_HOME, or ~/.cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "quizapp" / "lint"


class LintNotes:
    """The notes on the files of one content folder."""

    def __init__(self, folder: Path, content: FolderContent) -> None:
        self._folder = folder
        words = (content.taxonomy or b"", content.language or b"", content.glossary or b"")
        self._depends = _digest([*words, *(file.read_bytes() for file in sorted(CORE.rglob("*.py")))])

    def __call__(self, data: bytes, strict: bool, make: MakeRows) -> LintRows:
        """The rows of the note on a file; made, and noted, when there is none."""
        file = self._folder / f"{_digest([self._depends, bytes([strict]), data]).hex()}.json"
        try:
            rows = _read(file)
        except (OSError, ValueError, TypeError):
            rows = make()
            with suppress(OSError):
                _write(file, rows)
        return rows

    def tidy(self) -> None:
        """Remove the notes that were of no use for long."""
        oldest = clock.now().timestamp() - KEPT_FOR
        with suppress(OSError):
            for file in self._folder.iterdir():
                if file.stat().st_mtime < oldest:
                    file.unlink()


def notes_on(content: FolderContent, no_cache: bool = False) -> Notes:
    """The notes on the files of a folder, tidied; none when everything is to be looked at anew."""
    if no_cache:
        return no_notes
    notes = LintNotes(default_folder(), content)
    notes.tidy()
    return notes


def _digest(parts: Iterable[bytes]) -> bytes:
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).digest()


def _read(file: Path) -> LintRows:
    rows = json.loads(file.read_text("utf-8"))
    if not isinstance(rows, list):
        raise TypeError
    os.utime(file)
    return [
        (Finding(tuple(path), severity, rule, message), item) for path, severity, rule, message, item in rows
    ]


def _write(file: Path, rows: LintRows) -> None:
    """Write a note so that another process sees all of it or nothing."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = file.with_suffix(f".{os.getpid()}")
    new.write_text(json.dumps([[*finding, item] for finding, item in rows]), "utf-8")
    new.replace(file)
