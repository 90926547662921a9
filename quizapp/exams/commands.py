"""`quizapp attempts`: the jobs around attempts. Each may run twice, and on several hosts at once."""

import click
from flask import current_app

from quizapp import clock, db
from quizapp.exams import handing_in

BATCH = 100


@click.group("attempts")
def attempts() -> None:
    """Attempts of learners."""


@attempts.command("close-expired")
def close_expired() -> None:
    """Hand in what was saved in mock exams whose time has passed, and end practice sets after 30 days."""
    total = 0
    while True:
        with db.database().working_session() as session:
            closed = handing_in.close_expired(
                session, clock.now(), current_app.extensions["on_scored"], limit=BATCH
            )
            session.commit()
        total += len(closed)
        if not closed:
            break
    click.echo(f"{total} closed")
