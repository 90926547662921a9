"""`quizapp rollups`: the running totals, checked against the answers and mended."""

import sys

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import DBAPIError

from quizapp import db
from quizapp.progress import rebuilding
from quizapp.progress.rebuilding import Difference, Recount

TRIES = 20  # a learner whose answers come in meanwhile is looked at again
MOST_SHOWN = 20


@click.group("rollups")
def rollups() -> None:
    """Running totals of what learners answered."""


@rollups.command("rebuild")
@click.option("--check", is_flag=True, help="Change nothing; exit with 1 when a total differs.")
@with_appcontext
def rebuild(check: bool) -> None:
    """Make the running totals what the answers add up to. Safe while people answer, and safe to run twice."""
    with db.database().open_session(read_only=True) as session:
        ids = rebuilding.learner_ids(session)
    recount, found = Recount(), list[Difference]()
    label = "Checking totals" if check else "Rebuilding totals"
    with click.progressbar(ids, label=label, file=sys.stderr) as waiting:
        for learner_id in waiting:
            found += _look(recount, learner_id) if check else _mend(recount, learner_id)
    for difference in found[:MOST_SHOWN]:
        click.echo(str(difference))
    if len(found) > MOST_SHOWN:
        click.echo(f"and {len(found) - MOST_SHOWN} more")
    told = "differ" if check else "mended"
    click.echo(f"{len(ids)} people, {len(found)} totals {told}")
    if check and found:
        sys.exit(1)


def _look(recount: Recount, learner_id: int) -> list[Difference]:
    with db.database().open_steady_session(read_only=True) as session:
        return recount.differences(session, learner_id)


def _mend(recount: Recount, learner_id: int) -> list[Difference]:
    """Each learner in a short transaction, begun only when something is to be written.

    It sees one moment of answers and totals. When an answer that is scored meanwhile has changed one of the
    totals, the database refuses to overwrite it, and the learner is counted again; one that comes later waits
    for the new total and adds to it.
    """
    if not _look(recount, learner_id):
        return []
    for left in reversed(range(TRIES)):
        with db.database().open_steady_session() as session:
            found = recount.differences(session, learner_id)
            try:
                rebuilding.mend(session, found)
                session.commit()
            except DBAPIError:
                if not left:
                    raise
            else:
                return found
    return []
