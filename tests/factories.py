"""Rows with working defaults. Each is flushed, so that it has its id; the client commits before a request."""

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.accounts import passwords
from quizapp.accounts.models import Membership, Programme, User
from quizapp.banks.models import Blueprint, BlueprintRevision, Item
from quizapp.cohorts.models import Cohort
from quizapp.cohorts.services import create_cohort, join_by_code
from quizapp.cohorts.sitting_models import Sitting
from quizapp.cohorts.sitting_services import Plan, create_sitting
from quizapp.concerns.models import Concern
from quizapp.core.assembly import Candidate
from quizapp.core.deadline import Timing
from quizapp.exams import practising, starting
from quizapp.exams.loading import open_item
from quizapp.exams.models import MOCK, PRACTICE, Attempt

NOW = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
PASSWORD = "a calm river walk"
PASSWORD_HASH = passwords.CHEAP.hash(PASSWORD)

Row = TypeVar("Row")

_numbers = itertools.count(1)


def make_user(session: Session, name: str = "Alex", **columns: Any) -> User:
    """A verified person whose password is PASSWORD."""
    defaults: dict[str, Any] = {
        "email": f"{name.lower()}-{next(_numbers)}@example.org",
        "password_hash": PASSWORD_HASH,
        "time_zone": "America/New_York",
        "verified_at": NOW,
        "created_at": NOW,
    }
    return _add(session, User(name=name, **(defaults | columns)))


def make_programme(session: Session, name: str | None = None, **columns: Any) -> Programme:
    defaults: dict[str, Any] = {"time_zone": "America/New_York", "created_at": NOW}
    return _add(session, Programme(name=name or f"Programme {next(_numbers)}", **(defaults | columns)))


def make_membership(session: Session, programme: Programme, user: User, role: str = "learner") -> Membership:
    return _add(session, Membership(programme_id=programme.id, user_id=user.id, role=role, joined_at=NOW))


def make_cohort(
    session: Session, programme: Programme, name: str | None = None, *, now: datetime = NOW
) -> Cohort:
    """An open group with a code that works from `now`."""
    days = {"starts_on": date(2026, 3, 1), "ends_on": date(2026, 6, 30)}
    made = create_cohort(session, programme.id, name=name or f"Group {next(_numbers)}", now=now, **days)
    assert made
    return made


def make_member(session: Session, cohort: Cohort, user: User, now: datetime = NOW) -> None:
    """Let a person join by the code of the group."""
    join_by_code(session, cohort.join_code, user.id, now=now)
    session.flush()


def make_sitting(
    session: Session, cohort: Cohort, people: list[User] | None = None, **changed: Any
) -> Sitting:
    """A mock sitting that is open from an hour before NOW to a day after; for all of a group, or for some."""
    plan: dict[str, Any] = {
        "name": "Mock exam in week 6",
        "mode": "mock",
        "blueprint_id": "house_readiness",
        "focus": None,
        "size": None,
        "opens_at": NOW - timedelta(hours=1),
        "closes_at": NOW + timedelta(days=1),
        "attempt_limit": 1,
        "feedback": "end",
    }
    if changed.get("mode") == "practice":
        focus = {"kind": "domain", "key": "role_and_values"}
        plan |= {"blueprint_id": None, "focus": focus, "size": 5, "feedback": "each"}
    chosen = None if people is None else [person.id for person in people]
    return create_sitting(session, cohort, Plan(people=chosen, **(plan | changed)), now=NOW)


def _add(session: Session, row: Row) -> Row:
    session.add(row)
    session.flush()
    return row


def make_mock(
    app: Flask,
    session: Session,
    learner: User,
    blueprint: str = "house_readiness",
    *,
    multiplier: str = "1",
    now: datetime = NOW,
) -> int:
    """The id of an open mock of the learner's; needs `content`."""
    session.commit()
    with app.app_context():
        attempt_id = starting.start_mock(session, learner.id, learner.state, blueprint, multiplier, now)
    session.commit()
    return attempt_id


def give_breaks(session: Session, *breaks: tuple[int, int], blueprint: str = "house_readiness") -> None:
    """Let mocks of a blueprint that start from now on have breaks: (after item, minutes); needs `content`."""
    revision = session.scalars(
        select(BlueprintRevision).where(BlueprintRevision.blueprint_id == blueprint)
    ).one()
    offered = [{"after_item": after, "minutes": minutes} for after, minutes in breaks]
    revision.content = revision.content | {"breaks": offered}
    session.commit()


def make_blueprint_with_breaks(session: Session, *breaks: tuple[int, int]) -> str:
    """The id of another blueprint, like the house check but with breaks: (after item, minutes)."""
    house = session.scalars(
        select(BlueprintRevision).where(BlueprintRevision.blueprint_id == "house_readiness")
    ).one()
    own = {
        "id": "house_with_breaks",
        "name": "House check with breaks",
        "short_name": "Check with breaks",
        "breaks": [{"after_item": after, "minutes": minutes} for after, minutes in breaks],
    }
    blueprint = _add(session, Blueprint(id=own["id"], path="house_with_breaks.yaml"))
    revision = BlueprintRevision(
        blueprint_id=blueprint.id, content_hash="breaks", content=house.content | own, created_at=NOW
    )
    blueprint.current_revision_id = _add(session, revision).id
    session.flush()
    return blueprint.id


def make_practice(
    app: Flask, session: Session, learner: User, topic: str, size: int = 5, *, now: datetime = NOW
) -> int:
    """The id of an open practice set about "domain:..." or "principle:..."; needs `content`."""
    kind, _, key = topic.partition(":")
    session.commit()
    with app.app_context():
        focus = [starting.PracticeFocus(kind=kind, key=key)]
        attempt = starting.start_practice(session, learner.id, learner.state, focus, size, now)
    session.commit()
    return attempt.id


def answer_practice(session: Session, learner: User, attempt_id: int, position: int = 1) -> None:
    """Answer an item of a practice set with its key."""
    opened = open_item(session, PRACTICE, learner.id, attempt_id, position)
    key, _ = opened.kind.sample_answers(opened.item)
    assert practising.answer_item(session, opened, key, 30_000, NOW, [])
    session.commit()


def make_concern(session: Session, learner: User, item_id: str = "wrr-0001", **columns: Any) -> Concern:
    """An open report of an item; needs `content`."""
    revision_id = session.get_one(Item, item_id).current_revision_id
    made = {"learner_id": learner.id, "item_id": item_id, "revision_id": revision_id, "kind": "wrong"}
    return _add(session, Concern(**(made | {"reported_at": NOW, "changed_at": NOW} | columns)))


def make_set(
    session: Session, learner_id: int, item_ids: list[str], *, mode: str = PRACTICE, now: datetime = NOW
) -> int:
    """The id of an attempt with just these items, in this order: practice, or a house mock of 75 minutes."""
    rows = {row.id: row for row in session.scalars(select(Item).where(Item.id.in_(item_ids)))}
    chosen = [
        Candidate(item_id=row.id, revision_id=row.current_revision_id, domain=row.domain, situation="")
        for row in map(rows.__getitem__, item_ids)
        if row.current_revision_id
    ]
    entries = starting.pin(session, [(each, each.domain) for each in chosen], 7)
    form = starting.add_form(session, entries, 7, now)
    exam: dict[str, Any] = {}
    timing = Timing(started_at=now, grace_seconds=0)
    if mode == MOCK:
        revision = select(BlueprintRevision).where(BlueprintRevision.blueprint_id == "house_readiness")
        exam = {
            "blueprint_id": "house_readiness",
            "blueprint_revision_id": session.scalars(revision).one().id,
        }
        timing = Timing(started_at=now, limit_seconds=75 * 60, multiplier_percent=100)
    columns = starting.timing_columns(timing) | exam
    attempt = Attempt(
        learner_id=learner_id, mode=mode, form_id=form.id, item_count=len(chosen), focus=None, **columns
    )
    return _add(session, attempt).id
