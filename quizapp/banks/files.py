"""Content files as they lie in a folder: which there are, their bytes, and what they say."""

import datetime
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from quizapp.core.bank import BANK_FILE, Bank, Place, load_bank
from quizapp.core.blueprint import ExamBlueprint, load_blueprint
from quizapp.core.exam_facts import EXAMS_FILE, load_exams
from quizapp.core.glossary import GLOSSARY_FILE
from quizapp.core.item_checks import Notes, no_notes
from quizapp.core.items.base import Severity
from quizapp.core.lint.language import LANGUAGE_FILE
from quizapp.core.problems import Problem
from quizapp.core.reference import SUPPORT_FILE, TAXONOMY_FILE, LoadedReference, Reference, load_reference
from quizapp.core.yaml_text import MAX_BYTES
from quizapp.core.yaml_walk import no_garbage_collection

BLUEPRINT_FOLDER: Final = "blueprints"


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderContent:
    """The bytes of every content file; `name` stands before file names in problems."""

    name: str
    taxonomy: bytes | None
    support: bytes | None
    language: bytes | None = None
    glossary: bytes | None = None
    exams: bytes | None = None
    blueprints: Mapping[str, bytes]
    banks: Mapping[str, Mapping[str, bytes]]
    problems: tuple[Problem, ...] = ()

    def folder(self, *parts: str) -> str:
        """The prefix of file names in a folder inside."""
        return "".join(f"{part}/" for part in (self.name, *parts) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What the files say. A bank or blueprint with an error is not among them."""

    reference: Reference | None
    blueprints: Mapping[str, ExamBlueprint]
    banks: Mapping[str, Bank]
    problems: list[Problem]


def find_root(path: Path) -> Path | None:
    """The folder at or above a path that holds the taxonomy."""
    start = path if path.is_dir() else path.parent
    return next((each for each in (start, *start.parents) if (each / TAXONOMY_FILE).is_file()), None)


def read_folder(root: Path, name: str | None = None) -> FolderContent:
    """Every content file below a folder; `name` is how problems call the folder."""
    name = str(root) if name is None else name
    prefix = f"{name}/" if name else ""
    problems: list[Problem] = []
    banks = {
        folder.name: dict(_files(folder, f"{prefix}{folder.name}/", problems))
        for folder in _folders(root)
        if (folder / BANK_FILE).is_file()
    }
    blueprints = root / BLUEPRINT_FOLDER
    return FolderContent(
        name=name,
        taxonomy=_optional(root / TAXONOMY_FILE, prefix, problems),
        support=_optional(root / SUPPORT_FILE, prefix, problems),
        language=_optional(root / LANGUAGE_FILE, prefix, problems),
        glossary=_optional(root / GLOSSARY_FILE, prefix, problems),
        exams=_optional(root / EXAMS_FILE, prefix, problems),
        blueprints=dict(_files(blueprints, f"{prefix}{BLUEPRINT_FOLDER}/", problems)),
        banks=banks,
        problems=tuple(problems),
    )


def _folders(root: Path) -> list[Path]:
    return sorted(path for path in root.iterdir() if path.is_dir() and _is_usable(path.name))


def _is_usable(name: str) -> bool:
    """Whether a name is neither hidden nor one that cannot be printed or stored."""
    return not name.startswith(".") and name.isprintable()


def _files(folder: Path, prefix: str, problems: list[Problem]) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of the YAML files of a folder; notes those that only look as if they were read."""
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if not path.is_file() or path.name.startswith("."):
            continue
        if path.suffix == ".yaml" and _is_usable(path.name):
            yield path.name, _bytes(path, prefix, problems)
        elif path.suffix.lower() in (".yml", ".yaml"):
            message = "this file is not read; its name must end with .yaml and hold no unusual characters"
            problems.append(_about(path, prefix, "warning", "file-name", message))


def _optional(path: Path, prefix: str, problems: list[Problem]) -> bytes | None:
    return _bytes(path, prefix, problems) if path.is_file() else None


def _bytes(path: Path, prefix: str, problems: list[Problem]) -> bytes:
    """The bytes of a file, of a larger one so many that its size is noticed."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        problems.append(
            _about(path, prefix, "error", "unreadable", f"this file cannot be read: {error.strerror}")
        )
        return b""


def _about(path: Path, prefix: str, severity: Severity, rule: str, message: str) -> Problem:
    """A problem of a file as a whole."""
    name = path.name.encode(errors="replace").decode()
    return Problem(prefix + name, 0, 0, severity, rule, None, message)


def read_reference(content: FolderContent, today: datetime.date) -> LoadedReference:
    """Taxonomy, support and, if there are some, language file and glossary; or why there are none."""
    missing = [
        Problem(content.folder() + name, 0, 0, "error", "missing-file", None, "this file is missing")
        for name, data in ((TAXONOMY_FILE, content.taxonomy), (SUPPORT_FILE, content.support))
        if data is None
    ]
    if content.taxonomy is None or content.support is None:
        return LoadedReference(None, missing)
    return load_reference(
        content.taxonomy, content.support, today, content.folder(), content.language, content.glossary
    )


@no_garbage_collection()
def load_content(
    content: FolderContent,
    today: datetime.date,
    *,
    on_items: Callable[[int], None] = lambda count: None,
    notes: Notes = no_notes,
) -> Content:
    """Everything read and checked, with all problems; `on_items` is told how many items each file had."""
    loaded = read_reference(content, today)
    problems = [*content.problems, *loaded.problems]
    taxonomy = loaded.reference.taxonomy if loaded.reference else None
    if content.exams is not None:
        problems += load_exams(content.exams, content.folder() + EXAMS_FILE, taxonomy, today).problems
    blueprints: dict[str, ExamBlueprint] = {}
    for name, data in content.blueprints.items():
        file = content.folder(BLUEPRINT_FOLDER) + name
        blueprint = load_blueprint(data, file, taxonomy, today)
        problems += blueprint.problems
        if blueprint.blueprint:
            problems += _taken(blueprint.blueprint.id, blueprints, file)
            blueprints.setdefault(blueprint.blueprint.id, blueprint.blueprint)
    banks: dict[str, Bank] = {}
    places: list[Place] = []
    for folder, files in content.banks.items():
        prefix = content.folder(folder)
        bank = load_bank(
            files, loaded.reference, today, folder=prefix, others=places, on_items=on_items, notes=notes
        )
        places += bank.places
        problems += bank.problems
        if bank.bank:
            problems += _taken(bank.bank.meta.id, banks, prefix + BANK_FILE)
            banks.setdefault(bank.bank.meta.id, bank.bank)
    return Content(reference=loaded.reference, blueprints=blueprints, banks=banks, problems=problems)


def _taken(name: str, known: Mapping[str, object], file: str) -> list[Problem]:
    if name not in known:
        return []
    message = f"the id {name} is used by another one; every bank and every blueprint has its own"
    return [Problem(file, 1, 1, "error", "duplicate-id", None, message)]
