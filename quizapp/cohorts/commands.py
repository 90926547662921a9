"""`quizapp sittings`: the jobs around sittings. Each may run twice, and on several hosts at once."""

import click
import structlog
from flask import current_app

from quizapp import clock, db, mail
from quizapp.accounts.models import User
from quizapp.cohorts import sitting_queries, sitting_services
from quizapp.cohorts.sitting_models import Sitting
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
