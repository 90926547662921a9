"""Settings: read from QUIZAPP_* variables, typed, and refused at start when wrong or unsafe."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

PREFIX = "QUIZAPP_"
PROJECT = Path(__file__).resolve().parent.parent
LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


class SettingsError(Exception):
    """The settings are wrong or unsafe; the message has one line for each problem."""


class Settings(BaseModel):
    """Everything an operator can set. Each field NAME is read from the variable QUIZAPP_NAME."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    environment: Literal["production", "development", "testing"] = "production"
    secret_key: str = Field(min_length=32, repr=False)
    database_url: str = f"sqlite:///{PROJECT / 'instance' / 'quizapp.sqlite3'}"
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

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        if not url.startswith(("sqlite:///", "postgresql+psycopg://", "postgresql://")):
            raise ValueError("use sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME")
        return url.replace("postgresql://", "postgresql+psycopg://", 1)

    @field_validator("mail_url")
    @classmethod
    def _known_mail(cls, url: str) -> str:
        if urlsplit(url).scheme not in {"file", "smtp", "smtps", "smtp+starttls"}:
            raise ValueError(
                "use file:///FOLDER, smtp://, smtp+starttls:// or smtps://USER:PASSWORD@HOST:PORT"
            )
        return url

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
    def _bare_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("use an address such as https://quiz.example.org")
        return url.rstrip("/")

    @model_validator(mode="after")
    def _safe_in_production(self) -> Self:
        if self.environment != "production":
            return self
        if len(set(self.secret_key)) < 10:
            raise ValueError("SECRET_KEY is too easy to guess: make one with `quizapp secret`")
        parts = urlsplit(self.base_url)
        if parts.scheme != "https" and parts.hostname not in LOCAL_HOSTS:
            raise ValueError("BASE_URL must begin with https:// in production")
        return self

    @property
    def is_https(self) -> bool:
        return self.base_url.startswith("https://")


def load_settings(
    given: Mapping[str, Any] | None = None, environ: Mapping[str, str] = os.environ
) -> Settings:
    """Settings from the environment, overridden by `given`.

    :raises SettingsError: naming every variable that is missing, unknown, mistyped or unsafe.
    """
    read = {
        name.removeprefix(PREFIX).lower(): value for name, value in environ.items() if name.startswith(PREFIX)
    }
    try:
        return Settings.model_validate(read | dict(given or {}))
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(problem) for problem in error.errors())) from None


def _explain(problem: Any) -> str:
    name = PREFIX + "_".join(str(part) for part in problem["loc"]).upper()
    if problem["type"] == "extra_forbidden":
        return f"{name}: there is no such setting"
    if problem["type"] == "missing":
        return f"{name}: must be set (make one with `quizapp secret`)"
    return f"{name.rstrip('_')}: {problem['msg'].removeprefix('Value error, ')}"
