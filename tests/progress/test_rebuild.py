"""`quizapp rollups rebuild`: finds what is wrong with running totals, and mends it beside running answers."""

import random
import threading
from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from quizapp.accounts.models import User
from quizapp.banks.models import Item
from quizapp.db import Database
from quizapp.exams import practising
from quizapp.exams.loading import open_item
from quizapp.exams.models import PRACTICE
from quizapp.exams.scored import Scored, ScoredAnswer
from quizapp.progress.models import Rollup
from quizapp.progress.rebuilding import Recount, mend
from quizapp.progress.services import update_rollups
from tests.factories import NOW, make_practice
from tests.progress.test_rollups import practise, sessions, sit_mock

Command = Callable[..., Result]
COLUMNS = ("n", "hits", "first_n", "first_hits", "milliseconds", "last_at")


@pytest.fixture
def learner_id(session: Session, content: None, alice: User) -> int:
    session.commit()
    return alice.id


@pytest.fixture
def history(app: Flask, session: Session, learner_id: int) -> int:
    """The id of a learner who has practised and sat a mock."""
    with app.app_context():
        practise(session, learner_id, 1, [0, 1, 2, 3, 0], NOW)
        sit_mock(session, learner_id, 0, [0, 1, 0, 3, 2], NOW + timedelta(hours=1))
        practise(session, learner_id, 1, [0, 0, 1, 1, 0], NOW + timedelta(hours=2))
    session.commit()
    return learner_id


def totals(session: Session) -> list[Any]:
    session.expire_all()
    columns = [getattr(Rollup, name) for name in ("learner_id", "kind", "key", *COLUMNS)]
    return list(session.execute(select(*columns).order_by(*columns[:3])).all())


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sessions, st.integers(0, 2**32))
def test_recount_gives_the_running_totals_and_mends_what_was_changed(
    app: Flask, session: Session, learner_id: int, done: list[tuple[str, int, list[int]]], seed: int
) -> None:
    session.rollback()  # of an example that failed
    rng = random.Random(seed)
    with app.app_context():
        for number, (mode, domain, chosen) in enumerate(done):
            act = practise if mode == "practice" else sit_mock
            # Not in the order of time: a mock that ran out is scored as of its end.
            act(session, learner_id, domain, chosen, NOW + timedelta(hours=number * 7 % 5))
        session.flush()
        before = totals(session)
        assert Recount().differences(session, learner_id) == []
        if before:
            tamper(session, rng, before)
            recount = Recount()
            found = recount.differences(session, learner_id)
            assert found
            mend(session, found)
            assert totals(session) == before
            assert recount.differences(session, learner_id) == []
    session.rollback()


def tamper(session: Session, rng: random.Random, rows: list[Any]) -> None:
    """Change, remove or invent a total."""
    row = rng.choice(rows)
    place = (Rollup.learner_id == row.learner_id, Rollup.kind == row.kind, Rollup.key == row.key)
    what = rng.randrange(4)
    if what == 0:
        session.execute(delete(Rollup).where(*place))
    elif what == 1:
        session.execute(update(Rollup).where(*place).values(milliseconds=row.milliseconds + 1))
    elif what == 2:
        session.execute(update(Rollup).where(*place).values(last_at=row.last_at + timedelta(seconds=1)))
    else:
        zero = dict.fromkeys(("n", "hits", "first_n", "first_hits"), 0)
        session.add(Rollup(learner_id=row.learner_id, kind="misstep", key="invented", last_at=NOW, **zero))
        session.flush()


def test_check_finds_nothing_in_totals_that_are_right(command: Command, history: int) -> None:
    done = command("rollups", "rebuild", "--check")
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "1 people, 0 totals differ")


def test_check_names_what_differs_and_changes_nothing(
    command: Command, session: Session, history: int
) -> None:
    domain = session.scalars(select(Rollup).where(Rollup.kind == "domain").order_by(Rollup.key)).first()
    assert domain
    name, right = domain.key, domain.n
    domain.n += 2
    session.commit()
    changed = totals(session)
    done = command("rollups", "rebuild", "--check")
    assert done.exit_code == 1
    assert f"learner {history}, domain {name}: is n {right + 2}, should be n {right}" in done.stdout
    assert totals(session) == changed


def test_rebuild_mends_every_total(command: Command, session: Session, history: int) -> None:
    right = totals(session)
    assert len(right) > 10
    session.execute(delete(Rollup).where(Rollup.kind == "misstep"))
    session.execute(update(Rollup).where(Rollup.kind == "domain").values(first_hits=0, milliseconds=7))
    assert command("rollups", "rebuild").exit_code == 0
    assert totals(session) == right
    assert command("rollups", "rebuild").stdout.splitlines()[-1] == "1 people, 0 totals mended"


def test_an_answer_counts_for_the_revision_that_was_answered(
    command: Command, session: Session, history: int
) -> None:
    session.execute(update(Item).values(domain="moved", principle="renamed", missteps=["other"]))
    assert command("rollups", "rebuild", "--check").exit_code == 0


def test_a_mock_that_ran_out_does_not_take_back_when_a_learner_was_last_active(
    session: Session, learner_id: int
) -> None:
    answer = ScoredAnswer(
        domain="d",
        principle="p",
        share=Fraction(1),
        is_first_exposure=True,
        milliseconds=1,
        missteps_offered=frozenset(),
        missteps_chosen=frozenset(),
    )
    for at in (NOW, NOW - timedelta(days=1)):
        update_rollups(session, Scored(learner_id=learner_id, at=at, answers=(answer,)))
    assert set(session.scalars(select(Rollup.last_at))) == {NOW}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_total_that_changed_meanwhile_is_not_overwritten(
    app: Flask, session: Session, history: int
) -> None:
    """On SQLite nobody can write in between: the rebuild's transaction begins as a writing one."""
    session.execute(update(Rollup).where(Rollup.kind == "domain").values(n=Rollup.n + 1))
    session.commit()
    database: Database = app.extensions["database"]
    with database.open_steady_session() as rebuild:
        found = Recount().differences(rebuild, history)
        session.execute(update(Rollup).where(Rollup.kind == "domain").values(n=Rollup.n + 5))
        session.commit()
        with pytest.raises(DBAPIError):
            mend(rebuild, found)
    session.expire_all()


def test_rebuild_beside_running_answers_loses_none(
    app: Flask, command: Command, session: Session, history: int, alice: User
) -> None:
    sets = [make_practice(app, session, alice, "domain:role_and_values", 5) for _ in range(8)]
    failures: list[BaseException] = []
    database: Database = app.extensions["database"]

    def answer() -> None:
        try:
            with app.app_context():
                for attempt_id in sets:
                    for position in range(1, 6):
                        with database.open_session() as own:
                            opened = open_item(own, PRACTICE, history, attempt_id, position)
                            right, _wrong = opened.kind.sample_answers(opened.item)
                            practising.answer_item(own, opened, right, 10, NOW, [update_rollups])
                            own.commit()
        except BaseException as error:
            failures.append(error)

    answering = threading.Thread(target=answer)
    answering.start()
    while answering.is_alive():
        session.execute(update(Rollup).where(Rollup.kind == "principle").values(n=Rollup.n + 1))
        session.commit()
        assert command("rollups", "rebuild").exit_code == 0
    answering.join()
    assert not failures
    assert command("rollups", "rebuild").exit_code == 0
    assert command("rollups", "rebuild", "--check").exit_code == 0
