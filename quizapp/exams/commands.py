"""`quizapp attempts`: the jobs around attempts. Each may run twice, and on several hosts at once."""

import sys
from collections.abc import Callable

import click
import structlog
from flask import current_app

from quizapp import clock, db
from quizapp.exams import handing_in

logger = structlog.get_logger()


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
