"""Mail leaves by a folder or a server, and never takes a change with it when it fails."""

import email.policy
import socketserver
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from threading import Thread
from typing import cast

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.accounts.models import User
from quizapp.mail import FileMailer, Message, SmtpMailer, make_mailer
from tests.factories import PASSWORD

MESSAGE = Message(to="dana@example.org", subject="Ein Gruß", text="Guten Tag, Jürgen.\n")


class Server(socketserver.TCPServer):
    """As much of a mail server as one mail needs."""

    received: list[bytes]
    login: str | None = None


class Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.say("220 ready")
        while line := self.rfile.readline().strip().decode():
            self.answer(line)

    def answer(self, line: str) -> None:
        server = cast(Server, self.server)
        word = line.split()[0].upper()
        if word == "EHLO":
            self.say("250-here\r\n250-8BITMIME\r\n250 AUTH PLAIN")
        elif word == "AUTH":
            server.login = line
            self.say("235 welcome")
        elif word == "DATA":
            self.say("354 go on")
            server.received.append(b"".join(iter(self.rfile.readline, b".\r\n")))
            self.say("250 taken")
        else:
            self.say("250 fine")

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Conversation) as made:
        made.received = []
        Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()


def address_of(server: Server, who: str = "") -> str:
    return f"smtp://{who}127.0.0.1:{server.server_address[1]}"


def finish(mailer: object) -> None:
    assert isinstance(mailer, SmtpMailer)
    mailer.close()


def test_mail_is_written_into_a_folder(tmp_path: Path) -> None:
    mailer = make_mailer(f"file://{tmp_path}/deep%20er", "quizapp <no-reply@example.org>")
    mailer.send(MESSAGE)
    [file] = (tmp_path / "deep er").glob("*.eml")
    read = message_from_bytes(file.read_bytes(), policy=email.policy.default)
    assert (read["To"], read["From"], read["Subject"]) == (
        "dana@example.org",
        "quizapp <no-reply@example.org>",
        "Ein Gruß",
    )
    assert read.get_content().splitlines() == ["Guten Tag, Jürgen."]
    assert read["Auto-Submitted"] == "auto-generated"
    assert read["Message-ID"].endswith("@example.org>")


def test_mail_is_handed_to_a_server(server: Server) -> None:
    mailer = make_mailer(address_of(server, "us%40er:pass%3Aword@"), "no-reply@example.org")
    mailer.send(MESSAGE)
    finish(mailer)
    read = message_from_bytes(server.received[0], policy=email.policy.default)
    assert read["To"] == "dana@example.org"
    assert read.get_content().strip() == "Guten Tag, Jürgen."
    assert server.login == "AUTH PLAIN AHVzQGVyAHBhc3M6d29yZA=="


def test_long_link_stays_in_one_piece(tmp_path: Path) -> None:
    link = "https://quiz.example.org/password/reset/" + "x" * 300
    FileMailer(tmp_path, "x@example.org").send(Message(to="d@example.org", subject="x", text=link))
    [file] = tmp_path.glob("*.eml")
    assert link in file.read_text()


@pytest.mark.parametrize("scheme", ["smtp", "smtps", "smtp+starttls"])
def test_server_that_is_not_there_is_only_logged(scheme: str, capfd: pytest.CaptureFixture[str]) -> None:
    mailer = make_mailer(f"{scheme}://user:hidden-word@127.0.0.1:1", "no-reply@example.org")
    mailer.send(MESSAGE)
    finish(mailer)
    logged = capfd.readouterr()
    assert "hidden-word" not in logged.out + logged.err


def test_folder_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    FileMailer(tmp_path / "file", "no-reply@example.org").send(MESSAGE)
    assert (tmp_path / "file").read_text() == "in the way"


def test_mail_in_a_folder_is_for_one_reader(tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    FileMailer(folder, "no-reply@example.org").send(MESSAGE)
    modes = [path.stat().st_mode & 0o777 for path in (folder, *folder.iterdir())]
    assert modes == [0o700, 0o600]


def test_line_break_in_a_header_sends_nothing(tmp_path: Path) -> None:
    hostile = Message(to="dana@example.org\nBcc: all@example.org", subject="x", text="x")
    FileMailer(tmp_path, "no-reply@example.org").send(hostile)
    assert not list(tmp_path.glob("*.eml"))


def test_failed_mail_never_loses_the_change(client: FlaskClient, session: Session, mail_folder: Path) -> None:
    mail_folder.rmdir()
    mail_folder.write_text("a file where the folder should be")
    form = {"name": "D", "email": "dana@example.org", "new_password": PASSWORD, "agrees": "y"}
    answer = client.post("/register", data=form)
    mail_folder.unlink()
    mail_folder.mkdir()
    assert answer.status_code == 303
    assert session.scalars(select(User.email)).all() == ["dana@example.org"]
