"""`quizapp attempts prepare`: forms made before a sitting, and the starts that take them."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from quizapp.accounts.models import User
from quizapp.banks.models import Blueprint, BlueprintRevision, Item, ItemRevision
from quizapp.banks.withdrawing import withdraw
from quizapp.cohorts.models import Cohort
from quizapp.cohorts.services import leave
from quizapp.cohorts.sitting_models import PreparedForm, Sitting
from quizapp.exams.models import Attempt, Form
from tests.cohorts.test_sitting_start import begin, begin_exam
from tests.exams.hosts import on_hosts
from tests.exams.test_at_once import at_once
from tests.exams.walk import HOUSE, ICRC, everything, forget_catalogue
from tests.factories import NOW, make_member, make_mock, make_sitting, make_user

pytestmark = pytest.mark.usefixtures("content")
Command = Callable[..., Result]
Browser = Callable[[User], FlaskClient]


@pytest.fixture
def people(session: Session, cohort: Cohort, alice: User) -> list[User]:
    """Alice, Dana and Eve, who are in the group."""
    everybody = [alice, make_user(session, "Dana"), make_user(session, "Eve")]
    for person in everybody:
        make_member(session, cohort, person)
    return everybody


@pytest.fixture
def sitting(session: Session, cohort: Cohort, people: list[User]) -> Sitting:
    return make_sitting(session, cohort)


@pytest.fixture
def prepare(command: Command, sitting: Sitting) -> Callable[[], str]:
    """Runs the command; what it prints."""

    def run() -> str:
        result = command("attempts", "prepare", str(sitting.id))
        assert result.exit_code == 0, result.output
        return result.stdout.splitlines()[-1]

    return run


def form_of(session: Session, person: User) -> int | None:
    return session.scalar(select(PreparedForm.form_id).where(PreparedForm.learner_id == person.id))


def entries(session: Session) -> list[dict[str, Any]]:
    """The items of the only attempt."""
    found: list[dict[str, Any]] = session.scalars(select(Form.entries).join(Attempt)).one()
    return found


def test_a_form_each_and_a_second_run_keeps_them(
    prepare: Callable[[], str], session: Session, people: list[User]
) -> None:
    assert prepare() == "3 made, 0 kept, 0 renewed, 0 skipped, 0 removed"
    before = everything(session)
    assert prepare() == "0 made, 3 kept, 0 renewed, 0 skipped, 0 removed"
    assert everything(session) == before
    assert len({form_of(session, person) for person in people}) == 3


def test_the_start_takes_the_form_once(
    prepare: Callable[[], str],
    learner: FlaskClient,
    session: Session,
    cohort: Cohort,
    sitting: Sitting,
    alice: User,
) -> None:
    sitting.attempt_limit = 2
    prepare()
    ready = form_of(session, alice)
    begin_exam(learner, sitting).hand_in()
    begin_exam(learner, sitting)
    forms = session.scalars(select(Attempt.form_id).order_by(Attempt.sitting_number)).all()
    assert forms[0] == ready
    assert forms[1] != ready
    assert form_of(session, alice) is None
    assert prepare() == "0 made, 2 kept, 0 renewed, 0 skipped, 0 removed", "who has started needs none"


def test_who_has_started_or_left_gets_none(
    prepare: Callable[[], str],
    learner: FlaskClient,
    session: Session,
    sitting: Sitting,
    cohort: Cohort,
    people: list[User],
) -> None:
    begin_exam(learner, sitting)
    assert prepare() == "2 made, 0 kept, 0 renewed, 0 skipped, 0 removed"
    leave(session, cohort, people[1].id, now=NOW)
    assert prepare() == "0 made, 1 kept, 0 renewed, 0 skipped, 1 removed"
    sitting.cancelled_at = NOW
    assert prepare() == "0 made, 0 kept, 0 renewed, 0 skipped, 1 removed"
    assert session.scalar(select(func.count()).select_from(Form)) == 1


def retire(session: Session, item_id: str) -> None:
    session.execute(update(Item).where(Item.id == item_id).values(status="retired"))


def revise(session: Session, item_id: str) -> None:
    content = session.scalars(select(ItemRevision.content).where(ItemRevision.item_id == item_id)).one()
    revision = ItemRevision(item_id=item_id, content_hash="new", content=content, created_at=NOW)
    session.add(revision)
    session.flush()
    session.execute(update(Item).where(Item.id == item_id).values(current_revision_id=revision.id))


def revise_blueprint(session: Session, _item_id: str) -> None:
    add_revision(session, HOUSE)


def add_revision(session: Session, blueprint_id: str, **changed: Any) -> None:
    """Another revision of an exam, which stands from now on."""
    content = session.scalars(
        select(BlueprintRevision.content).where(BlueprintRevision.blueprint_id == blueprint_id)
    ).one()
    revision = BlueprintRevision(
        blueprint_id=blueprint_id, content_hash="new", content=content | changed, created_at=NOW
    )
    session.add(revision)
    session.flush()
    wanted = update(Blueprint).where(Blueprint.id == blueprint_id)
    session.execute(wanted.values(current_revision_id=revision.id))


@pytest.mark.parametrize("change", [retire, revise, revise_blueprint])
def test_what_is_out_of_date_is_not_served(
    prepare: Callable[[], str],
    learner: FlaskClient,
    app: Flask,
    session: Session,
    sitting: Sitting,
    alice: User,
    change: Callable[[Session, str], None],
) -> None:
    prepare()
    ready = form_of(session, alice)
    first = session.get_one(Form, ready).entries[0]
    change(session, first["item"])
    forget_catalogue(app)
    begin_exam(learner, sitting)
    attempt = session.scalars(select(Attempt)).one()
    assert attempt.form_id != ready
    assert first["revision"] not in [entry["revision"] for entry in entries(session)] or (
        change is revise_blueprint
    )
    assert session.get(Form, ready) is None
    told = prepare()
    assert told.startswith(("0 made, 0 kept, 2 renewed", "0 made, 1 kept, 1 renewed", "0 made, 2 kept"))
    assert prepare() == "0 made, 2 kept, 0 renewed, 0 skipped, 0 removed"


def test_what_another_exam_holds_back_is_not_served(
    prepare: Callable[[], str],
    learner: FlaskClient,
    app: Flask,
    session: Session,
    sitting: Sitting,
    alice: User,
) -> None:
    prepare()
    ready = form_of(session, alice)
    make_mock(app, session, alice, ICRC)  # 75 of the 80 items
    begin_exam(learner, sitting)
    assert session.scalars(select(Attempt.form_id).where(Attempt.sitting_id.is_not(None))).one() != ready


def test_a_form_with_a_withdrawn_item_is_not_served(
    prepare: Callable[[], str],
    learner: FlaskClient,
    session: Session,
    sitting: Sitting,
    alice: User,
) -> None:
    prepare()
    ready = form_of(session, alice)
    gone = session.get_one(Form, ready).entries[0]["item"]
    withdraw(session, gone, NOW)
    begin_exam(learner, sitting)  # in a process that keeps the content of a moment ago
    assert session.scalars(select(Attempt.form_id)).one() != ready
    assert gone not in [entry["item"] for entry in entries(session)]


def test_what_cannot_be_made_without_it_is_left_to_the_start(
    prepare: Callable[[], str],
    learner: FlaskClient,
    app: Flask,
    session: Session,
    sitting: Sitting,
    alice: User,
) -> None:
    make_mock(app, session, alice, ICRC)
    assert prepare() == "2 made, 0 kept, 0 renewed, 1 skipped, 0 removed"
    begin_exam(learner, sitting)


@pytest.mark.parametrize("number", ["0", "practice"])
def test_only_a_mock_sitting_is_prepared(
    command: Command, session: Session, cohort: Cohort, number: str
) -> None:
    practice = make_sitting(session, cohort, mode="practice")
    result = command("attempts", "prepare", number if number == "0" else str(practice.id))
    assert result.exit_code == 1
    assert "There is no mock sitting" in result.output


def test_a_start_costs_the_same_for_any_length(
    command: Command,
    browser: Browser,
    app: Flask,
    session: Session,
    cohort: Cohort,
    people: list[User],
    statements: list[str],
) -> None:
    content = session.scalars(
        select(BlueprintRevision.content).where(BlueprintRevision.blueprint_id == HOUSE)
    ).one()
    first_ten = dict.fromkeys(list(content["form"])[:10], 1)
    add_revision(session, HOUSE, items=10, form=first_ten)
    short, long = (make_sitting(session, cohort, blueprint_id=each) for each in (HOUSE, ICRC))
    costs: dict[bool, list[int]] = {False: [], True: []}
    for person, is_prepared in ((people[0], False), (people[1], True)):
        client = browser(person)
        client.get("/practice")
        for sitting, length in ((short, 10), (long, 75)):
            if is_prepared:
                assert "made" in command("attempts", "prepare", str(sitting.id)).output
            session.commit()
            statements.clear()
            begin(client, sitting)
            costs[is_prepared].append(len(statements))
            attempt = session.scalars(select(Attempt).order_by(Attempt.id.desc())).first()
            assert attempt
            assert attempt.item_count == length
            client.post(f"/attempts/{attempt.id}/hand-in")
    assert costs[False][0] == costs[False][1]
    assert costs[True][0] == costs[True][1] <= costs[False][0]


def test_fifty_starts_make_one_attempt_of_the_form_that_is_ready(
    command: Command, app: Flask, session: Session, sitting: Sitting, alice: User, sign_in: Any
) -> None:
    command("attempts", "prepare", str(sitting.id))
    path, ready = f"/sittings/{sitting.id}/start", form_of(session, alice)
    tabs = [app.test_client() for _tab in range(50)]
    for tab in tabs:
        sign_in(tab, alice)
    session.commit()
    answers = at_once([partial(tab.post, path) for tab in tabs])
    assert len({answer.location for answer in answers}) == 1
    session.expire_all()
    assert session.scalars(select(Attempt.form_id)).all() == [ready]
    assert session.scalar(select(func.count()).select_from(Form)) == 3, "two of others are ready"


@pytest.mark.slow
def test_preparing_on_several_hosts_while_people_start(
    app: Flask, session: Session, database_url: str, sitting: Sitting, people: list[User], sign_in: Any
) -> None:
    tabs = [app.test_client() for _person in people]
    for tab, person in zip(tabs, people, strict=True):
        sign_in(tab, person)
    starts: list[Callable[[], object]] = [
        partial(tab.post, f"/sittings/{sitting.id}/start") for tab in tabs[:2]
    ]
    words = ("attempts", "prepare", str(sitting.id))
    session.commit()  # an open transaction of the test would hold SQLite's only write lock
    answers = on_hosts(3, database_url, NOW, *words, meanwhile=lambda: at_once(starts))
    assert {answer.split()[0] for answer in answers} == {"0"}, answers
    session.expire_all()
    assert len(session.scalars(select(Attempt)).all()) == 2
    assert session.scalars(select(PreparedForm.learner_id)).all() == [people[2].id]
    assert session.scalar(select(func.count()).select_from(Form)) == 3


def test_a_sitting_that_is_over_is_swept(
    prepare: Callable[[], str], session: Session, sitting: Sitting
) -> None:
    prepare()
    sitting.opens_at, sitting.closes_at = NOW - timedelta(hours=2), NOW
    assert prepare() == "0 made, 0 kept, 0 renewed, 0 skipped, 3 removed"
