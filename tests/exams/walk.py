"""Walking through attempts as a browser does, and what tests look at on the way."""

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from quizapp.banks.models import ItemRevision
from quizapp.core.items import ITEM_TYPES, Item, parse_item
from quizapp.core.items.single_best import SingleBestItem
from quizapp.db import Base
from quizapp.exams.models import Attempt, Form, ItemResponse

# For what is settled before any SQL, or is only about words.
SQLITE_ONLY = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

HOUSE, ICRC = "house_readiness", "icrc_pr_2013"
LIMIT = {HOUSE: 75 * 60, ICRC: 120 * 60}
GRACE = 30

_numbers = itertools.count(1)


def change_id() -> str:
    return f"change-{next(_numbers):06}"


@dataclass
class Mock:
    """A mock exam in a browser."""

    client: FlaskClient
    id: int
    bases: dict[int, int] = field(default_factory=dict)

    def url(self, tail: int | str = "") -> str:
        return f"/attempts/{self.id}/{tail}".rstrip("/")

    def page(self, tail: int | str) -> TestResponse:
        return self.client.get(self.url(tail))

    def send(self, position: int, choice: str | None, **changed: Any) -> TestResponse:
        """One save as the script sends it, whatever becomes of it."""
        body: dict[str, Any] = {
            "base": self.bases.get(position, 0),
            "change_id": change_id(),
            "fields": {} if choice is None else {"choice": [choice]},
            "flagged": False,
            "ms": 1000,
        }
        return self.client.post(self.url(f"{position}/save"), json=body | changed)

    def save(self, position: int, choice: str | None, **changed: Any) -> None:
        """A save that goes through."""
        answer = self.send(position, choice, **changed)
        assert answer.status_code == 200, answer.text
        assert answer.json
        self.bases[position] = answer.json["version"]

    def move(self, position: int, to: str, **fields: str) -> TestResponse:
        """One of the buttons of the item's form."""
        defaults = {"base": str(self.bases.get(position, 0)), "change_id": change_id(), "flagged": "0"}
        return self.client.post(self.url(position), data=defaults | {"to": to} | fields)

    def hand_in(self) -> TestResponse:
        return self.client.post(self.url("hand-in"))


def begin_mock(client: FlaskClient, blueprint: str = HOUSE, multiplier: str = "1") -> Mock:
    """Starts by the button of the first page."""
    answer = client.post(f"/mocks/{blueprint}/start", data={"time_multiplier": multiplier})
    assert answer.status_code == 303, answer.text
    return Mock(client, int(answer.location.rsplit("/", 1)[1]))


def begin_practice(client: FlaskClient, size: int | str = 5, **fields: str) -> int:
    answer = client.post("/practice", data={"about": "helps", "size": str(size)} | fields)
    assert answer.status_code == 303, answer.text
    return int(answer.location.split("/")[2])


def single_best(content: Mapping[str, Any]) -> SingleBestItem:
    """An item of the core bank, in which one choice answers each."""
    item = parse_item(content)
    assert isinstance(item, SingleBestItem)
    return item


def attempt_entries(session: Session, attempt_id: int) -> list[tuple[Item, list[Any]]]:
    """The items of an attempt with the order in which the learner is shown the options."""
    entries = session.scalars(
        select(Form.entries).join(Attempt, Attempt.form_id == Form.id).where(Attempt.id == attempt_id)
    ).one()
    revisions = [entry["revision"] for entry in entries]
    rows = session.execute(
        select(ItemRevision.id, ItemRevision.content).where(ItemRevision.id.in_(revisions))
    )
    contents = {row.id: row.content for row in rows}
    return [(parse_item(contents[entry["revision"]]), entry["order"]) for entry in entries]


def attempt_items(session: Session, attempt_id: int) -> list[tuple[SingleBestItem, list[int]]]:
    """The same for an attempt with items of the core bank alone."""
    found = []
    for item, order in attempt_entries(session, attempt_id):
        assert isinstance(item, SingleBestItem)
        found.append((item, order))
    return found


def choices(session: Session, attempt_id: int, *, right: bool) -> dict[int, str]:
    """The value to post at each position for the key, or for the first wrong option."""
    values = {}
    for position, (item, order) in enumerate(attempt_items(session, attempt_id), start=1):
        kind = ITEM_TYPES[item.type]
        answer = kind.sample_answers(item)[0 if right else 1]
        values[position] = kind.posted(item, order, answer)["choice"][0]
    return values


def stored(session: Session, attempt_id: int, position: int) -> ItemResponse | None:
    session.expire_all()
    return session.get(ItemResponse, (attempt_id, position))


def everything(session: Session) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table: to see that nothing was written."""
    return {
        table.name: [tuple(row) for row in session.execute(select(table).order_by(*table.primary_key))]
        for table in Base.metadata.sorted_tables
    }


def shown_text(page: TestResponse) -> str:
    """The words of a page as a reader sees them, in one line."""
    text = re.sub(r"<(script|style|svg).*?</\1>", " ", page.text, flags=re.S)
    text = re.sub(r"</?(strong|em)>", "", text)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def plain(text: str) -> str:
    """Authored text as `shown_text` has it."""
    return " ".join(text.replace("*", "").replace("{crisis_line}", "988").split())


def forget_catalogue(app: Flask) -> None:
    """As when the minute is over for which a process keeps the content."""
    app.extensions.pop("catalogue", None)
