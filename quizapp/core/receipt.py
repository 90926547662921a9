"""The receipt of a handed-in attempt: a hash that anyone with the same answers computes again."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any


def receipt_hash(
    attempt_id: int, submitted_at: datetime, answers: Iterable[tuple[int, Any | None, int]]
) -> str:
    """SHA-256, in hex, over the canonical JSON of what was handed in.

    :param submitted_at: aware; the zone it is written in does not matter.
    :param answers: position, answer (JSON values; None when omitted) and version, in any order.
    :raises ValueError: if `submitted_at` is naive, a position comes twice or a number is not finite.
    """
    if submitted_at.tzinfo is None:
        raise ValueError("a receipt needs a time with its zone")
    rows = sorted(answers, key=lambda row: row[0])
    if len({position for position, _, _ in rows}) < len(rows):
        raise ValueError("a position was handed in twice")
    receipt = {
        "attempt": attempt_id,
        "submitted_at": submitted_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "answers": [
            {"position": position, "answer": answer, "version": version} for position, answer, version in rows
        ],
    }
    canonical = json.dumps(receipt, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return sha256(canonical.encode("ascii")).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a learner takes home: how many answers were handed in, when, and the hash over them."""

    attempt: int
    exam: str
    submitted_at: datetime
    answered: int
    items: int
    code: str

    def text(self) -> str:
        """The receipt as a file for people, which `read_receipt` reads."""
        return (
            "quizapp receipt\n"
            f"attempt: {self.attempt}\n"
            f"exam: {self.exam}\n"
            f"handed in: {self.submitted_at.astimezone(UTC).isoformat(timespec='microseconds')}\n"
            f"answers: {self.answered} of {self.items}\n"
            f"code: {self.code}\n"
        )


_LINES = re.compile(
    r"quizapp receipt\s+attempt: (?P<attempt>\d{1,18})\s+exam: (?P<exam>[^\n]*)\n\s*"
    r"handed in: (?P<at>[0-9T:.+\-]{10,40})\s+answers: (?P<answered>\d{1,6}) of (?P<items>\d{1,6})\s+"
    r"code: (?P<code>[0-9a-f]{64})\s*",
    re.ASCII,
)


def read_receipt(text: str) -> Receipt:
    """The receipt in a file.

    :raises ValueError: if it is none, or not whole.
    """
    found = _LINES.fullmatch(text.replace("\r\n", "\n").removeprefix("\ufeff"))
    if found is None:
        raise ValueError("this is no receipt, or not the whole of one")
    try:
        submitted_at = datetime.fromisoformat(found["at"])
    except ValueError as error:
        raise ValueError(f"{found['at']} is no time") from error
    if submitted_at.tzinfo is None:
        raise ValueError(f"{found['at']} has no zone")
    return Receipt(
        attempt=int(found["attempt"]),
        exam=found["exam"].strip(),
        submitted_at=submitted_at,
        answered=int(found["answered"]),
        items=int(found["items"]),
        code=found["code"],
    )


def answer_hash(answer: Any | None) -> str:
    """The first 12 hex digits of SHA-256 over an answer: to see at a glance that two are the same."""
    canonical = json.dumps(answer, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return sha256(canonical.encode("ascii")).hexdigest()[:12]


def short_receipt(full: str) -> str:
    """The first 12 digits in groups of 4, to read out or compare by eye."""
    return " ".join(full[start : start + 4] for start in (0, 4, 8))
