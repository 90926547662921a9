"""The two apps of the comparison, each with its database, its server and its candidates."""

import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from flask import Flask
from sqlalchemy import create_engine, func, select, text

from benchmarks.candidates import PASSWORD, BareCandidate, Candidate, Learner
from benchmarks.client import Crowd
from benchmarks.servers import Server, Store, environment, free_port, serve
from quizapp import clock, create_app, db, schema
from quizapp.accounts import passwords, services
from quizapp.banks.commands import sync_banks
from quizapp.config import PROJECT
from quizapp.exams.models import ResponseChange

OURS, BARE = "ours", "bare"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A running app with candidates who are signed in."""

    name: str
    server: Server
    candidates: Sequence[Candidate]


@contextmanager
def open_bare(store: Store, count: int) -> Iterator[Side]:
    """The bare app; at its end, what it has stored is what its candidates sent."""
    url = store.new_database("bare")
    settings = {"BARE_DATABASE_URL": url, "BARE_SECRET_KEY": secrets.token_urlsafe(48)}
    make = [sys.executable, "-m", "benchmarks.bare"]
    subprocess.run(make, cwd=PROJECT, env=environment(settings), check=True)
    candidates = [BareCandidate(number=number) for number in range(1, count + 1)]
    with serve("benchmarks.bare:app", free_port(), settings, store.folder / "bare.log") as server:
        _set_up(server, candidates)
        yield Side(name=BARE, server=server, candidates=candidates)
    _check_bare(url, candidates)


def _check_bare(url: str, candidates: Sequence[BareCandidate]) -> None:
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT attempt, position, choice FROM answer")).all()
    engine.dispose()
    sent = {(one.number, place, choice) for one in candidates for place, choice in one.choices.items()}
    if {tuple(row) for row in rows} != sent:
        raise RuntimeError("the bare app has not stored what it acknowledged")


@contextmanager
def open_ours(store: Store, count: int) -> Iterator[Side]:
    """The real app as in production; at its end, every acknowledged change is in the history."""
    port = free_port()
    settings = production(store, "ours", port)
    learners = [Learner(email=f"learner-{number}@example.org") for number in range(count)]
    variables = {f"QUIZAPP_{name.upper()}": value for name, value in settings.items()}
    with app_here(settings, [learner.email for learner in learners]) as app:
        with serve(None, port, variables, store.folder / "ours.log") as server:
            _set_up(server, learners)
            yield Side(name=OURS, server=server, candidates=learners)
        _check_ours(app, learners)


def production(store: Store, name: str, port: int = 8000) -> dict[str, str]:
    """The settings of an operator, with a new database, and the banks whose items ask for one option."""
    banks = store.folder / "banks"
    if not banks.exists():
        # The candidates here know no other answer, and the bare app takes none.
        shutil.copytree(PROJECT / "question_banks", banks, ignore=shutil.ignore_patterns("judgement"))
    return {
        "environment": "production",
        "secret_key": secrets.token_urlsafe(48),
        "database_url": store.new_database(name),
        "base_url": f"http://127.0.0.1:{port}",
        "mail_url": f"file://{store.folder / 'mail'}",
        "bank_folder": str(banks),
    }


@contextmanager
def app_here(settings: Mapping[str, str], emails: Sequence[str]) -> Iterator[Flask]:
    """The app in this process, on tables filled with the shipped banks and an account for each address."""
    app = create_app(settings)
    with app.app_context():
        engine = db.database().engine
    try:
        _fill(app, emails)
        yield app
    finally:
        engine.dispose()


def _fill(app: Flask, emails: Sequence[str]) -> None:
    password_hash = passwords.hash_password(passwords.STRONG, PASSWORD)
    with app.app_context(), db.database().working_session() as session:
        schema.upgrade(db.database().engine)
        sync_banks(quiet=True)
        for email in emails:
            services.register(
                session,
                email=email,
                name="Learner",
                password_hash=password_hash,
                time_zone="America/New_York",
                now=clock.now(),
            )
        session.commit()


def _check_ours(app: Flask, learners: Sequence[Learner]) -> None:
    with app.app_context(), db.database().open_session(read_only=True) as session:
        stored = session.scalar(select(func.count()).select_from(ResponseChange))
    acknowledged = sum(learner.saved for learner in learners)
    if stored != acknowledged:
        raise RuntimeError(f"{acknowledged} changes were acknowledged, {stored} are in the history")


def _set_up(server: Server, candidates: Sequence[Candidate]) -> None:
    crowd = Crowd(server.port, [candidate.set_up() for candidate in candidates])
    crowd.work()
    crowd.close()
