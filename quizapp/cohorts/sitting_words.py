"""Words that pages about sittings share; templates call them by name."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Flask

from quizapp import db
from quizapp.accounts.multipliers import MULTIPLIER_LABELS
from quizapp.banks.queries import catalogue
from quizapp.cohorts.sitting_models import Sitting
from quizapp.cohorts.sitting_queries import PersonLine
from quizapp.core.reference import Taxonomy
from quizapp.exams.models import AFTER_EACH, AFTER_END, AFTER_WINDOW, MOCK
from quizapp.i18n import gettext as _
from quizapp.i18n import lazy_gettext as _l
from quizapp.i18n import moment, moment_in, ngettext

FEEDBACK: Mapping[str, Any] = {
    AFTER_EACH: _l("After each answer (practice only)"),
    AFTER_END: _l("Once it is handed in"),
    AFTER_WINDOW: _l("Once the sitting is over for everybody"),
}


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(
        amount_words=amount_words,
        both_zones=both_zones,
        content_of=content_of,
        feedback_words=lambda feedback: FEEDBACK[feedback],
        time_set_words=time_set_words,
        topic_of=topic_of,
    )


def both_zones(value: datetime, zone: str) -> str:
    """A moment in the reader's zone, and where it reads differently also in the programme's."""
    own, theirs = moment(value), moment_in(value, zone)
    return own if own == theirs else _("%(own)s (%(theirs)s at the programme)", own=own, theirs=theirs)


def content_of(sitting: Sitting) -> str:
    """What kind of thing it is, and how long: "Mock exam, 50 items, 75 minutes"."""
    if sitting.mode != MOCK:
        return ngettext(
            "Practice set of up to %(num)s item", "Practice set of up to %(num)s items", sitting.size or 0
        )
    current = catalogue(db.session).blueprints.get(sitting.blueprint_id or "")
    if current is None:
        return _("Mock exam")
    return _(
        "Mock exam: %(count)s items in %(minutes)s minutes",
        count=current.blueprint.items,
        minutes=current.blueprint.minutes,
    )


def topic_of(sitting: Sitting, taxonomy: Taxonomy) -> str:
    """What it is about: the name of the exam, domain or principle."""
    if sitting.mode == MOCK:
        current = catalogue(db.session).blueprints.get(sitting.blueprint_id or "")
        return current.blueprint.name if current else sitting.blueprint_id or ""
    focus = sitting.focus or {}
    by_kind: dict[str, Mapping[str, Any]] = {
        "domain": taxonomy.domain_by_id,
        "principle": taxonomy.principle_by_id,
    }
    named = by_kind.get(focus.get("kind", ""), {}).get(focus.get("key", ""))
    return str(named.name) if named else str(focus.get("key", ""))


def time_set_words(line: PersonLine) -> str:
    """The time that staff have set for a person; nothing for the learner's own."""
    said = [str(MULTIPLIER_LABELS[line.time_multiplier])] if line.time_multiplier else []
    if line.added_minutes:
        said.append(ngettext("%(num)s more minute", "%(num)s more minutes", line.added_minutes))
    if line.added_percent:
        said.append(_("%(percent)s %% more", percent=line.added_percent))
    return ", ".join(said)


def amount_words(minutes: int, percent: int) -> str:
    """What was added: "10 minutes", "20 %", or both."""
    said = [ngettext("%(num)s minute", "%(num)s minutes", minutes)] if minutes else []
    if percent:
        said.append(_("%(percent)s %%", percent=percent))
    return ", ".join(said)
