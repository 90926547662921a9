"""`quizapp sittings`: the jobs around sittings. Each may run twice, and on several hosts at once.

So does `quizapp attempts prepare`, which is here as it knows whom a sitting is for.
"""

import sys
from collections import Counter

import click
import structlog
from flask import current_app

from quizapp import clock, db, mail
from quizapp.accounts.models import User
from quizapp.cohorts import preparing, sitting_queries, sitting_services
from quizapp.cohorts.errors import SittingNotFound
from quizapp.cohorts.sitting_models import Sitting
from quizapp.cohorts.sitting_queries import ToPrepare
from quizapp.exams.errors import AttemptNotFound, BankTooSmall
from quizapp.i18n import gettext as _
from quizapp.i18n import moment_in

MOST_AT_ONCE = 200

logger = structlog.get_logger("sittings")


@click.group("sittings")
def sittings() -> None:
    """Sittings of groups."""


@sittings.command("announce")
def announce() -> None:
    """Mail everybody whose sitting has opened. Each person is told once for each sitting."""
    now = clock.now()
    with db.database().open_session(read_only=True) as session:
        due = sitting_queries.to_announce(session, now)
    count = 0
    for first in range(0, len(due), MOST_AT_ONCE):
        with db.database().working_session() as session:
            told = sitting_services.mark_announced(session, due[first : first + MOST_AT_ONCE], now=now)
            session.commit()
        for sitting, user in told:
            mail.send(announcement(sitting, user))
        count += len(told)
    logger.info("sittings announced", count=count)
    click.echo(f"{count} told")


def announcement(sitting: Sitting, user: User) -> mail.Message:
    # Outside a request there is no url_for.
    path = current_app.url_map.bind("").build("own_sittings.first_page", {"sitting_id": sitting.id})
    return mail.compose(
        "sittings/mail/open.txt",
        user.email,
        _("Now open: %(name)s", name=sitting.name),
        name=sitting.name,
        closes=moment_in(sitting.closes_at, user.time_zone),
        link=current_app.config["SETTINGS"].base_url + path,
    )


@click.command("prepare")
@click.argument("sitting_id", metavar="SITTING", type=int)
def prepare(sitting_id: int) -> None:
    """Make the forms of a mock sitting ahead, for everybody who has not started it.

    What is ready and still holds is kept, what is out of date is made anew. Skipped is who has started
    meanwhile, and for whom none can be made without items that another exam of theirs holds back; removed is
    what was ready for people who cannot start it any more. Each person is a short transaction, so that it can
    run while others start.
    """
    with db.database().working_session() as session:
        try:
            sitting = preparing.mock_sitting(session, sitting_id)
        except SittingNotFound:
            click.echo(f"There is no mock sitting {sitting_id}.", err=True)
            sys.exit(1)
        people, removed = preparing.remove_unused(session, sitting, clock.now())
        session.commit()
    done = Counter[preparing.Outcome]()
    with click.progressbar(people, label="Preparing forms", file=sys.stderr) as waiting:
        for person in waiting:
            done[_prepare_one(sitting, person)] += 1
    logger.info("forms prepared", sitting_id=sitting_id, removed=removed, done=dict(done))
    told = ", ".join(f"{done[outcome]} {outcome}" for outcome in ("made", "kept", "renewed", "skipped"))
    click.echo(f"{told}, {removed} removed")


def _prepare_one(sitting: Sitting, person: ToPrepare) -> preparing.Outcome:
    """Choosing takes long and only reads: the transaction that writes begins after it."""
    try:
        with db.database().open_session(read_only=True) as session:
            chosen = preparing.choose_anew(session, sitting, person, clock.now())
    except (AttemptNotFound, BankTooSmall):
        return "skipped"
    if chosen is None:
        return "kept"
    with db.database().working_session() as session:
        outcome = preparing.store(session, session.merge(sitting), person, chosen, clock.now())
        session.commit()
    return outcome
