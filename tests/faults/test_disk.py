"""A disk that is full or takes no writing: SQLite's file, and a PostgreSQL that is read-only."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.faults import disks
from tests.faults.clients import Crowd, Tab, answering
from tests.faults.conftest import Say
from tests.faults.ledger import Ledger
from tests.faults.site import Exam, Seat, open_exam, some

pytestmark = pytest.mark.faults

NEEDS_MOUNT = pytest.mark.skipif(not disks.can_mount(), reason="only root may mount")
LEARNERS, TABS = 40, 50
MEGABYTES = 24


@pytest.fixture
def at_end() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def check(exam: Exam, file: Path, ledger: Ledger, crowd: Crowd, say: Say) -> None:
    """Nothing is lost, nothing is half-written, and those who were turned away were told so calmly."""
    with exam.site.working() as session:
        audit = ledger.audit(session)
    say(f"{audit}; {crowd.told['calm']} calm refusals")
    assert audit.is_clean, str(audit)
    assert crowd.told["calm"] > 0
    with sqlite3.connect(file) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()


@pytest.mark.parametrize("kind", [pytest.param("small disk", marks=NEEDS_MOUNT), "limit of a file's size"])
def test_no_acknowledged_answer_is_lost_when_the_disk_is_full(
    tmp_path: Path, at_end: ExitStack, ledger: Ledger, few: int, say: Say, kind: str
) -> None:
    disk = tmp_path / "disk"
    if kind == "small disk":
        at_end.enter_context(disks.small_disk(disk, MEGABYTES))
    else:
        disk.mkdir()
    file = disk / "exam.sqlite3"
    exam = at_end.enter_context(open_exam(tmp_path, f"sqlite:///{file}"))
    exam.server.start()
    log = file.with_name(f"{file.name}-wal")  # what is written first
    with answering(exam.server.port, exam.seat(LEARNERS), ledger, TABS) as crowd:
        for number in range(1, few + 1):
            crowd.wait_for("all", some(50, 200))
            with disks.filled(disk) if kind == "small disk" else disks.limited(exam.server, log):
                crowd.wait_for("calm", TABS)
            crowd.wait_for("all", 100)
            say(f"round {number} of {few}: the disk was full")
    check(exam, file, ledger, crowd, say)


def test_no_acknowledged_answer_is_lost_when_somebody_else_writes_for_long(
    tmp_path: Path, at_end: ExitStack, ledger: Ledger, few: int, say: Say
) -> None:
    """Longer than SQLite waits for its turn, and than browsers wait for the server."""
    file = tmp_path / "exam.sqlite3"
    exam = at_end.enter_context(open_exam(tmp_path, f"sqlite:///{file}"))
    exam.server.start()
    writer = at_end.enter_context(closing(sqlite3.connect(file, isolation_level=None, timeout=30)))
    with answering(exam.server.port, exam.seat(LEARNERS), ledger, TABS) as crowd:
        for number in range(1, few + 1):
            crowd.wait_for("all", some(50, 200))
            writer.execute("BEGIN IMMEDIATE")
            crowd.wait_for("calm", 2)
            crowd.wait_for("unreachable", TABS)
            writer.execute("ROLLBACK")
            crowd.wait_for("all", 100)
            say(f"round {number} of {few}: somebody else held the lock")
    check(exam, file, ledger, crowd, say)


@NEEDS_MOUNT
@pytest.mark.parametrize("what", ["folder", "file"])
def test_service_returns_by_itself_when_what_was_read_only_takes_writing_again(
    tmp_path: Path, at_end: ExitStack, ledger: Ledger, few: int, say: Say, what: str
) -> None:
    file = tmp_path / "disk" / "exam.sqlite3"
    file.parent.mkdir()
    exam = at_end.enter_context(open_exam(tmp_path, f"sqlite:///{file}"))
    seats = exam.seat(LEARNERS)
    exam.server.start()
    exam.close_here()
    with answering(exam.server.port, seats, ledger, TABS) as crowd:
        for number in range(1, few + 1):
            crowd.wait_for("all", 100)
            exam.server.kill()
            with disks.read_only(file if what == "file" else file.parent):
                exam.server.start(until="/healthz")
                crowd.wait_for("calm", 2 * TABS)
                check_words(exam, seats[0])
            crowd.wait_for("all", 100)
            say(f"round {number} of {few}: the {what} was read-only")
    check(exam, file, ledger, crowd, say)


def check_words(exam: Exam, seat: Seat) -> None:
    """A person reads a page in the product's words, too."""
    tab = Tab(exam.server.port, seat, cookie=seat.cookie)
    status, page = tab.ask("GET", f"/attempts/{seat.attempt_id}/1", {"Accept": "text/html"})
    tab.close()
    assert status in (200, 503)  # it may be read from
    assert status == 200 or b"We will be right back" in page
