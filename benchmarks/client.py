"""Many candidates at once, by the standard library alone, in one thread that costs the server little.

A candidate is a generator: it yields a request and is sent the answer, so that what it does reads from top to
bottom. It checks each answer, so that a broken flow cannot look fast.
"""

import json
import math
import selectors
import socket
import time
from collections import defaultdict
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias
from urllib.parse import urlencode

TIMEOUT_SECONDS = 30


class Request(NamedTuple):
    kind: str
    data: bytes


class Answer(NamedTuple):
    """`head` has the status line and the headers, with names in lower case as Granian writes them."""

    status: int
    head: bytes
    body: bytes


Flow: TypeAlias = Generator[Request, Answer, None]


@dataclass(slots=True)
class Connection:
    """One keep-alive connection, and the candidate behind it."""

    socket: socket.socket
    flow: Flow
    next: Request
    sent_at: float = 0.0
    received: bytearray = field(default_factory=bytearray)


class Crowd:
    """Candidates who work without a pause, each waiting for the answer to the last request."""

    def __init__(self, port: int, flows: Iterable[Flow]) -> None:
        self._selector = selectors.DefaultSelector()
        self._connections = [_connect(port, flow) for flow in flows]
        for connection in self._connections:
            self._selector.register(connection.socket, selectors.EVENT_READ, connection)

    def work(self, seconds: float = math.inf) -> dict[str, list[float]]:
        """How long each request took in seconds, by kind. Ends when every request sent has its answer.

        :param seconds: after this time no new request is sent; by default the candidates go on to their end.
        """
        took: dict[str, list[float]] = defaultdict(list)
        for connection in self._connections:
            _send(connection)
        until = time.perf_counter() + seconds
        waiting = len(self._connections)
        while waiting:
            for connection in self._readable():
                answer = _receive(connection)
                if answer is None:
                    continue
                now = time.perf_counter()
                took[connection.next.kind].append(now - connection.sent_at)
                if _goes_on(connection, answer) and now < until:
                    _send(connection)
                else:
                    waiting -= 1
        return took

    def _readable(self) -> list[Connection]:
        ready = self._selector.select(TIMEOUT_SECONDS)
        if not ready:
            raise TimeoutError(f"no answer within {TIMEOUT_SECONDS} s")
        return [key.data for key, _ in ready]

    def close(self) -> None:
        for connection in self._connections:
            connection.socket.close()
        self._selector.close()


def _connect(port: int, flow: Flow) -> Connection:
    opened = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_SECONDS)
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return Connection(socket=opened, flow=flow, next=next(flow))


def _goes_on(connection: Connection, answer: Answer) -> bool:
    """Hand the answer to the candidate; False when that was the last."""
    try:
        connection.next = connection.flow.send(answer)
    except StopIteration:
        return False
    return True


def _send(connection: Connection) -> None:
    connection.sent_at = time.perf_counter()
    connection.socket.sendall(connection.next.data)


def _receive(connection: Connection) -> Answer | None:
    """The answer, once all of it is here."""
    piece = connection.socket.recv(65536)
    if not piece:
        raise ConnectionError(f"the server hung up: {bytes(connection.received[:200])!r}")
    return whole_answer(connection.received, piece)


def whole_answer(received: bytearray, piece: bytes) -> Answer | None:
    """The answer that a piece completes; None as long as more is to come. Then `received` is empty again."""
    received += piece
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = bytes(received[:end])
    length = int(between(head, b"content-length: ", b"\r\n"))
    if len(received) < end + 4 + length:
        return None
    body = bytes(received[end + 4 :])
    received.clear()
    return Answer(status=int(head[9:12]), head=head, body=body)


def between(text: bytes, before: bytes, after: bytes) -> bytes:
    """The first text between two marks; LookupError when they are not there."""
    start = text.find(before)
    if start < 0:
        raise LookupError(f"{before!r} is not in {text[:2000]!r}")
    start += len(before)
    end = text.find(after, start)
    return text[start : end if end >= 0 else None]


@dataclass(slots=True)
class Browser:
    """Writes requests as a browser would, with the cookie as the server last set it."""

    cookie: str = ""

    def get(self, path: str, *lines: str) -> bytes:
        return self._write("GET", path, "Accept: text/html", *lines)

    def post_form(self, path: str, fields: Mapping[str, str]) -> bytes:
        body = urlencode(fields).encode()
        return self._write("POST", path, "Content-Type: application/x-www-form-urlencoded", body=body)

    def post_json(self, path: str, content: Mapping[str, object], token: str) -> bytes:
        lines = ("Content-Type: application/json", "Accept: application/json", f"X-CSRFToken: {token}")
        return self._write("POST", path, *lines, body=json.dumps(content).encode())

    def _write(self, method: str, path: str, *lines: str, body: bytes = b"") -> bytes:
        head = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *lines]
        if self.cookie:
            head.append(f"Cookie: {self.cookie}")
        if body:
            head.append(f"Content-Length: {len(body)}")
        return "\r\n".join([*head, "", ""]).encode() + body

    def keep_cookie(self, answer: Answer) -> None:
        if b"set-cookie: " in answer.head:
            self.cookie = between(answer.head, b"set-cookie: ", b";").decode()
