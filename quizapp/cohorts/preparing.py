"""Forms made before a mock sitting begins, so that a start of many at once costs each of them less."""

from datetime import datetime
from typing import Literal

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload

from quizapp.accounts.access import Viewer
from quizapp.banks.queries import live_items
from quizapp.banks.withdrawing import withdrawn_items
from quizapp.cohorts.errors import SittingNotFound
from quizapp.cohorts.sitting_models import PreparedForm, Sitting
from quizapp.cohorts.sitting_queries import OwnSitting, ToPrepare, not_begun
from quizapp.exams.models import MOCK, Form
from quizapp.exams.starting import ChosenForm, add_form, choose_mock, current_blueprint, held_back

Outcome = Literal["made", "kept", "renewed", "skipped"]


def mock_sitting(session: Session, sitting_id: int) -> Sitting:
    """:raises SittingNotFound: when there is no such sitting, or it is one of practice."""
    sitting = session.get(Sitting, sitting_id)
    if sitting is None or sitting.mode != MOCK:
        raise SittingNotFound
    return sitting


def remove_unused(session: Session, sitting: Sitting, now: datetime) -> tuple[list[ToPrepare], int]:
    """Who may still start a sitting for the first time; how many forms of others were removed.

    Nobody may once it is over or called off.
    """
    _hold(session, sitting)
    is_over = sitting.cancelled_at is not None or sitting.closes_at <= now
    people = [] if is_over else not_begun(session, sitting.id)
    wanted = {person.learner_id for person in people}
    rows = session.scalars(
        select(PreparedForm)
        .options(joinedload(PreparedForm.form))
        .where(PreparedForm.sitting_id == sitting.id)
    ).all()
    unused = [row for row in rows if row.learner_id not in wanted]
    for row in unused:
        _remove(session, row)
    return people, len(unused)


def choose_anew(session: Session, sitting: Sitting, person: ToPrepare, now: datetime) -> ChosenForm | None:
    """A form for somebody whose prepared one is missing or out of date; None when it will do. It reads only.

    :raises BankTooSmall: if the bank cannot fill it without what another exam of theirs holds back.
    """
    hidden = held_back(session, person.learner_id, now)
    prepared = _prepared(session, sitting.id, person.learner_id)
    if prepared is not None:
        revision_id = prepared.blueprint_revision_id
        if _holds(session, prepared.form, revision_id, sitting, person.state, hidden):
            return None
    return choose_mock(session, person.learner_id, person.state, sitting.blueprint_id or "", hidden)


def store(
    session: Session, sitting: Sitting, person: ToPrepare, chosen: ChosenForm, now: datetime
) -> Outcome:
    """Keep a form, unless the person has started or another host was faster."""
    _hold(session, sitting)
    found = not_begun(session, sitting.id, person.learner_id)
    if not found:
        return "skipped"
    if found[0].form_id != person.form_id:
        return "kept"  # of another run
    old = _prepared(session, sitting.id, person.learner_id)
    if old is not None:
        _remove(session, old)
    form = add_form(session, chosen.entries, chosen.seed, now)
    row = PreparedForm(
        sitting_id=sitting.id,
        learner_id=person.learner_id,
        form_id=form.id,
        blueprint_revision_id=chosen.blueprint_revision_id,
        made_at=now,
    )
    session.add(row)
    session.flush()
    return "made" if old is None else "renewed"


def take(session: Session, found: OwnSitting, person: Viewer, now: datetime) -> Form | None:
    """The form made ahead for a learner's first attempt, if it still holds; its row is gone either way."""
    if found.used:
        return None
    row = session.execute(
        delete(PreparedForm)
        .where(PreparedForm.sitting_id == found.sitting.id, PreparedForm.learner_id == person.id)
        .returning(PreparedForm.form_id, PreparedForm.blueprint_revision_id)
    ).one_or_none()
    if row is None:
        return None
    form = session.get_one(Form, row.form_id)
    hidden = held_back(session, person.id, now) | withdrawn_items(session)
    if _holds(session, form, row.blueprint_revision_id, found.sitting, person.state, hidden):
        return form
    session.delete(form)
    session.flush()
    return None


def _hold(session: Session, sitting: Sitting) -> None:
    """Let nobody start it until the transaction ends: a start holds it, too."""
    session.refresh(sitting, with_for_update={"of": Sitting})


def _prepared(session: Session, sitting_id: int, learner_id: int) -> PreparedForm | None:
    return session.scalar(
        select(PreparedForm)
        .options(joinedload(PreparedForm.form))
        .where(PreparedForm.sitting_id == sitting_id, PreparedForm.learner_id == learner_id)
    )


def _holds(
    session: Session,
    form: Form,
    blueprint_revision_id: int,
    sitting: Sitting,
    state: str | None,
    hidden: frozenset[str],
) -> bool:
    """Whether a form made for a learner can be served now: nothing of it changed, is retired or held back."""
    if current_blueprint(session, sitting.blueprint_id or "").revision_id != blueprint_revision_id:
        return False
    live = {item.revision_id for item in live_items(session, state)}
    return all(entry["revision"] in live and entry["item"] not in hidden for entry in form.entries)


def _remove(session: Session, prepared: PreparedForm) -> None:
    session.delete(prepared)
    session.flush()
    session.delete(prepared.form)
    session.flush()
