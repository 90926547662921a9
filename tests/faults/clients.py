"""Learners who answer as the page's script does: each change again and again until the server has it."""

import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from benchmarks.client import between
from quizapp.exams.forms import new_change_id
from tests.faults.ledger import Acknowledged, Ledger
from tests.faults.site import Choice, Seat

ANSWER_SECONDS = 15  # as long as the script waits for an answer
END_SECONDS = 90
SHORTEST_PAUSE, LONGEST_PAUSE = 0.02, 0.4
OUTCOMES = {200: ("saved", "late"), 409: ("conflict",), 410: ("closed",)}


CUT = 0.05  # of all requests: the line goes dead before the answer


class Unreachable(Exception):
    """No answer, or half of one."""


class Cut(Unreachable):
    """The request is on its way, but its answer will not be heard."""


@dataclass
class Tab:
    """A page of a learner's mock, with a connection of its own that is cut for so many of its requests."""

    port: int
    seat: Seat
    cut: float = 0
    cookie: str = ""
    token: str = ""
    bases: dict[int, int] = field(default_factory=dict)
    _connection: http.client.HTTPConnection | None = None

    def open(self) -> None:
        """Read the page for its token. It may be shared with other tabs by way of the cookie."""
        self.cookie = self.cookie or self.seat.cookie
        status, body = self.ask("GET", f"/attempts/{self.seat.attempt_id}/1", {"Accept": "text/html"})
        if status == 503:
            raise Unreachable("the page answers that it will be right back")
        assert status == 200, body
        self.token = between(body, b'name="csrf_token" value="', b'"').decode()

    def save(self, position: int, change: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Send a change once: the status and what the script would read."""
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        address = f"/attempts/{self.seat.attempt_id}/{position}/save"
        body = json.dumps(change).encode()
        status, answer = self.ask("POST", address, headers | {"X-CSRFToken": self.token}, body)
        try:
            read = json.loads(answer)
        except ValueError:
            read = {"text": answer[:500].decode(errors="replace")}
        return status, read

    def ask(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> tuple[int, bytes]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS)
        try:
            self._connection.request(method, path, body, headers | {"Cookie": f"quizapp={self.cookie}"})
            if body and random.random() < self.cut:
                self.close()
                raise Cut
            answer = self._connection.getresponse()
            read = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Unreachable(type(error).__name__) from error
        for header in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = header.partition(";")[0].partition("=")
            if name == "quizapp":
                self.cookie = value
        return answer.status, read

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


@dataclass
class Crowd:
    """Tabs that answer without a pause, each in a thread."""

    port: int
    seats: Sequence[Seat]
    ledger: Ledger
    tabs: int
    told: Counter[str] = field(default_factory=Counter)
    strange: list[str] = field(default_factory=list)
    _is_over: threading.Event = field(default_factory=threading.Event)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """With more tabs than seats, some learners have two of them open."""
        for number in range(self.tabs):
            tab = Tab(self.port, self.seats[number % len(self.seats)], CUT)
            thread = threading.Thread(target=self._work, args=(tab,), name=f"tab {number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """Let nobody begin another answer."""
        self._is_over.set()

    def finish(self) -> None:
        """Let everybody bring home what they have begun."""
        self.stop()
        give_up = time.monotonic() + END_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, give_up - time.monotonic()))
        assert not [thread.name for thread in self._threads if thread.is_alive()], "somebody waits for ever"
        assert not self.strange, self.strange[:5]

    def wait_for(self, what: str, more: int = 1, seconds: float = END_SECONDS) -> None:
        """Until the server has said this so many times again: an outcome, "calm" or "all".

        Also until so many answers were "cut" or servers "unreachable".
        """
        with self._changed:
            wanted = self.told[what] + more
            if not self._changed.wait_for(lambda: self.strange or self.told[what] >= wanted, seconds):
                raise TimeoutError(f"{what}: {self.told[what]} of {wanted}; {self.told}")
            assert not self.strange, self.strange[:5]

    def _note(self, *what: str) -> None:
        with self._changed:
            self.told.update(what)
            self._changed.notify_all()

    def _wonder(self, what: str) -> None:
        with self._changed:
            self.strange.append(what)
            self._changed.notify_all()

    def _work(self, tab: Tab) -> None:
        try:
            self._insist(tab.open)
            while not self._is_over.is_set():
                position = random.choice(list(tab.seat.choices))
                self._answer(tab, position, random.choice(tab.seat.choices[position]))
        except Exception as error:  # a thread's error is shown by `finish`
            self._wonder(f"{threading.current_thread().name}: {error!r}")
        finally:
            tab.close()

    def _insist(self, act: Any) -> Any:
        for tries in range(10_000):
            try:
                return act()
            except Unreachable as error:
                self._note("cut" if isinstance(error, Cut) else "unreachable")
            time.sleep(min(LONGEST_PAUSE, SHORTEST_PAUSE * 2 ** min(tries, 10)) * random.uniform(0.5, 1))
        raise TimeoutError("the server does not come back")

    def _answer(self, tab: Tab, position: int, choice: Choice) -> None:
        base = tab.bases.get(position, 0)
        change = {
            "base": base,
            "change_id": new_change_id(),
            "fields": choice.fields,
            "flagged": random.random() < 0.2,
            "ms": 1500,
        }
        self.ledger.sent(tab.seat.attempt_id, position, str(change["change_id"]))
        told, asked_at = self._insist(lambda: self._send(tab, position, change))
        self.ledger.write(
            Acknowledged(
                attempt_id=tab.seat.attempt_id,
                position=position,
                change_id=str(change["change_id"]),
                base=base,
                answer=choice.answer,
                is_flagged=bool(change["flagged"]),
                outcome=told["outcome"],
                version=told["version"],
                hash=told["hash"],
                asked_at=asked_at,
            )
        )
        tab.bases[position] = told["version"]
        self._note(told["outcome"], "all")

    def _send(self, tab: Tab, position: int, change: dict[str, Any]) -> tuple[dict[str, Any], float]:
        """What became of a change, and when it was sent.

        A calm refusal is one more reason to try again; another one is strange.
        """
        asked_at = time.time()
        status, body = tab.save(position, change)
        if body.get("outcome") in OUTCOMES.get(status, ()):
            return body, asked_at
        error = body.get("error") or {}
        if (status, error.get("code")) == (503, "not_ready") and "saved answers are safe" in error["detail"]:
            self._note("calm")
        else:
            self._wonder(f"{status}: {body}")
        raise Unreachable(f"{status}")


@contextmanager
def answering(port: int, seats: Sequence[Seat], ledger: Ledger, tabs: int) -> Iterator[Crowd]:
    """Everybody answers during the block, and has brought everything home at its end."""
    crowd = Crowd(port, seats, ledger, tabs)
    crowd.start()
    try:
        yield crowd
    except BaseException:
        crowd.stop()
        raise
    crowd.finish()
