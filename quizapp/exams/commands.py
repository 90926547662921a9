"""`quizapp attempts`: the jobs around attempts. Each may run twice, and on several hosts at once."""

import sys

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
    """Hand in what was saved in mock exams whose time has passed, and end practice sets after 30 days."""
    now = clock.now()
    with db.database().open_session(read_only=True) as session:
        expired = handing_in.expired_attempts(session, now)
    closed = [_close(attempt_id) for attempt_id in expired]
    click.echo(f"{closed.count(True)} closed")
    if None in closed:
        click.echo(f"{closed.count(None)} could not be closed: see the log", err=True)
        sys.exit(1)


def _close(attempt_id: int) -> bool | None:
    """Close one in its own short transaction; None when that failed, which must not stop the others."""
    try:
        with db.database().working_session() as session:
            is_closed = handing_in.close_attempt(
                session, attempt_id, clock.now(), current_app.extensions["on_scored"]
            )
            session.commit()
    except Exception as error:
        logger.exception("attempt not closed", attempt_id=attempt_id, exc_info=error)
        return None
    return is_closed
