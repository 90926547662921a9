"""The demo programme: people to sign in as, one of them with weeks of history made by the real services."""

import random
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from flask import current_app
from sqlalchemy.orm import Session

from quizapp.accounts import passwords, queries, services
from quizapp.accounts.models import User
from quizapp.banks.queries import catalogue
from quizapp.cohorts.models import Cohort
from quizapp.cohorts.services import create_cohort, join_by_code
from quizapp.cohorts.sitting_services import Plan, create_sitting
from quizapp.core.certainty import LEVELS
from quizapp.core.items import Answer
from quizapp.direct import Direct
from quizapp.exams import handing_in, practising, starting
from quizapp.exams.forms import new_change_id
from quizapp.exams.loading import OpenedItem, open_item
from quizapp.exams.models import AFTER_EACH, AFTER_END, MOCK, PRACTICE
from quizapp.exams.saving import Change, record_change
from quizapp.exams.scored import OnScored
from quizapp.exams.starting import PracticeFocus
from quizapp.progress.queries import HOUSE

PROGRAMME = "Demo programme"
GROUP = "Evening course"
SET_COUNT = 14
SETS_WITHOUT_CERTAINTY = 5  # the first ones: later the learner says how sure they are, too
# The history begins this long ago, with a set every second or third day and a mock before the last week.
WEEKS = 5


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """One of the demo's people; `role` is None for the administrator."""

    email: str
    name: str
    role: str | None
    note: str


PEOPLE = (
    DemoPerson("rosa@demo.example", "Rosa", "learner", "a learner with weeks of history"),
    DemoPerson("sam@demo.example", "Sam", "learner", "a learner who starts today"),
    DemoPerson("tess@demo.example", "Tess", "trainer", "a trainer"),
    DemoPerson("colin@demo.example", "Colin", "coordinator", "a coordinator"),
    DemoPerson("ada@demo.example", "Ada", None, "the administrator"),
)


def is_made(session: Session) -> bool:
    return queries.find_programme(session, PROGRAMME) is not None


def make(session: Session, now: datetime, time_zone: str) -> list[tuple[DemoPerson, str]]:
    """Make the programme and its people; each with their password."""
    programme = services.create_programme(session, name=PROGRAMME, time_zone=time_zone, now=now)
    if programme is None:
        raise ValueError("the demo programme is already there")
    began = now - timedelta(weeks=WEEKS)
    made = []
    for person in PEOPLE:
        password = secrets.token_urlsafe(9)
        user = _make_person(session, person, password, began, time_zone)
        if person.role:
            services.join(session, programme.id, user.id, person.role, now=began)
        made.append((person, password))
    _make_group(session, programme.id, began, now)
    return made


def _make_group(session: Session, programme_id: int, began: datetime, now: datetime) -> None:
    """A group of both learners, with a code that works from today."""
    first = began.date()
    last = first + timedelta(weeks=12)
    group = create_cohort(session, programme_id, name=GROUP, starts_on=first, ends_on=last, now=now)
    if group is None:
        raise ValueError("the demo's group is already there")
    for person, joined_at in zip(PEOPLE, (began, now), strict=False):
        learner = queries.find_user(session, person.email)
        if learner is None:
            raise ValueError("the demo's learners are not there")
        join_by_code(session, group.join_code, learner.id, now=joined_at)
    _give_sittings(session, group, now)


def _give_sittings(session: Session, group: Cohort, now: datetime) -> None:
    """A mock exam that is open for two weeks, and practice that opens next week."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    mock = Plan(
        name="Readiness check in week 6",
        mode=MOCK,
        blueprint_id=HOUSE,
        focus=None,
        size=None,
        opens_at=hour - timedelta(days=1),
        closes_at=hour + timedelta(days=14),
        attempt_limit=2,
        feedback=AFTER_END,
        people=None,
    )
    practice = Plan(
        name="Ethics before week 7",
        mode=PRACTICE,
        blueprint_id=None,
        focus={"kind": "domain", "key": "ethics_boundaries_privacy"},
        size=10,
        opens_at=hour + timedelta(days=7),
        closes_at=hour + timedelta(days=14),
        attempt_limit=1,
        feedback=AFTER_EACH,
        people=None,
    )
    for plan in (mock, practice):
        create_sitting(session, group, plan, now=now)


def _make_person(session: Session, person: DemoPerson, password: str, now: datetime, time_zone: str) -> User:
    user = services.register(
        session,
        email=person.email,
        name=person.name,
        password_hash=passwords.hash_password(passwords.hasher(), password),
        time_zone=time_zone,
        now=now,
        is_verified=True,
        is_admin=person.role is None,
    )
    if user is None:
        raise ValueError(f"{person.email} already has an account")
    return user


def make_history(session: Session, now: datetime, on_step: Callable[[], None]) -> None:
    """Weeks of practice and a mock for the first person, as if answered then; better from week to week."""
    learner = queries.find_user(session, PEOPLE[0].email)
    if learner is None:
        raise ValueError("the demo's first learner is not there")
    rng, feeling = random.Random(7), random.Random(8)
    listeners = current_app.extensions["on_scored"]
    domains = sorted({item.domain for item in catalogue(session).items})
    for number in range(SET_COUNT):
        moment = now - timedelta(weeks=WEEKS) + timedelta(days=2.4 * number, minutes=rng.randrange(300))
        # Every second set is about one domain, as a learner would choose; the others are mixed.
        chosen = rng.sample(domains, 1 if number % 2 else len(domains))
        focus = [PracticeFocus(kind="domain", key=domain) for domain in chosen]
        skill = 0.5 + 0.35 * number / SET_COUNT
        felt = feeling if number >= SETS_WITHOUT_CERTAINTY else None
        _practise(session, learner.id, focus, moment, rng, skill, listeners, felt)
        on_step()
    _sit_mock(session, learner.id, now - timedelta(days=6), rng, listeners)
    learner.asks_certainty = True
    on_step()


STEPS = SET_COUNT + 1


def _practise(
    session: Session,
    learner_id: int,
    focus: Sequence[PracticeFocus],
    moment: datetime,
    rng: random.Random,
    skill: float,
    listeners: Sequence[OnScored],
    feeling: random.Random | None,
) -> None:
    """A set of five; with a feeling, the learner says how sure they are."""
    asks = feeling is not None
    attempt = starting.start_practice(session, learner_id, None, focus, 5, moment, asks_certainty=asks)
    for position in range(1, attempt.item_count + 1):
        opened = open_item(session, PRACTICE, learner_id, attempt.id, position)
        look = rng.randrange(25_000, 95_000)
        moment += timedelta(milliseconds=look)
        answer = _choose(opened, rng, skill)
        level = _level(opened, answer, feeling) if feeling and opened.asks_certainty else None
        practising.answer_item(session, opened, answer, look, moment, listeners, certainty=level)
        session.flush()


def _sit_mock(
    session: Session,
    learner_id: int,
    moment: datetime,
    rng: random.Random,
    listeners: Sequence[OnScored],
) -> None:
    attempt_id = starting.start_mock(session, learner_id, None, HOUSE, "1", moment)
    count = starting.current_blueprint(session, HOUSE).blueprint.items
    for position in range(1, count - 1):  # the last two stay open
        opened = open_item(session, MOCK, learner_id, attempt_id, position)
        look = rng.randrange(20_000, 80_000)
        moment += timedelta(milliseconds=look)
        change = Change(
            base=0,
            change_id=new_change_id(),
            answer=_choose(opened, rng, 0.74),
            is_flagged=rng.random() < 0.08,
            milliseconds=look,
        )
        record_change(Direct.within(session), opened, change, moment)
    handing_in.submit_attempt(session, attempt_id, moment, listeners)


def _level(opened: OpenedItem, answer: Answer, feeling: random.Random) -> int:
    """Mostly sure of what is right, and now and then of what is not."""
    is_right = answer == opened.kind.key_answer(opened.item)
    return feeling.choices(LEVELS, (14, 4, 1) if is_right else (3, 5, 8))[0]


def _choose(opened: OpenedItem, rng: random.Random, skill: float) -> Answer:
    right = opened.kind.key_answer(opened.item)
    if rng.random() < skill:
        return right
    return rng.choice([answer for answer in islice(opened.kind.patterns(opened.item), 50) if answer != right])


def write_passwords(path: Path, address: str, made: Sequence[tuple[DemoPerson, str]]) -> None:
    """Into a file that only its owner can read."""
    lines = [f"quizapp demo at {address}", ""]
    lines += [f"{person.email}  {password}  ({person.note})" for person, password in made]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text("\n".join(lines) + "\n")
