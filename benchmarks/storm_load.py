"""The learners and the coordinator of the storm, a process of their own: `python -m benchmarks.storm_load`.

It reads a `Storm` as JSON on standard input, writes "mark NAME" when a stretch begins, and at the end what it
saw as one line of JSON. One thread and one keep-alive connection a person, by the standard library alone.

Each thing is due at a moment, whatever the server does, and its time counts from then: somebody who has to
wait for their own last request waits as well.
"""

import heapq
import json
import random
import selectors
import socket
import sys
import time
import uuid
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import count
from typing import Any

from benchmarks.client import Answer, Browser, Flow, Request, between, whole_answer

ARRIVE, START, SAVE, POLL, REPORT = "arrive", "start", "save", "poll", "report"
SAVE_EVERY, POLL_EVERY, REPORT_EVERY = 5.0, 4.0, 2.0
SETTLE = 2.0  # between two stretches
GIVE_UP = 60.0  # after the end, for what is still under way
ITEMS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """Somebody who is signed in: the session's cookie, and the token that goes with it."""

    cookie: str
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """What is to happen; times in seconds."""

    port: int
    sitting_path: str
    report_path: str
    learners: list[Seat]
    coordinator: Seat
    start_within: float
    quiet: float
    reports: float
    last: float  # this much before the end is the mark "last"

    @property
    def starts_from(self) -> float:
        """Before, everybody opens the page with the button; in as much time as they then start in."""
        return self.start_within + SETTLE

    @property
    def quiet_from(self) -> float:
        return self.starts_from + self.start_within + SETTLE

    @property
    def reports_from(self) -> float:
        return self.quiet_from + self.quiet

    @property
    def end(self) -> float:
        return self.reports_from + self.reports


@dataclass(slots=True)
class Seen:
    """What came of it: [due, took] in seconds since the beginning for each kind, errors, and the ledger.

    The ledger has for each attempt the last acknowledged [version, choice] of each position.
    """

    took: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    ledger: dict[str, dict[int, tuple[int, str]]] = field(default_factory=dict)
    acknowledged: int = 0


class Unexpected(Exception):
    """An answer that is not the one that was wanted."""


@dataclass(slots=True)
class Learner:
    """Somebody who sits the exam."""

    seat: Seat
    storm: Storm
    seen: Seen
    browser: Browser
    attempt: str = ""
    answered: dict[int, tuple[int, str]] = field(default_factory=dict)
    positions: Iterator[int] = field(default_factory=lambda: count(random.randrange(ITEMS)))

    def flow(self, kind: str) -> Flow:
        return {ARRIVE: self.arrive, START: self.start, SAVE: self.save, POLL: self.poll}[kind]()

    def arrive(self) -> Flow:
        answer = yield Request(ARRIVE, self.browser.get(self.storm.sitting_path))
        self.browser.keep_cookie(answer)
        _want(answer, 200, f'action="{self.storm.sitting_path}/start"'.encode())

    def start(self) -> Flow:
        """Press the button, and follow until the first item is there."""
        data = self.browser.post_form(f"{self.storm.sitting_path}/start", {"csrf_token": self.seat.token})
        for _redirect in range(3):
            answer = yield Request(START, data)
            self.browser.keep_cookie(answer)
            if answer.status != 303:
                break
            data = self.browser.get(between(answer.head, b"location: ", b"\r\n").decode())
        _want(answer, 200, b"Item 1 of %d" % ITEMS)
        self.attempt = between(answer.body, b'action="/attempts/', b"/").decode()
        self.seen.ledger[self.attempt] = self.answered

    def save(self) -> Flow:
        position = next(self.positions) % ITEMS + 1
        base, choice = self.answered.get(position, (0, "0"))
        choice = str(int(choice) % 3 + 1)
        change = {
            "base": base,
            "change_id": str(uuid.uuid4()),
            "fields": {"choice": [choice]},
            "flagged": False,
            "ms": 4000,
        }
        path = f"/attempts/{self.attempt}/{position}/save"
        answer = yield Request(SAVE, self.browser.post_json(path, change, self.seat.token))
        self.browser.keep_cookie(answer)
        _want(answer, 200, b'"saved"')
        version = json.loads(answer.body)["version"]
        self.seen.acknowledged += 1
        self.answered[position] = version, choice
        if version != base + 1:
            raise Unexpected(f"version {base} became {version}")

    def poll(self) -> Flow:
        path = f"/attempts/{self.attempt}/time"
        answer = yield Request(POLL, self.browser.get(path, "X-Quizapp-Background: 1"))
        _want(answer, 200, b'"closed":false')


@dataclass(slots=True)
class Coordinator:
    """Somebody who opens the report of the group again and again."""

    storm: Storm
    browser: Browser

    def flow(self, kind: str) -> Flow:
        answer = yield Request(kind, self.browser.get(self.storm.report_path))
        self.browser.keep_cookie(answer)
        _want(answer, 200, b"<table")
        if answer.body.count(b"<tr>") < len(self.storm.learners):
            raise Unexpected("the report is not whole")


def _want(answer: Answer, status: int, part: bytes) -> None:
    if answer.status != status or part not in answer.body.replace(b'": ', b'":'):
        raise Unexpected(f"wanted {status} with {part!r}: {answer.head!r} {answer.body[:500]!r}")


@dataclass(slots=True)
class Line:
    """A person's connection, what is under way on it, and what waits for it."""

    person: Learner | Coordinator
    waiting: deque[tuple[float, str]] = field(default_factory=deque)
    opened: socket.socket | None = None
    flow: Flow | None = None
    due: float = 0.0
    kind: str = ""
    received: bytearray = field(default_factory=bytearray)


class Room:
    """Everybody, and the clock."""

    def __init__(self, storm: Storm) -> None:
        self.storm, self.seen = storm, Seen()
        self._selector = selectors.DefaultSelector()
        self._began = 0.0
        self._number = count()
        self._due: list[tuple[float, int, Line, str]] = []
        self._under_way: set[int] = set()
        for seat in storm.learners:
            learner = Learner(seat, storm, self.seen, Browser(cookie=seat.cookie))
            line = Line(learner)
            self._plan(random.uniform(0, storm.start_within), line, ARRIVE)
            self._plan(storm.starts_from + random.uniform(0, storm.start_within), line, START)
        coordinator = Line(Coordinator(storm, Browser(cookie=storm.coordinator.cookie)))
        self._plan(storm.reports_from, coordinator, REPORT)
        self._marks = deque(
            [(storm.quiet_from, "quiet"), (storm.reports_from, "reports"), (storm.end - storm.last, "last")]
        )

    def run(self) -> Seen:
        self._began = time.perf_counter()
        while self._due or self._marks or self._under_way:
            self._begin_what_is_due()
            if self._now() > self.storm.end + GIVE_UP:
                self.seen.errors += [f"{len(self._under_way)} people still wait for an answer"]
                break
            for key, _events in self._selector.select(self._until_next()):
                self._hear(key.data)
        return self.seen

    def _now(self) -> float:
        return time.perf_counter() - self._began

    def _plan(self, due: float, line: Line, kind: str) -> None:
        if due < self.storm.end:
            heapq.heappush(self._due, (due, next(self._number), line, kind))

    def _until_next(self) -> float:
        moments = [self._due[0][0]] if self._due else []
        moments += [self._marks[0][0]] if self._marks else []
        return max(0.0, min(moments, default=self._now() + 1) - self._now())

    def _begin_what_is_due(self) -> None:
        now = self._now()
        while self._marks and self._marks[0][0] <= now:
            print("mark", self._marks.popleft()[1], flush=True)
        while self._due and self._due[0][0] <= now:
            due, _number, line, kind = heapq.heappop(self._due)
            line.waiting.append((due, kind))
            every = {SAVE: SAVE_EVERY, POLL: POLL_EVERY, REPORT: REPORT_EVERY}.get(kind)
            if every:
                self._plan(due + every, line, kind)
            if line.flow is None:
                self._begin(line)

    def _begin(self, line: Line) -> None:
        line.due, line.kind = line.waiting.popleft()
        line.flow = line.person.flow(line.kind)
        self._under_way.add(id(line))
        self._send(line, next(line.flow))

    def _send(self, line: Line, request: Request) -> None:
        try:
            if line.opened is None:
                line.opened = socket.create_connection(("127.0.0.1", self.storm.port), timeout=GIVE_UP)
                line.opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._selector.register(line.opened, selectors.EVENT_READ, line)
            line.opened.sendall(request.data)
        except OSError as error:
            self._fail(line, f"{line.kind}: {error!r}")

    def _hear(self, line: Line) -> None:
        assert line.opened is not None
        assert line.flow is not None
        try:
            piece = line.opened.recv(262_144)
        except OSError:
            piece = b""
        if not piece:
            self._fail(line, f"{line.kind}: the server hung up")
            return
        answer = whole_answer(line.received, piece)
        if answer is None:
            return
        try:
            request = line.flow.send(answer)
        except StopIteration:
            self._done(line)
        except (Unexpected, LookupError) as error:
            self.seen.errors.append(f"{line.kind} at {self._now():.1f} s: {error}")
            self._end(line)
        else:
            self._send(line, request)

    def _done(self, line: Line) -> None:
        now = self._now()
        self.seen.took.setdefault(line.kind, []).append((round(line.due, 3), round(now - line.due, 5)))
        if line.kind == START:
            self._plan(now + random.uniform(0, SAVE_EVERY), line, SAVE)
            self._plan(now + random.uniform(0, POLL_EVERY), line, POLL)
        self._end(line)

    def _fail(self, line: Line, message: str) -> None:
        self.seen.errors.append(f"{message} at {self._now():.1f} s")
        if line.opened is not None:
            self._selector.unregister(line.opened)
            line.opened.close()
            line.opened = None
        line.received.clear()
        self._end(line)

    def _end(self, line: Line) -> None:
        line.flow = None
        self._under_way.discard(id(line))
        if line.waiting:
            self._begin(line)


def read_storm(text: str) -> Storm:
    given: dict[str, Any] = json.loads(text)
    learners = [Seat(**seat) for seat in given.pop("learners")]
    return Storm(learners=learners, coordinator=Seat(**given.pop("coordinator")), **given)


def main() -> None:
    seen = Room(read_storm(sys.stdin.read())).run()
    print(json.dumps(asdict(seen)), flush=True)


if __name__ == "__main__":
    main()
