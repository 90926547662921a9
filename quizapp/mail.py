"""Mail: composed from a template, sent after the commit, and never the reason why a change is lost."""

import email.policy
import itertools
import secrets
import smtplib
import ssl
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import SplitResult, unquote, urlsplit

import structlog
from flask import Flask, current_app, render_template

from quizapp import clock

logger = structlog.get_logger("mail")

TIMEOUT_SECONDS = 20
_numbers = itertools.count(1)  # the clock may stand still
_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    to: str
    subject: str
    text: str


class Mailer(Protocol):
    """Takes a message over; never raises because of it."""

    def send(self, message: Message) -> None: ...


class FileMailer:
    """Writes each mail into a folder, for one reader: a mail may hold a link that opens an account."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    def send(self, message: Message) -> None:
        try:
            written = _envelope(message, self._sender).as_bytes(policy=email.policy.SMTP)
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            name = f"{clock.now():%Y%m%dT%H%M%S%f}-{next(_numbers):06}-{secrets.token_hex(2)}.eml"
            path = self._folder / name
            path.touch(mode=0o600)
            path.write_bytes(written)
        except (OSError, ValueError):
            logger.exception("mail was not written")


class SmtpMailer:
    """Hands each mail to a mail server, apart from the request: the page does not wait for it."""

    def __init__(self, url: SplitResult, sender: str) -> None:
        self._url = url
        self._sender = sender
        # Its queue is worked off when the process ends, too.
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mail")

    def send(self, message: Message) -> None:
        self._worker.submit(self._deliver, message)

    def close(self) -> None:
        """Wait until all mail is delivered."""
        self._worker.shutdown()

    def _deliver(self, message: Message) -> None:
        try:
            with self._connect() as server:
                if self._url.username:
                    server.login(unquote(self._url.username), unquote(self._url.password or ""))
                server.send_message(_envelope(message, self._sender))
        except (OSError, smtplib.SMTPException, ValueError):
            logger.exception("mail was not sent")

    def _connect(self) -> smtplib.SMTP:
        host, port = self._url.hostname or "localhost", self._url.port or _PORTS[self._url.scheme]
        if self._url.scheme == "smtps":
            return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context())
        server = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
        if self._url.scheme == "smtp+starttls":
            server.starttls(context=ssl.create_default_context())
        return server


def make_mailer(url: str, sender: str) -> Mailer:
    """The mailer for an address such as file:///folder or smtp+starttls://user:password@host:587."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return FileMailer(Path(unquote(parts.path)), sender)
    return SmtpMailer(parts, sender)


def _envelope(message: Message, sender: str) -> EmailMessage:
    made = EmailMessage()
    made["From"] = sender
    made["To"] = message.to
    made["Subject"] = message.subject
    made["Date"] = formatdate(clock.now().timestamp())
    made["Message-ID"] = make_msgid(domain=parseaddr(sender)[1].rpartition("@")[2] or "localhost")
    made["Auto-Submitted"] = "auto-generated"
    # Not quoted-printable: it breaks a link over two lines, which nobody can then copy from the file.
    made.set_content(message.text, cte="7bit" if message.text.isascii() else "8bit")
    return made


def init_app(app: Flask, url: str, sender: str) -> None:
    app.extensions["mailer"] = make_mailer(url, sender)


def compose(template: str, to: str, subject: str, **values: Any) -> Message:
    """A message from templates/<template>."""
    return Message(to=to, subject=subject, text=render_template(template, **values))


def send(message: Message) -> None:
    """Send by the mailer of the current app. Call it after the commit."""
    mailer: Mailer = current_app.extensions["mailer"]
    mailer.send(message)
