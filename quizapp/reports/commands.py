"""`quizapp report`: reports as files."""

from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from quizapp import clock, db
from quizapp.cohorts.models import Cohort
from quizapp.reports import exports


@click.group("report")
def report() -> None:
    """Reports for the staff of a programme, as files."""


@report.command("cohort")
@click.argument("cohort_id", type=int, metavar="ID")
@click.option("--format", "form", type=click.Choice(["csv"]), default="csv", show_default=True)
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="The file (default: printed)."
)
@with_appcontext
def cohort(cohort_id: int, form: str, output: Path | None) -> None:
    """The report of the group with this ID, the number in the address of its page.

    It names learners and masks nothing: it is for the staff of their own programme.
    """
    wanted = select(Cohort).options(joinedload(Cohort.programme)).where(Cohort.id == cohort_id)
    with db.database().open_session(read_only=True) as session:
        found = session.scalars(wanted).one_or_none()
        if found is None:
            raise click.ClickException(f"there is no group {cohort_id}")
        made = exports.csv_file(session, found, clock.now())
    if output is None:
        click.echo(made, nl=False)
        return
    output.touch(mode=0o600)  # when it is new: it names people
    output.write_bytes(made)
    click.echo(f"{output} written")
