"""How many statements our requests send, and how large a question page is: counted in process, not timed."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import TestResponse

from benchmarks.report import Row, at_most
from benchmarks.servers import Store
from benchmarks.sides import app_here, production
from quizapp import clock, db
from quizapp.accounts import login, queries

MOCKS = {"icrc_pr_2013": 75, "house_readiness": 50}
PRACTICE_ITEMS = 5
PERSON = "counted@example.org"


class Counter:
    """A signed-in browser that counts the statements of each request, without BEGIN and COMMIT."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client: FlaskClient = app.test_client()
        self._sent = 0

    def listen(self, _connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        self._sent += not statement.startswith("BEGIN")

    def sign_in(self, email: str) -> None:
        with self.app.app_context():
            user = queries.find_user(db.session, email)
            assert user
            with self.client.session_transaction() as cookie:
                login.begin_session(cookie, user.id, user.session_version, clock.now())

    def get(self, path: str) -> tuple[int, TestResponse]:
        return self._count("GET", path, 200)

    def post(self, path: str, wanted: int, **sent: Any) -> tuple[int, TestResponse]:
        return self._count("POST", path, wanted, **sent)

    def _count(self, method: str, path: str, wanted: int, **sent: Any) -> tuple[int, TestResponse]:
        self._sent = 0
        response = self.client.open(path, method=method, **sent)
        if response.status_code != wanted:
            raise RuntimeError(f"{method} {path}: {response.status} {response.text}")
        return self._sent, response


def count(store: Store) -> list[Row]:
    """The most that any item of two exams and a practice set needed, with the goals."""
    saves, conflicts, sizes = [], [], []
    pages: list[int] = []
    with _counter(store) as counter:
        counter.get("/home")  # reads the content that a process keeps
        # Practice first: it may not use the items of open mocks.
        answers = _practise(counter, pages)
        for blueprint, items in MOCKS.items():
            mock = _start(counter, f"/mocks/{blueprint}/start", "/attempts/", time_multiplier="1")
            for position in range(1, items + 1):
                place = f"{mock}/{position}"
                saves += [_save(counter, place, base, 200) for base in (0, 1)]
                conflicts.append(_save(counter, place, 0, 409))
            for position in range(1, items + 1):
                number, page = counter.get(f"{mock}/{position}")
                pages.append(number)
                sizes.append(len(page.data))
    kind = store.kind
    return [
        at_most(f"{kind}: statements per mock save", max(saves), "", 3),
        at_most(f"{kind}: statements per mock save in conflict", max(conflicts), "", 4),
        at_most(f"{kind}: statements per practice answer", max(answers), "", 4),
        at_most(f"{kind}: statements per question page", max(pages), "", 4),
        at_most(f"{kind}: HTML of a question page, all answered and flagged", max(sizes), "bytes", 17_500),
    ]


@contextmanager
def _counter(store: Store) -> Iterator[Counter]:
    settings = production(store, "counted") | {"log_level": "error"}
    with app_here(settings, [PERSON]) as app:
        app.config["WTF_CSRF_ENABLED"] = False  # it asks the database nothing
        counter = Counter(app)
        counter.sign_in(PERSON)
        with app.app_context():
            event.listen(db.database().engine, "before_cursor_execute", counter.listen)
        yield counter


def _start(counter: Counter, path: str, root: str, **fields: str) -> str:
    """The address of the attempt that this form starts."""
    _, response = counter.post(path, 303, data=fields)
    number = response.location.removeprefix(root).split("/")[0]
    return root + number


def _save(counter: Counter, place: str, base: int, wanted: int) -> int:
    change = {"base": base, "change_id": secrets.token_urlsafe(12), "ms": 4000, "flagged": True}
    number, _ = counter.post(f"{place}/save", wanted, json=change | {"fields": {"choice": [str(base + 1)]}})
    return number


def _practise(counter: Counter, pages: list[int]) -> list[int]:
    """Statements per answer; those of the pages before and after it are added to `pages`."""
    practice = _start(counter, "/practice", "/practice/", about="helps", size=str(PRACTICE_ITEMS))
    answers = []
    for position in range(1, PRACTICE_ITEMS + 1):
        place = f"{practice}/{position}"
        pages.append(counter.get(f"{place}?show=1")[0])
        answers.append(counter.post(place, 303, data={"choice": "1"})[0])
        pages.append(counter.get(place)[0])
    return answers
