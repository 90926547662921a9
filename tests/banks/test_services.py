import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select
from sqlalchemy.orm import Session

from quizapp.banks import services
from quizapp.banks.files import read_folder
from quizapp.banks.models import (
    Bank,
    Blueprint,
    BlueprintRevision,
    ContentFile,
    Item,
    ItemRevision,
    ReferenceDocument,
)
from quizapp.banks.services import SyncReport
from quizapp.core.bank import LoadedItems, load_items
from quizapp.core.item_checks import Checks
from quizapp.core.items import parse_item
from tests.core.test_exam_facts import SMALL

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
Edit = Callable[[str, str, str], None]
Sync = Callable[..., SyncReport]
ALL = ["oh-0001", "rel-0001", "rel-0002", "rel-0003"]


@pytest.fixture
def sync(session: Session, folder: Path) -> Sync:
    """Syncs the folder as it is now."""

    def run(now: datetime = NOW) -> SyncReport:
        report = services.sync(session, read_folder(folder, "q"), now)
        session.commit()
        session.expire_all()
        return report

    return run


@pytest.fixture
def files_read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The items files that were parsed, in order."""
    read: list[str] = []

    def noting(data: bytes, file: str, checks: Checks) -> LoadedItems:
        read.append(file)
        return load_items(data, file, checks)

    monkeypatch.setattr(services, "load_items", noting)
    return read


def done(report: SyncReport) -> tuple[list[str], list[str], list[str], int]:
    return report.added, report.changed, report.retired, report.unchanged


def status(session: Session) -> dict[str, str]:
    return {row.id: row.status for row in session.scalars(select(Item).order_by(Item.id))}


def revisions(session: Session, item_id: str) -> list[dict[str, Any]]:
    wanted = select(ItemRevision).where(ItemRevision.item_id == item_id).order_by(ItemRevision.id)
    return [row.content for row in session.scalars(wanted)]


def rules(report: SyncReport) -> list[str]:
    return [problem.rule for problem in report.problems]


def test_the_first_sync_brings_everything_in(session: Session, sync: Sync) -> None:
    report = sync()
    assert done(report) == (ALL[1:] + ALL[:1], [], [], 0)
    assert (report.blueprints, report.withheld, report.problems) == (["tiny"], [], [])
    bank = session.get_one(Bank, "core")
    assert (bank.title, bank.lang, bank.licence, bank.folder) == ("Small core", "en", "CC-BY-SA-4.0", "core")
    item = session.get_one(Item, "oh-0001")
    assert (item.bank_id, item.status, item.states, item.situation) == ("states", "live", ["OH"], "ohio-form")
    assert item.missteps == ["interrogate", "platitudes"]
    assert session.get_one(Item, "rel-0001").states is None
    revision = session.get_one(ItemRevision, item.current_revision_id)
    assert parse_item(revision.content).id == "oh-0001"
    assert revision.created_at == NOW
    blueprint = session.get_one(Blueprint, "tiny")
    assert session.get_one(BlueprintRevision, blueprint.current_revision_id).content["items"] == 2
    documents = {row.name for row in session.scalars(select(ReferenceDocument))}
    assert documents == {"taxonomy", "support", "glossary", "exams"}


def test_a_second_sync_changes_nothing_and_reads_no_items(
    session: Session, sync: Sync, files_read: list[str]
) -> None:
    sync()
    files_read.clear()
    report = sync(NOW + timedelta(days=1))
    assert done(report) == ([], [], [], 4)
    assert report.blueprints == []
    assert files_read == []
    assert session.scalar(select(func.count()).select_from(ItemRevision)) == 4
    assert session.scalar(select(func.count()).select_from(BlueprintRevision)) == 1
    assert session.get_one(Bank, "core").synced_at == NOW


def test_a_changed_item_gets_a_revision_and_keeps_the_old_one(
    session: Session, sync: Sync, edit: Edit, files_read: list[str]
) -> None:
    sync()
    before = session.get_one(Item, "rel-0003").current_revision_id
    files_read.clear()
    edit("core/more.yaml", "It listens.", "It listens well.")
    assert done(sync()) == ([], ["rel-0003"], [], 3)
    assert files_read == ["q/core/more.yaml"]
    assert session.get_one(Item, "rel-0003").current_revision_id != before
    assert [content["options"][1]["rationale"] for content in revisions(session, "rel-0003")] == [
        "It listens.",
        "It listens well.",
    ]


def test_going_back_uses_the_old_revision_again(session: Session, sync: Sync, edit: Edit) -> None:
    sync()
    before = session.get_one(Item, "rel-0003").current_revision_id
    edit("core/more.yaml", "It listens.", "It listens well.")
    sync()
    edit("core/more.yaml", "It listens well.", "It listens.")
    assert done(sync()) == ([], ["rel-0003"], [], 3)
    assert session.get_one(Item, "rel-0003").current_revision_id == before
    assert len(revisions(session, "rel-0003")) == 2


def test_another_spelling_of_the_same_content_is_no_change(session: Session, sync: Sync, edit: Edit) -> None:
    sync()
    edit("core/more.yaml", "  lang: en\n", "  lang: 'en'   # English\n  content_note: null\n  lint_ok: []\n")
    assert done(sync()) == ([], [], [], 4)
    assert len(revisions(session, "rel-0003")) == 1


def test_the_columns_of_an_item_follow_its_content(session: Session, sync: Sync, edit: Edit) -> None:
    sync()
    edit("core/more.yaml", "status: live", "status: draft")
    edit("core/more.yaml", "situation: tired-sunday", "situation: tired-today")
    edit("core/more.yaml", "principle: active_listening", "principle: support_choice")
    sync()
    item = session.get_one(Item, "rel-0003")
    assert (item.status, item.situation, item.principle) == ("draft", "tired-today", "support_choice")


@pytest.mark.parametrize("gone", ["file", "item"])
def test_an_item_that_disappears_is_retired_and_returns(
    session: Session, sync: Sync, folder: Path, gone: str
) -> None:
    path = folder / "core" / "more.yaml"
    text = path.read_text()
    sync()
    path.unlink() if gone == "file" else path.write_text("[]\n")
    assert done(sync()) == ([], [], ["rel-0003"], 3)
    assert done(sync()) == ([], [], [], 3)
    assert status(session)["rel-0003"] == "retired"
    assert len(revisions(session, "rel-0003")) == 1
    path.write_text(text)
    assert done(sync()) == ([], ["rel-0003"], [], 3)
    assert status(session)["rel-0003"] == "live"
    assert len(revisions(session, "rel-0003")) == 1


def test_an_item_moves_between_files_and_banks_without_a_revision(
    session: Session, sync: Sync, folder: Path
) -> None:
    sync()
    (folder / "core" / "more.yaml").rename(folder / "core" / "other.yaml")
    assert done(sync()) == ([], [], [], 4)
    assert session.get_one(Item, "rel-0003").path == "other.yaml"
    (folder / "core" / "other.yaml").rename(folder / "ohio" / "other.yaml")
    assert done(sync()) == ([], [], [], 4)
    assert session.get_one(Item, "rel-0003").bank_id == "states"
    (folder / "ohio" / "other.yaml").rename(folder / "core" / "more.yaml")
    assert done(sync()) == ([], [], [], 4)
    assert session.get_one(Item, "rel-0003").bank_id == "core"
    assert len(revisions(session, "rel-0003")) == 1


def test_a_bank_with_an_error_is_left_out_whole(
    session: Session, sync: Sync, edit: Edit, files_read: list[str]
) -> None:
    sync()
    edit("core/relationship.yaml", "It listens.", "It listens well.")
    edit("core/more.yaml", "kind: first_response", "kind: guess")
    edit("ohio/oh.yaml", "It listens.", "It listens well.")
    report = sync()
    assert done(report) == ([], ["oh-0001"], [], 3)
    assert report.withheld == ["core"]
    assert rules(report) == ["unknown-value"]
    assert len(revisions(session, "rel-0001")) == 1
    assert status(session) == dict.fromkeys(ALL, "live")
    files_read.clear()
    edit("core/more.yaml", "kind: guess", "kind: first_response")
    assert done(sync())[1] == ["rel-0001", "rel-0002"]
    assert files_read == ["q/core/relationship.yaml"]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("taxonomy.yaml", "id: active_listening", "id: [active_listening"),
        ("taxonomy.yaml", "near: active_listening", "near: listening"),
        ("support.yaml", "jurisdiction: US", "jurisdicton: US"),
    ],
)
def test_an_error_in_the_reference_leaves_everything_as_it_was(
    session: Session, sync: Sync, edit: Edit, name: str, old: str, new: str
) -> None:
    sync()
    edit(name, old, new)
    edit("ohio/oh.yaml", "It listens.", "It listens well.")
    edit("blueprints/tiny.yaml", "minutes: 3", "minutes: 4")
    report = sync()
    assert done(report) == ([], [], [], 0)
    assert set(report.withheld) >= {"core", "ohio", "tiny.yaml"}
    assert report.problems
    assert len(revisions(session, "oh-0001")) == 1
    assert session.scalar(select(func.count()).select_from(BlueprintRevision)) == 1


def test_ids_of_the_taxonomy_stay_for_ever(session: Session, sync: Sync, edit: Edit, folder: Path) -> None:
    sync()
    edit("taxonomy.yaml", "id: support_choice,", "id: support_choices,")
    report = sync()
    assert rules(report) == ["removed-id"]
    assert "support_choice " in report.problems[0].message
    edit("taxonomy.yaml", "id: support_choices,", "id: support_choice, retired: true,")
    assert sync().withheld == []


def test_a_changed_taxonomy_has_all_items_checked_again(
    sync: Sync, edit: Edit, files_read: list[str]
) -> None:
    sync()
    files_read.clear()
    edit("taxonomy.yaml", "{id: support_choice, name: Support choice", "{id: support_choice, name: Choice")
    assert done(sync()) == ([], [], [], 4)
    assert sorted(files_read) == ["q/core/more.yaml", "q/core/relationship.yaml", "q/ohio/oh.yaml"]


def test_a_bank_that_becomes_strict_has_all_items_checked_again(sync: Sync, edit: Edit) -> None:
    edit("core/more.yaml", "situation: tired-sunday", "situation: tired-friday")
    assert sync().withheld == []
    edit("core/bank.yaml", "id: core\n", "id: core\nstrict: true\n")
    report = sync()
    assert report.withheld == ["core"]
    assert "shared-situation" in rules(report)


def test_a_bank_that_stops_being_for_demonstration_has_its_panels_checked_again(
    sync: Sync, edit: Edit
) -> None:
    made_up = "{n: 9, held_on: 2026-01-05, demonstration: true, best: [0, 9, 0]}"
    edit("core/more.yaml", "  options:\n", f"  key_basis: panel\n  panel: {made_up}\n  options:\n")
    edit("core/bank.yaml", "id: core\n", "id: core\ndemonstration: true\n")
    assert sync().withheld == []
    edit("core/bank.yaml", "demonstration: true\n", "")
    report = sync()
    assert report.withheld == ["core"]
    assert rules(report) == ["made-up-panel"]


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("id: rel-0003", "id: rel-0002", "duplicate-id"),
        ("id: rel-0003", "id: oh-0001", "duplicate-id"),
        ("situation: tired-sunday", "situation: tired-friday", "shared-situation"),
    ],
)
def test_a_changed_file_is_held_against_files_that_were_not_read_again(
    sync: Sync, edit: Edit, files_read: list[str], old: str, new: str, rule: str
) -> None:
    edit("core/bank.yaml", "id: core\n", "id: core\nstrict: true\n")
    sync()
    files_read.clear()
    edit("core/more.yaml", old, new)
    report = sync()
    assert files_read == ["q/core/more.yaml"]
    assert report.withheld == ["core"]
    assert rule in rules(report)


def test_two_items_may_swap_their_situations(sync: Sync, edit: Edit) -> None:
    edit("core/bank.yaml", "id: core\n", "id: core\nstrict: true\n")
    sync()
    edit("core/more.yaml", "tired-sunday", "tired-monday")
    edit("core/relationship.yaml", "tired-monday", "tired-sunday")
    assert done(sync()) == ([], ["rel-0001", "rel-0003"], [], 2)


def test_a_bank_that_disappears_has_its_items_retired(session: Session, sync: Sync, folder: Path) -> None:
    sync()
    shutil.move(folder / "ohio", folder.parent / "away")
    assert done(sync()) == ([], [], ["oh-0001"], 3)
    shutil.move(folder.parent / "away", folder / "ohio")
    assert done(sync()) == ([], ["oh-0001"], [], 3)


def test_a_bank_keeps_its_items_when_its_folder_gets_another_name(
    session: Session, sync: Sync, folder: Path, edit: Edit
) -> None:
    sync()
    (folder / "ohio").rename(folder / "midwest")
    edit("midwest/oh.yaml", "kind: first_response", "kind: guess")
    assert done(sync()) == ([], [], [], 4)
    edit("midwest/oh.yaml", "kind: guess", "kind: first_response")
    assert done(sync()) == ([], [], [], 4)
    assert session.get_one(Bank, "states").folder == "midwest"


def test_a_changed_blueprint_gets_a_revision(session: Session, sync: Sync, edit: Edit) -> None:
    sync()
    first = session.get_one(Blueprint, "tiny").current_revision_id
    edit("blueprints/tiny.yaml", "minutes: 3", "minutes: 4")
    assert sync().blueprints == ["tiny"]
    second = session.get_one(Blueprint, "tiny").current_revision_id
    assert second != first
    assert session.get_one(BlueprintRevision, first).content["minutes"] == 3
    edit("blueprints/tiny.yaml", "minutes: 4", "minutes: 3")
    sync()
    assert session.get_one(Blueprint, "tiny").current_revision_id == first


def test_a_broken_blueprint_stays_as_it_was_and_one_that_is_gone_is_no_longer_offered(
    session: Session, sync: Sync, edit: Edit, folder: Path
) -> None:
    sync()
    edit("blueprints/tiny.yaml", "items: 2", "items: 3")
    report = sync()
    assert (report.withheld, report.blueprints) == (["tiny.yaml"], [])
    assert session.get_one(Blueprint, "tiny").current_revision_id is not None
    (folder / "blueprints" / "tiny.yaml").unlink()
    assert sync().blueprints == ["tiny"]
    assert session.get_one(Blueprint, "tiny").current_revision_id is None


def test_files_that_are_gone_are_forgotten(session: Session, sync: Sync, folder: Path) -> None:
    sync()
    (folder / "core" / "more.yaml").unlink()
    sync()
    names = {(row.folder, row.name) for row in session.scalars(select(ContentFile))}
    assert names == {
        ("", "support.yaml"),
        ("", "taxonomy.yaml"),
        ("core", "bank.yaml"),
        ("core", "relationship.yaml"),
        ("ohio", "bank.yaml"),
        ("ohio", "oh.yaml"),
    }


def stored_exams(session: Session) -> list[str]:
    return [exam["name"] for exam in session.get_one(ReferenceDocument, "exams").content.get("exams", [])]


def test_facts_on_exams_with_an_error_leave_those_that_were_there(
    session: Session, sync: Sync, edit: Edit, folder: Path
) -> None:
    (folder / "exams.yaml").write_text(SMALL.replace("il_exam", "cc"), "utf-8")
    assert (sync().problems, stored_exams(session)) == ([], ["Peer Specialist"])
    edit("exams.yaml", "summary: An exam.", "summary: 5")
    report = sync()
    assert (rules(report), report.withheld) == (["wrong-type"], ["exams.yaml"])
    assert stored_exams(session) == ["Peer Specialist"]
    edit("exams.yaml", "summary: 5", "summary: An exam.")
    edit("exams.yaml", "name: Peer Specialist", "name: Peer Supporter")
    assert (sync().problems, stored_exams(session)) == ([], ["Peer Supporter"])
    (folder / "exams.yaml").unlink()
    assert (sync().problems, stored_exams(session)) == ([], [])


def test_every_file_moves_the_progress_bar(session: Session, folder: Path) -> None:
    content = read_folder(folder, "q")
    steps: list[None] = []
    services.sync(session, content, NOW, on_file=lambda: steps.append(None))
    assert len(steps) == services.count_files(content) == 7


@pytest.fixture
def statements(session: Session) -> Iterator[list[str]]:
    engine = session.get_bind()
    assert isinstance(engine, Engine)
    seen: list[str] = []
    listener = lambda *args: seen.append(args[2])  # noqa: E731 (the same object is needed to remove it)
    event.listen(engine, "before_cursor_execute", listener)
    yield seen
    event.remove(engine, "before_cursor_execute", listener)


def test_the_number_of_statements_does_not_grow_with_the_bank(
    session: Session, sync: Sync, folder: Path, statements: list[str]
) -> None:
    text = (folder / "core" / "more.yaml").read_text()
    many = [text.replace("rel-0003", f"rel-1{number:03}") for number in range(300)]
    (folder / "core" / "many.yaml").write_text("".join(many))
    sync()
    assert len(statements) < 40
    statements.clear()
    sync()
    assert len(statements) < 12


def test_two_syncs_at_once_make_one_revision_each(session: Session, folder: Path) -> None:
    engine = session.get_bind()
    assert isinstance(engine, Engine)
    content = read_folder(folder, "q")
    start = threading.Barrier(2)
    errors: list[BaseException] = []

    def run() -> None:
        try:
            with Session(engine) as own:
                start.wait()
                services.sync(own, content, NOW)
                own.commit()
        except BaseException as error:  # the thread must not swallow it
            errors.append(error)

    session.commit()
    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert session.scalar(select(func.count()).select_from(ItemRevision)) == 4
    assert session.scalar(select(func.count()).select_from(BlueprintRevision)) == 1
    assert status(session) == dict.fromkeys(ALL, "live")
    assert all(row.current_revision_id for row in session.scalars(select(Item)))


def make_strict(folder: Path) -> None:
    path = folder / "core" / "bank.yaml"
    path.write_text(path.read_text("utf-8") + "\nstrict: true\n", "utf-8")


def test_flaws_are_looked_for_in_files_that_are_read_only(sync: Sync, folder: Path, edit: Edit) -> None:
    make_strict(folder)
    edit(
        "core/more.yaml", "Which reply fits the role of a peer **best**?", "Which reply is **not** a peer's?"
    )
    assert "negative-stem" in rules(sync())
    assert rules(sync()) == []  # nothing has changed, so nothing is read and nothing is told again


def test_a_strict_bank_with_a_copy_is_left_out(sync: Sync, folder: Path) -> None:
    make_strict(folder)
    copy = (folder / "core" / "more.yaml").read_text("utf-8").replace("rel-0003", "rel-0009")
    (folder / "core" / "other.yaml").write_text(copy.replace("tired-sunday", "tired-monday"), "utf-8")
    report = sync()
    assert "near-copy" in rules(report)
    assert report.withheld == ["core"]
