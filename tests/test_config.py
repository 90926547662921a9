"""Settings: read from the environment, and refused at start when wrong or unsafe."""

from pathlib import Path
from typing import Any

import pytest

from quizapp import create_app
from quizapp.config import Settings, SettingsError, load_settings

SECRET = "fX3-9qLr7Zt_2uVwYb8nKd5mHs1cPj6gEa4o"
GOOD = {
    "QUIZAPP_SECRET_KEY": SECRET,
    "QUIZAPP_BASE_URL": "https://quiz.example.org",
    "QUIZAPP_DATABASE_URL": "postgresql://quiz@/quiz",
    "QUIZAPP_MAIL_URL": "smtps://mail.example.org",
}


def complaints(**changed: str) -> dict[str, str]:
    """What is said about each variable of a production environment with these changes."""
    environment = GOOD | {f"QUIZAPP_{name.upper()}": value for name, value in changed.items()}
    with pytest.raises(SettingsError) as caught:
        load_settings(environ=environment)
    return dict(line.split(": ", 1) for line in str(caught.value).splitlines())


def test_a_sound_environment_is_read_and_typed() -> None:
    read = load_settings(
        environ=GOOD
        | {
            "QUIZAPP_IDLE_MINUTES": "30",
            "QUIZAPP_REQUIRE_VERIFIED_EMAIL": "true",
            "PATH": "/bin",
        }
    )
    assert read.environment == "production"
    assert read.database_url == "postgresql+psycopg://quiz@/quiz"
    assert (read.idle_minutes, read.require_verified_email, read.is_https) == (30, True, True)


def test_what_is_given_wins_over_the_environment() -> None:
    assert load_settings({"idle_minutes": 45}, GOOD | {"QUIZAPP_IDLE_MINUTES": "30"}).idle_minutes == 45


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("environment", "prod"),
        ("secret_key", "short"),
        ("secret_key", "a" * 64),
        ("secret_key", ""),
        ("database_url", "mysql://localhost/quiz"),
        ("database_url", "quiz.sqlite3"),
        ("database_url", "sqlite:///"),
        ("database_url", "sqlite:///:memory:"),
        ("database_url", "postgresql://localhost"),
        ("database_url", "postgresql://localhost:many/quiz"),
        ("base_url", "quiz.example.org"),
        ("base_url", "ftp://quiz.example.org"),
        ("base_url", "http://quiz.example.org"),
        ("base_url", "https://quiz.example.org:many"),
        ("base_url", "https://me@quiz.example.org"),
        ("base_url", "https://quiz.example.org/?a=b"),
        ("base_url", "https://[quiz.example.org"),
        ("bank_folder", "/there/is/nothing/here"),
        ("mail_url", "mailto:me@example.org"),
        ("mail_url", "file://relative/folder"),
        ("mail_url", "file://"),
        ("mail_url", "smtp://"),
        ("mail_url", "smtps://mail.example.org:many"),
        ("mail_sender", "quizapp"),
        ("mail_sender", "quizapp <me@example.org>\nBcc: all@example.org"),
        ("require_verified_email", "perhaps"),
        ("trusted_proxies", "-1"),
        ("trusted_proxies", "100"),
        ("idle_minutes", "0"),
        ("idle_minutes", "two hours"),
        ("default_time_zone", "Atlantis"),
        ("default_time_zone", "../../etc/passwd"),
        ("log_format", "xml"),
        ("log_level", "loud"),
        ("no_such_setting", "1"),
    ],
)
def test_a_wrong_or_unsafe_setting_is_refused_by_name(name: str, value: str) -> None:
    assert list(complaints(**{name: value})) == [f"QUIZAPP_{name.upper()}"]


def test_every_problem_is_named_at_once() -> None:
    wrong = {"secret_key": "a" * 40, "base_url": "http://quiz.example.org", "idle_minutes": "x", "odd": "1"}
    assert set(complaints(**wrong)) == {f"QUIZAPP_{name.upper()}" for name in wrong}


@pytest.mark.parametrize("name", ["DATABASE_URL", "BASE_URL", "MAIL_URL"])
def test_production_takes_no_default_that_fits_one_machine_only(name: str) -> None:
    environ = {key: value for key, value in GOOD.items() if key != f"QUIZAPP_{name}"}
    with pytest.raises(SettingsError) as caught:
        load_settings(environ=environ)
    assert str(caught.value) == f"QUIZAPP_{name}: must be set in production"
    assert load_settings(environ=environ | {"QUIZAPP_ENVIRONMENT": "development"})


def test_production_may_keep_mail_in_a_folder_that_is_named() -> None:
    mail_url = "file:///var/lib/quizapp/mail"
    assert load_settings(environ=GOOD | {"QUIZAPP_MAIL_URL": mail_url}).mail_url == mail_url


@pytest.mark.parametrize("environment", ["production", "development", "testing"])
def test_there_is_no_default_secret_anywhere(environment: str) -> None:
    with pytest.raises(SettingsError, match=r"^QUIZAPP_SECRET_KEY: must be set"):
        load_settings(environ={"QUIZAPP_ENVIRONMENT": environment})


def test_the_program_does_not_start_with_wrong_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QUIZAPP_SECRET_KEY", raising=False)
    with pytest.raises(SettingsError, match="QUIZAPP_SECRET_KEY"):
        create_app()


@pytest.mark.parametrize("address", ["http://127.0.0.1:8000", "http://localhost"])
def test_this_machine_may_be_served_without_https(address: str) -> None:
    assert not load_settings(environ=GOOD | {"QUIZAPP_BASE_URL": address}).is_https


HIDDEN = "hidden-word"


@pytest.mark.parametrize(
    "setting",
    [
        {"secret_key": HIDDEN},
        {"database_url": f"postgresql://me:{HIDDEN}@localhost:many/quiz"},
        {"database_url": f"mysql://me:{HIDDEN}@localhost/quiz"},
        {"mail_url": f"smtps://me:{HIDDEN}@localhost:many"},
        {"mail_url": f"smtps://me:{HIDDEN}@ⓔxample.org／"},
        {"mail_url": f"imap://me:{HIDDEN}@localhost"},
        {"base_url": f"https://me:{HIDDEN}@localhost"},
    ],
)
def test_a_refusal_quotes_no_secret(setting: dict[str, Any]) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({"secret_key": SECRET} | setting, {})
    assert HIDDEN not in str(caught.value)


def test_printed_settings_show_no_secret() -> None:
    settings = Settings(
        secret_key=SECRET,
        database_url=f"postgresql://me:{HIDDEN}@localhost/quiz",
        mail_url=f"smtps://me:{HIDDEN}@mail.example.org",
    )
    assert HIDDEN not in repr(settings) + str(settings)
    assert SECRET not in repr(settings) + str(settings)


def test_a_bank_folder_elsewhere_is_taken(tmp_path: Path) -> None:
    assert load_settings(environ=GOOD | {"QUIZAPP_BANK_FOLDER": str(tmp_path)}).bank_folder == tmp_path
