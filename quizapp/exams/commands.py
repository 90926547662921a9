"""`quizapp attempts`: the jobs around attempts. Each may run twice, and on several hosts at once."""

import sys
from collections.abc import Callable
from pathlib import Path

import click
import structlog
from flask import current_app

from quizapp import clock, db
from quizapp.core.receipt import read_receipt
from quizapp.exams import handing_in, receipts

logger = structlog.get_logger()
LONGEST_RECEIPT = 10_000


@click.group("attempts")
def attempts() -> None:
    """Attempts of learners."""


@attempts.command("close-expired")
def close_expired() -> None:
    """Hand in what was saved in mock exams whose time has passed, and end practice sets after 30 days.

    Results that had to wait for the end of a sitting's window are added to their learners' totals.
    """
    now = clock.now()
    with db.database().open_session(read_only=True) as session:
        expired = handing_in.expired_attempts(session, now)
    closed = [_each(handing_in.close_attempt, attempt_id) for attempt_id in expired]
    click.echo(f"{closed.count(True)} closed")
    with db.database().open_session(read_only=True) as session:
        waiting = handing_in.waiting_totals(session, now)
    told = [_each(handing_in.tell_totals, attempt_id) for attempt_id in waiting]
    if failed := closed.count(None) + told.count(None):
        click.echo(f"{failed} could not be closed: see the log", err=True)
        sys.exit(1)


FINDINGS = {
    "holds": "The receipt holds: these answers are stored, unchanged since they were handed in.",
    "no_attempt": "There is no such attempt here. Is this the server that it was handed in to?",
    "not_handed_in": "That attempt is not handed in.",
    "other_time": "The receipt does not hold: the attempt was handed in at another time.",
    "other_count": "The receipt does not hold: another number of answers is stored.",
    "other_answers": "The receipt does not hold: other answers are stored.",
}


@attempts.command("verify-receipt")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def verify_receipt(file: Path) -> None:
    """Compare a downloaded receipt with the answers that are stored.

    Exits with 0 when it holds, 1 when it does not, and 2 when FILE is no receipt.
    """
    try:
        with file.open(encoding="utf-8") as text:
            receipt = read_receipt(text.read(LONGEST_RECEIPT))
    except ValueError as error:
        told = "this is no receipt, not even text" if isinstance(error, UnicodeDecodeError) else error
        raise click.UsageError(f"{file}: {told}") from error
    with db.database().open_session(read_only=True) as session:
        finding = receipts.verify(session, receipt)
    click.echo(FINDINGS[finding], err=finding != "holds")
    sys.exit(0 if finding == "holds" else 1)


def _each(act: Callable[..., bool], attempt_id: int) -> bool | None:
    """Do it in a short transaction of its own; None when that failed, which must not stop the others."""
    try:
        with db.database().working_session() as session:
            is_done = act(session, attempt_id, clock.now(), current_app.extensions["on_scored"])
            session.commit()
    except Exception as error:
        logger.exception("attempt not closed", attempt_id=attempt_id, exc_info=error)
        return None
    return is_done
