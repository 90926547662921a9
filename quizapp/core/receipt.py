"""The receipt of a handed-in attempt: a hash that anyone with the same answers computes again."""

import json
from collections.abc import Iterable
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


def answer_hash(answer: Any | None) -> str:
    """The first 12 hex digits of SHA-256 over an answer: to see at a glance that two are the same."""
    canonical = json.dumps(answer, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return sha256(canonical.encode("ascii")).hexdigest()[:12]


def short_receipt(full: str) -> str:
    """The first 12 digits in groups of 4, to read out or compare by eye."""
    return " ".join(full[start : start + 4] for start in (0, 4, 8))
