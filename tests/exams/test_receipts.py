"""The receipt: downloaded by its learner, and confirmed or not by the operator."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update
from sqlalchemy.orm import Session

from quizapp.accounts.models import User
from quizapp.core.receipt import Receipt, read_receipt
from quizapp.exams.models import Attempt, ItemResponse
from tests.exams.walk import Mock, begin_mock
from tests.factories import NOW

SignIn = Callable[[FlaskClient, User], None]
Command = Callable[..., Result]


@pytest.fixture
def mock(
    client: FlaskClient, session: Session, content: None, alice: User, sign_in: SignIn, now: object
) -> Mock:
    session.commit()
    sign_in(client, alice)
    mock = begin_mock(client)
    for position in (1, 2, 7):
        mock.save(position, "1")
    return mock


@pytest.fixture
def file(mock: Mock, tmp_path: Path) -> Path:
    """The receipt of a mock with three answers, as downloaded."""
    mock.hand_in()
    answer = mock.page("receipt")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == f'attachment; filename="quizapp-receipt-{mock.id}.txt"'
    path = tmp_path / "receipt.txt"
    path.write_bytes(answer.data)
    return path


def test_a_receipt_that_was_downloaded_is_confirmed(command: Command, file: Path, mock: Mock) -> None:
    assert "answers: 3 of 50\n" in file.read_text()
    result = command("attempts", "verify-receipt", str(file))
    assert (result.exit_code, "The receipt holds" in result.output) == (0, True)
    assert "Download the receipt" in mock.page("results").text


def test_a_receipt_with_windows_line_ends_is_still_one(command: Command, file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    assert command("attempts", "verify-receipt", str(file)).exit_code == 0


def test_an_answer_that_was_changed_afterwards_is_found_out(
    command: Command, file: Path, mock: Mock, session: Session
) -> None:
    session.execute(update(ItemResponse).where(ItemResponse.position == 7).values(answer={"option": 9}))
    session.commit()
    result = command("attempts", "verify-receipt", str(file))
    assert (result.exit_code, "other answers are stored" in result.output) == (1, True)
    session.execute(update(ItemResponse).where(ItemResponse.position == 7).values(answer=None))
    session.commit()
    assert "another number of answers" in command("attempts", "verify-receipt", str(file)).output


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("attempt: ", "attempt: 9", "There is no such attempt here."),
        ("handed in: 2026-03-03", "handed in: 2026-03-02", "at another time"),
        ("answers: 3", "answers: 4", "another number of answers"),
    ],
)
def test_a_receipt_that_was_tampered_with_does_not_hold(
    command: Command, file: Path, old: str, new: str, told: str
) -> None:
    file.write_text(file.read_text().replace(old, new))
    result = command("attempts", "verify-receipt", str(file))
    assert (result.exit_code, told in result.output) == (1, True)


@pytest.mark.parametrize("text", ["", "quizapp receipt\n", "hello " * 5000, "\0", "attempt: 1"])
def test_a_file_that_is_no_receipt_is_said_to_be_none(command: Command, tmp_path: Path, text: str) -> None:
    path = tmp_path / "note.txt"
    path.write_text(text)
    result = command("attempts", "verify-receipt", str(path))
    assert (result.exit_code, "no receipt" in result.output) == (2, True)
    path.write_bytes(b"\xff\xfe\x00")
    assert command("attempts", "verify-receipt", str(path)).exit_code == 2


def test_there_is_no_receipt_before_handing_in(mock: Mock, session: Session) -> None:
    assert mock.page("receipt").status_code == 404
    assert session.get_one(Attempt, mock.id).receipt is None


@given(
    st.integers(1, 10**12),
    st.text(st.characters(blacklist_categories=["Cc", "Cs", "Zl", "Zp", "Zs"]), max_size=30),
    st.integers(0, 150),
)
def test_what_is_written_is_read_again(attempt: int, exam: str, answered: int) -> None:
    receipt = Receipt(
        attempt=attempt, exam=exam, submitted_at=NOW, answered=answered, items=150, code="0f" * 32
    )
    assert read_receipt(receipt.text()) == receipt
