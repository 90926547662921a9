"""The files at the top of the content folder, and the rows that they become."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.banks.files import FolderContent
from quizapp.banks.item_rows import upsert
from quizapp.banks.models import ReferenceDocument
from quizapp.core.canonical import content_hash, plain
from quizapp.core.exam_facts import EXAMS_FILE, RealExams
from quizapp.core.glossary import GLOSSARY_FILE
from quizapp.core.lint.language import LANGUAGE_FILE
from quizapp.core.problems import Problem
from quizapp.core.reference import SUPPORT_FILE, TAXONOMY_FILE, Reference, Taxonomy

# Of these files, those that items are checked against.
AGAINST = (TAXONOMY_FILE, GLOSSARY_FILE, LANGUAGE_FILE)


def top_files(content: FolderContent) -> dict[str, bytes]:
    """Those that are there, by name."""
    files = {
        TAXONOMY_FILE: content.taxonomy,
        SUPPORT_FILE: content.support,
        GLOSSARY_FILE: content.glossary,
        EXAMS_FILE: content.exams,
        LANGUAGE_FILE: content.language,
    }
    return {name: data for name, data in files.items() if data is not None}


def write_reference(
    session: Session, reference: Reference, exams: RealExams | None, taxonomy_path: str
) -> list[Problem]:
    """Bring the stored documents to these; change nothing when an id that stored items may carry is gone.

    :param exams: None when those that are stored stay.
    :return: the ids that are gone, as problems of the taxonomy's file.
    """
    models: dict[str, BaseModel] = {
        "taxonomy": reference.taxonomy,
        "support": reference.support,
        "glossary": reference.glossary,
    }
    if exams is not None:
        models["exams"] = exams
    hashes = {name: content_hash(model) for name, model in models.items()}
    stored = select(ReferenceDocument.name, ReferenceDocument.content_hash)
    is_stored = {(row.name, row.content_hash) for row in session.execute(stored)}
    changed = [name for name in models if (name, hashes[name]) not in is_stored]
    before = session.get(ReferenceDocument, "taxonomy") if "taxonomy" in changed else None
    removed = list(_removed_ids(before.content, reference.taxonomy, taxonomy_path)) if before else []
    if not removed:
        rows = [
            {"name": name, "content_hash": hashes[name], "content": plain(models[name])} for name in changed
        ]
        upsert(session, ReferenceDocument, rows, ["name"])
    return removed


def _removed_ids(before: Mapping[str, Any], taxonomy: Taxonomy, path: str) -> Iterator[Problem]:
    now = plain(taxonomy)
    for group in ("principles", "missteps", "other_missteps", "domains", "standards", "sources"):
        for name in sorted(_ids(before.get(group, ())) - _ids(now.get(group, ()))):
            message = (
                f"{name} is no longer among the {group}; ids stay for ever, mark it retired: true instead"
            )
            yield Problem(path, 1, 1, "error", "removed-id", None, message)


def _ids(rows: Any) -> set[str]:
    return set(rows) if isinstance(rows, dict) else {row["id"] for row in rows}
