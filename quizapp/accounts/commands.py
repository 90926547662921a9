"""`quizapp user`, `quizapp programme` and `quizapp accounts`."""

import json
import sys
from dataclasses import asdict
from datetime import datetime
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from quizapp import clock, db
from quizapp.accounts import addresses, limits, passwords, places, queries, services
from quizapp.accounts.access import ROLES, STAFF_ROLES
from quizapp.accounts.errors import NoManagerLeft
from quizapp.accounts.models import Programme, User


@click.group("user")
def user_group() -> None:
    """People: create, list, disable."""


@click.group("programme")
def programme_group() -> None:
    """Training programmes."""


@click.group("accounts")
def accounts_group() -> None:
    """Upkeep of accounts."""


GROUPS = (user_group, programme_group, accounts_group)

read_from_stdin = click.option("--password-stdin", is_flag=True, help="Read it from standard input.")


@user_group.command("create")
@click.argument("email")
@click.option("--name", help="The name shown (the first part of the address when not given).")
@click.option("--admin", is_flag=True, help="May do everything, everywhere.")
@click.option("--programme", "programme_name", help="The programme to join; needs --role.")
@click.option("--role", type=click.Choice(list(ROLES)), help="The role in that programme.")
@read_from_stdin
@with_appcontext
def create_user(
    email: str,
    name: str | None,
    admin: bool,
    programme_name: str | None,
    role: str | None,
    password_stdin: bool,
) -> None:
    """Make an account for EMAIL, with its address taken as confirmed."""
    address = _address(email)
    if (programme_name is None) != (role is None):
        raise click.UsageError("--programme and --role go together")
    password_hash = _new_password_hash(address, from_stdin=password_stdin)
    with db.database().working_session() as session:
        user = services.register(
            session,
            email=address,
            name=name or address.partition("@")[0],
            password_hash=password_hash,
            time_zone=current_app.config["SETTINGS"].default_time_zone,
            now=clock.now(),
            is_verified=True,
            is_admin=admin,
        )
        if user is None:
            raise click.ClickException(f"{address} already has an account")
        if programme_name is not None and role is not None:
            services.join(session, _programme(session, programme_name).id, user.id, role, now=clock.now())
        session.commit()
    click.echo(f"{address} can sign in now")


@user_group.command("list")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@with_appcontext
def list_users(form: str) -> None:
    """Everybody with an account."""
    with db.database().open_session(read_only=True) as session:
        rows = [_row(person) for person in queries.all_people(session)]
    if form == "json":
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        marks = [word for word in ("admin", "disabled", "unconfirmed") if row[word]]
        roles = [f"{role} in {programme}" for programme, role in row["roles"].items()]
        click.echo("\t".join([str(row["id"]), row["email"], row["name"], ", ".join(marks + roles)]))


def _row(person: queries.Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "email": person.email,
        "name": person.name,
        "admin": person.is_admin,
        "disabled": person.disabled_at is not None,
        "unconfirmed": person.verified_at is None,
        "created_at": _iso(person.created_at),
        "last_login_at": _iso(person.last_login_at),
        "roles": dict(person.roles),
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


@user_group.command("set-password")
@click.argument("email")
@read_from_stdin
@with_appcontext
def set_password(email: str, password_stdin: bool) -> None:
    """Give EMAIL a new password and end all their sessions."""
    address = _address(email)
    password_hash = _new_password_hash(address, from_stdin=password_stdin)
    with db.database().working_session() as session:
        services.set_password(session, _user(session, address).id, password_hash)
        session.commit()
    limits.forget(limits.SIGN_IN, address)
    click.echo(f"{address} has a new password")


@user_group.command("disable")
@click.argument("email")
@with_appcontext
def disable_user(email: str) -> None:
    """Shut EMAIL out at once. Nothing of theirs is removed."""
    with db.database().working_session() as session:
        user = _user(session, _address(email))
        services.disable(session, user.id, now=clock.now())
        session.commit()
    click.echo(f"{user.email} is disabled")


@user_group.command("enable")
@click.argument("email")
@with_appcontext
def enable_user(email: str) -> None:
    """Let EMAIL in again."""
    with db.database().working_session() as session:
        user = _user(session, _address(email))
        services.enable(session, user.id)
        session.commit()
    click.echo(f"{user.email} can sign in again")


@programme_group.command("create")
@click.argument("name")
@click.option("--time-zone", help="Such as America/Chicago (the default zone when not given).")
@with_appcontext
def create_programme(name: str, time_zone: str | None) -> None:
    """Make the programme NAME."""
    zone = time_zone or current_app.config["SETTINGS"].default_time_zone
    if time_zone and time_zone not in places.ZONES:
        raise click.UsageError(f"there is no time zone {time_zone}")
    with db.database().working_session() as session:
        if services.create_programme(session, name=name.strip(), time_zone=zone, now=clock.now()) is None:
            raise click.ClickException(f"there is already a programme {name.strip()}")
        session.commit()
    click.echo(f"programme {name.strip()} is there")


@programme_group.command("add-staff")
@click.argument("programme_name", metavar="PROGRAMME")
@click.argument("email")
@click.option("--role", type=click.Choice(STAFF_ROLES), required=True, help="What EMAIL is to be there.")
@with_appcontext
def add_staff(programme_name: str, email: str, role: str) -> None:
    """Make EMAIL, who has an account, staff of PROGRAMME, or change their role there."""
    with db.database().working_session() as session:
        programme, user = _programme(session, programme_name), _user(session, _address(email))
        try:
            services.set_staff_role(session, programme.id, user.id, role, now=clock.now())
        except NoManagerLeft:
            raise click.ClickException(f"{programme.name} would have nobody left to manage it") from None
        session.commit()
    click.echo(f"{user.email} is {role} of {programme.name}")


@programme_group.command("list")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@with_appcontext
def list_programmes(form: str) -> None:
    """Every programme, with its zone and how many people have which role."""
    with db.database().open_session(read_only=True) as session:
        lines = queries.all_programmes(session)
    if form == "json":
        click.echo(json.dumps([asdict(line) for line in lines], indent=2, ensure_ascii=False))
        return
    for line in lines:
        roles = ", ".join(f"{role}: {count}" for role, count in line.roles.items())
        click.echo(f"{line.name}\t{line.time_zone}\t{roles}")


@accounts_group.command("purge-limits")
@with_appcontext
def purge_limits() -> None:
    """Remove counts of tries that are over. The program does this on the way too."""
    removed = 0
    while found := limits.storage().purge():
        removed += found
    click.echo(f"removed {removed}")


def _address(email: str) -> str:
    address = addresses.canonical(email)
    if address is None:
        raise click.UsageError(f"{email} is not an email address")
    return address


def _user(session: Session, address: str) -> User:
    user = queries.find_user(session, address)
    if user is None:
        raise click.ClickException(f"{address} has no account")
    return user


def _programme(session: Session, name: str) -> Programme:
    programme = queries.find_programme(session, name)
    if programme is None:
        raise click.ClickException(
            f'there is no programme {name}; `quizapp programme create "{name}"` makes it'
        )
    return programme


def _new_password_hash(address: str, *, from_stdin: bool) -> str:
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    if not passwords.SHORTEST <= len(password) <= passwords.LONGEST:
        raise click.ClickException(f"a password has {passwords.SHORTEST} to {passwords.LONGEST} characters")
    if passwords.is_common(password, address):
        raise click.ClickException("that password is easy to guess")
    return passwords.hash_password(passwords.hasher(), password)
