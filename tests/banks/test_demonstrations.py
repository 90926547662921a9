"""Banks that are made up to show something: on development servers only."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.banks import services
from quizapp.banks.commands import bank
from quizapp.banks.files import read_folder
from quizapp.banks.models import Bank, Item
from quizapp.banks.services import SyncReport

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
Sync = Callable[..., SyncReport]
ALL = ["oh-0001", "rel-0001", "rel-0002", "rel-0003"]


@pytest.fixture
def sync(session: Session, folder: Path) -> Sync:
    """Syncs the folder, with demonstrations or without."""

    def run(demonstrations: bool = False) -> SyncReport:
        report = services.sync(session, read_folder(folder, "q"), NOW, demonstrations=demonstrations)
        session.commit()
        session.expire_all()
        return report

    return run


def status(session: Session) -> dict[str, str]:
    return {item.id: item.status for item in session.scalars(select(Item))}


@pytest.fixture
def as_demonstration(folder: Path) -> None:
    """The bank with the item oh-0001 is made up, to show something."""
    with (folder / "ohio" / "bank.yaml").open("a") as file:
        file.write("demonstration: true\n")


def test_a_demonstration_is_left_out_and_said_to_be(
    session: Session, sync: Sync, folder: Path, as_demonstration: None
) -> None:
    steps: list[None] = []
    content = read_folder(folder, "q")
    report = services.sync(session, content, NOW, on_file=lambda: steps.append(None))
    assert len(steps) == services.count_files(content)
    assert (report.demonstrations, report.withheld) == (["ohio"], [])
    assert report.summary().endswith(" Left out as demonstration: ohio.")
    assert session.get(Bank, "states") is None
    assert sorted(status(session)) == ["rel-0001", "rel-0002", "rel-0003"]


def test_a_demonstration_comes_in_where_it_is_wanted(
    session: Session, sync: Sync, as_demonstration: None
) -> None:
    report = sync(demonstrations=True)
    assert (report.demonstrations, sorted(report.added)) == ([], ALL)
    assert "demonstration" not in report.summary()


def test_a_demonstration_that_is_not_wanted_any_more_is_retired(
    session: Session, sync: Sync, as_demonstration: None
) -> None:
    sync(demonstrations=True)
    assert sync().retired == ["oh-0001"]
    assert status(session)["oh-0001"] == "retired"
    assert sync().unchanged == 3
    assert sync(demonstrations=True).changed == ["oh-0001"]
    assert status(session) == dict.fromkeys(ALL, "live")


def test_a_demonstration_with_an_error_in_its_items_holds_nothing_up(
    sync: Sync, folder: Path, as_demonstration: None
) -> None:
    (folder / "ohio" / "oh.yaml").write_text("a: [")
    assert (sync().withheld, sync().problems) == ([], [])
    assert sync(demonstrations=True).withheld == ["ohio"]


@pytest.mark.parametrize(
    ("environment", "said"), [("development", ""), ("testing", " Left out as demonstration: demonstration.")]
)
def test_shipped_demonstrations_are_for_development_only(
    make_app: Callable[..., Flask], session: Session, environment: str, said: str
) -> None:
    session.commit()
    result = make_app(environment=environment).test_cli_runner().invoke(bank, ["sync"])
    assert (result.exit_code, result.stdout.rpartition(" Blueprints changed: 7.")[2]) == (0, f"{said}\n")
    live = session.scalars(select(Item.id).where(Item.id.startswith("dem-"), Item.status == "live")).all()
    assert len(live) == (0 if said else 4)
