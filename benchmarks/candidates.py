"""What a candidate does on our app and on the bare one: sign in, then save and read pages of a 75-item exam.

Every answer is checked, and each change of an answer is one that the server has not seen before.
"""

import json
import random
import uuid
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from benchmarks.client import Answer, Browser, Flow, Request, between

SET_UP, SAVE, PAGE = "set up", "save", "page"
ITEMS = 75
BLUEPRINT = "icrc_pr_2013"
LOCKED = (500, 503)  # the bare app has no page for it
PASSWORD = "a calm walk by the river"

Step: TypeAlias = Generator[Request, Answer, Answer]


class Candidate(Protocol):
    """One person, whose state lasts from round to round."""

    @property
    def saved(self) -> int:
        """How many saves the server has acknowledged."""
        ...

    @property
    def refused(self) -> int:
        """How many it has refused because the database was locked for too long."""
        ...

    def set_up(self) -> Flow: ...

    def save(self, position: int) -> Step:
        """Change the answer at a position, as the page's script does."""
        ...

    def read(self, position: int) -> Step: ...


def only_saves(candidate: Candidate) -> Flow:
    for position in _positions():
        yield from candidate.save(position)


def saves_and_pages(candidate: Candidate) -> Flow:
    """An exam: change the answer, go to the next item."""
    for position in _positions():
        yield from candidate.save(position)
        yield from candidate.read(position % ITEMS + 1)


def _positions() -> Iterator[int]:
    position = random.randrange(ITEMS)
    while True:
        yield position + 1
        position = (position + 1) % ITEMS


@dataclass(slots=True)
class BareCandidate:
    number: int
    browser: Browser = field(default_factory=Browser)
    token: str = ""
    saved: int = 0
    refused: int = 0
    choices: dict[int, str] = field(default_factory=dict)

    def set_up(self) -> Flow:
        answer = yield Request(SET_UP, self.browser.get(f"/sign-in/{self.number}"))
        _check(answer, 200, b"True")
        self.browser.keep_cookie(answer)
        page = yield from self.read(1)
        self.token = _token(page)

    def save(self, position: int) -> Step:
        choice = _other_choice(self.choices.get(position))
        data = self.browser.post_json(f"/{self.number}/{position}", {"choice": choice}, self.token)
        answer = yield Request(SAVE, data)
        if answer.status in LOCKED:
            self.refused += 1
            return answer
        _check(answer, 200, choice.encode())
        self.saved += 1
        self.choices[position] = choice
        return answer

    def read(self, position: int) -> Step:
        answer = yield Request(PAGE, self.browser.get(f"/{self.number}/{position}"))
        self.browser.keep_cookie(answer)
        _check(answer, 200, b"Item %d of %d" % (position, ITEMS))
        return answer


@dataclass(slots=True)
class Learner:
    """A candidate of ours, who knows the version of each answer."""

    email: str
    browser: Browser = field(default_factory=Browser)
    token: str = ""
    mock: str = ""
    saved: int = 0
    refused: int = 0
    choices: dict[int, str] = field(default_factory=dict)
    versions: dict[int, int] = field(default_factory=dict)

    def set_up(self) -> Flow:
        """Sign in by the form, and start a mock exam."""
        yield from self._send_form("/login", "/login", email=self.email, password=PASSWORD)
        first_page = f"/mocks/{BLUEPRINT}"
        started = yield from self._send_form(first_page, f"{first_page}/start", time_multiplier="1")
        self.mock = between(started.head, b"/attempts/", b"\r\n").decode()
        page = yield from self.read(1)
        self.token = _token(page)

    def _send_form(self, page: str, action: str, **fields: str) -> Step:
        answer = yield Request(SET_UP, self.browser.get(page))
        self.browser.keep_cookie(answer)
        fields["csrf_token"] = _token(answer)
        answer = yield Request(SET_UP, self.browser.post_form(action, fields))
        self.browser.keep_cookie(answer)
        _check(answer, 303, b"")
        return answer

    def save(self, position: int) -> Step:
        base = self.versions.get(position, 0)
        choice = _other_choice(self.choices.get(position))
        change = {
            "base": base,
            "change_id": str(uuid.uuid4()),
            "fields": {"choice": [choice]},
            "flagged": False,
            "ms": 4000,
        }
        path = f"/attempts/{self.mock}/{position}/save"
        answer = yield Request(SAVE, self.browser.post_json(path, change, self.token))
        self.browser.keep_cookie(answer)
        if answer.status in LOCKED:
            self.refused += 1
            return answer
        _check(answer, 200, b'"saved"')
        acknowledged = json.loads(answer.body)
        if acknowledged["version"] != base + 1:
            raise ValueError(f"version {base} became {acknowledged}")
        self.saved += 1
        self.choices[position] = choice
        self.versions[position] = base + 1
        return answer

    def read(self, position: int) -> Step:
        answer = yield Request(PAGE, self.browser.get(f"/attempts/{self.mock}/{position}"))
        self.browser.keep_cookie(answer)
        _check(answer, 200, b"Item %d of %d" % (position, ITEMS))
        base = int(between(answer.body, b'name="base" value="', b'"'))
        if base != self.versions.get(position, 0) or answer.body.count(b"<li><button") != ITEMS:
            raise ValueError(f"the page of item {position} is not as it was left: {answer.body!r}")
        return answer


def _token(answer: Answer) -> str:
    return between(answer.body, b'name="csrf_token" value="', b'"').decode()


def _other_choice(chosen: str | None) -> str:
    return str(int(chosen or 0) % 3 + 1)


def _check(answer: Answer, status: int, part: bytes) -> None:
    if answer.status != status or part not in answer.body:
        raise ValueError(f"wanted {status} with {part!r}, got {answer.head!r} {answer.body[:2000]!r}")
