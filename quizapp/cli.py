"""The `quizapp` command. Each command commits for itself."""

import secrets
import sys
from pathlib import Path

import click
from alembic.util import CommandError
from flask import current_app
from flask.cli import FlaskGroup, ScriptInfo
from sqlalchemy.exc import OperationalError, ProgrammingError

from quizapp import create_app, db, schema
from quizapp.banks.commands import bank, sync_banks
from quizapp.banks.coverage_command import blueprint
from quizapp.banks.errors import NothingLoaded
from quizapp.banks.queries import catalogue
from quizapp.banks.score_command import score
from quizapp.config import Settings, SettingsError
from quizapp.serve import serve


class Commands(FlaskGroup):
    """Flask's group; with wrong settings it still lists the commands that need none."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        try:
            ctx.ensure_object(ScriptInfo).load_app()
        except SettingsError as error:
            say_settings_are_wrong(error)
            return sorted(self.commands)
        return list(super().list_commands(ctx))


def say_settings_are_wrong(error: SettingsError) -> None:
    click.echo(f"The settings are not right:\n{error}", err=True)


@click.group(
    cls=Commands,
    create_app=lambda: create_app(),
    add_default_commands=False,
    add_version_option=False,
    load_dotenv=False,
    set_debug_flag=False,
)
def cli() -> None:
    """Everything that an operator of quizapp does."""


# Here and not on the app: checking and scoring content needs no settings.
cli.add_command(bank)
cli.add_command(blueprint)
cli.add_command(score)
cli.add_command(serve)


@cli.command(with_appcontext=False)
def secret() -> None:
    """Print a new value for QUIZAPP_SECRET_KEY."""
    click.echo(secrets.token_urlsafe(48))


@cli.group("db")
def database() -> None:
    """The database: bring its tables up to date, or check them."""


@database.command()
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Bring the tables up to REVISION (the newest when not given)."""
    schema.upgrade(db.database().engine, revision)


@database.command()
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Take the tables back to REVISION ("base" removes them all)."""
    schema.downgrade(db.database().engine, revision)


@database.command()
def check() -> None:
    """Say whether the tables are what the program expects."""
    schema.check(db.database().engine)


@cli.command()
@click.option(
    "--demo",
    "password_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also make the demo programme, and write its passwords into this file.",
)
def prepare(password_file: Path | None) -> None:
    """Bring tables and banks up to date. Safe to run at every start.

    Content with an error is left out, and what was loaded before it goes on being served.
    """
    schema.upgrade(db.database().engine)
    if not sync_banks():
        click.echo("The content named above was left out: mend it and run `quizapp bank sync`.", err=True)
    with db.database().open_session(read_only=True) as session:
        catalogue(session)  # a site without any content serves nobody
    if password_file:
        prepare_demo(password_file)


def prepare_demo(password_file: Path) -> None:
    """The demo programme, unless it is there; then says where its passwords are."""
    from quizapp import clock, demo

    settings: Settings = current_app.config["SETTINGS"]
    with db.database().working_session() as session:
        if not demo.is_made(session):
            now = clock.now()
            made = demo.make(session, now, settings.default_time_zone)
            with click.progressbar(length=demo.STEPS, label="Making the demo programme") as bar:
                demo.make_history(session, now, on_step=lambda: bar.update(1))
            demo.write_passwords(password_file, settings.base_url, made)
            session.commit()
    if password_file.exists():
        click.echo(password_file.read_text())
        click.echo(f"These passwords are kept in {password_file}, which only you can read.")


@cli.command("forget")
@click.argument("email")
@click.confirmation_option(prompt="This removes the account with all its answers, for good. Go on?")
def forget(email: str) -> None:
    """Remove the person with this EMAIL and everything they did."""
    from quizapp import erasure
    from quizapp.accounts.addresses import canonical
    from quizapp.accounts.queries import find_user

    with db.database().working_session() as session:
        address = canonical(email) or email
        user = find_user(session, address)
        invited = erasure.erase_invitations(session, address)
        if user:
            erasure.erase_person(session, user.id)
        elif not invited:
            raise click.ClickException(f"nobody has the address {email}")
        session.commit()
    click.echo(f"{email} and all their answers are gone" if user else f"the invitations to {email} are gone")


def main() -> None:
    try:
        cli()
    except SettingsError as error:
        say_settings_are_wrong(error)
        sys.exit(2)
    except NothingLoaded as error:
        click.echo(f"{error.title}: no content could be read without errors.", err=True)
        sys.exit(1)
    except CommandError as error:
        click.echo(f"The migration did not run: {error}", err=True)
        sys.exit(1)
    except (OperationalError, ProgrammingError) as error:
        click.echo(f"The database refused: {str(error.orig).strip()}", err=True)
        click.echo("Is its address right, does it run, and is it migrated (quizapp db upgrade)?", err=True)
        sys.exit(1)
