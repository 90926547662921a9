"""Settings: read from QUIZAPP_* variables, typed, and refused at start when wrong or unsafe."""

import os
from collections.abc import Mapping
from email.utils import parseaddr
from pathlib import Path
from typing import Any, Literal
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

PREFIX = "QUIZAPP_"
PROJECT = Path(__file__).resolve().parent.parent
LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
DATABASE_DRIVERS = frozenset({"sqlite", "postgresql+psycopg"})
# Their defaults fit a try on one machine; for people they would be wrong without a word.
NAMED_IN_PRODUCTION = ("database_url", "base_url", "mail_url")
MAIL_SCHEMES = frozenset({"smtp", "smtps", "smtp+starttls"})


class SettingsError(Exception):
    """The settings are wrong or unsafe; the message has one line for each problem."""


class Settings(BaseModel):
    """Everything an operator can set. Each field NAME is read from the variable QUIZAPP_NAME."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    # First: what is safe depends on it.
    environment: Literal["production", "development", "testing"] = "production"
    secret_key: str = Field(min_length=32, repr=False)
    database_url: str = Field(default=f"sqlite:///{PROJECT / 'instance' / 'quizapp.sqlite3'}", repr=False)
    base_url: str = "http://127.0.0.1:8000"
    bank_folder: Path = PROJECT / "question_banks"
    mail_url: str = Field(default=f"file://{PROJECT / 'instance' / 'mail'}", repr=False)
    mail_sender: str = "quizapp <no-reply@localhost>"
    require_verified_email: bool = False
    trusted_proxies: int = Field(default=0, ge=0, le=5)
    idle_minutes: int = Field(default=120, ge=5, le=24 * 60)
    default_time_zone: str = "America/New_York"
    log_format: Literal["json", "text"] = "json"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("secret_key")
    @classmethod
    def _hard_to_guess(cls, key: str, others: ValidationInfo) -> str:
        if _in_production(others) and len(set(key)) < 10:
            raise ValueError("too easy to guess: make one with `quizapp secret`")
        return key

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        plain = url.replace("postgresql://", "postgresql+psycopg://", 1)
        try:
            parts = make_url(plain)
        except (ArgumentError, ValueError):
            parts = None
        # An SQLite database without a file would be another one in each process.
        if not parts or parts.drivername not in DATABASE_DRIVERS or parts.database in (None, "", ":memory:"):
            raise ValueError("use sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME")
        return plain

    @field_validator("bank_folder")
    @classmethod
    def _existing_folder(cls, folder: Path) -> Path:
        if not folder.is_dir():
            raise ValueError("there is no such folder")
        return folder

    @field_validator("mail_url")
    @classmethod
    def _known_mail(cls, url: str) -> str:
        parts = _split(url)
        is_folder = parts.scheme == "file" and not parts.netloc and parts.path not in ("", "/")
        is_server = parts.scheme in MAIL_SCHEMES and parts.hostname
        if not is_folder and not is_server:
            raise ValueError(
                "use file:///FOLDER, smtp://, smtp+starttls:// or smtps://USER:PASSWORD@HOST:PORT"
            )
        return url

    @field_validator("mail_sender")
    @classmethod
    def _one_address(cls, sender: str) -> str:
        if "@" not in parseaddr(sender)[1] or not sender.isprintable():
            raise ValueError("use an address such as quizapp <no-reply@example.org>")
        return sender

    @field_validator("default_time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError("use a zone name such as America/New_York") from None
        return name

    @field_validator("base_url")
    @classmethod
    def _bare_address(cls, url: str, others: ValidationInfo) -> str:
        parts = _split(url)
        is_bare = not (parts.username or parts.query or parts.fragment)
        if parts.scheme not in {"http", "https"} or not parts.hostname or not is_bare:
            raise ValueError("use an address such as https://quiz.example.org")
        if _in_production(others) and parts.scheme != "https" and parts.hostname not in LOCAL_HOSTS:
            raise ValueError("must begin with https:// in production")
        return url.rstrip("/")

    @property
    def is_https(self) -> bool:
        return self.base_url.startswith("https://")


def _in_production(others: ValidationInfo) -> bool:
    return others.data.get("environment") == "production"


def _split(url: str) -> SplitResult:
    """The parts of an address; all empty when it is none, or its port is no number."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # checked when it is read
    except ValueError:  # its message would quote the address, and with it a password
        return urlsplit("")
    return parts


def load_settings(
    given: Mapping[str, Any] | None = None, environ: Mapping[str, str] = os.environ
) -> Settings:
    """Settings from the environment, overridden by `given`.

    :raises SettingsError: naming every variable that is missing, unknown, mistyped or unsafe.
    """
    read = {
        name.removeprefix(PREFIX).lower(): value for name, value in environ.items() if name.startswith(PREFIX)
    }
    values = read | dict(given or {})
    problems = []
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        problems = [_explain(problem) for problem in error.errors()]
    if values.get("environment", Settings.model_fields["environment"].default) == "production":
        unnamed = [name for name in NAMED_IN_PRODUCTION if name not in values]
        problems += [f"{PREFIX}{name.upper()}: must be set in production" for name in unnamed]
    if problems:
        raise SettingsError("\n".join(problems))
    return settings


def _explain(problem: Any) -> str:
    name = PREFIX + "_".join(str(part) for part in problem["loc"]).upper()
    if problem["type"] == "extra_forbidden":
        return f"{name}: there is no such setting"
    if problem["type"] == "missing":
        return f"{name}: must be set (make one with `quizapp secret`)"
    return f"{name}: {problem['msg'].removeprefix('Value error, ')}"
