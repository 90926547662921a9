"""Running totals: whatever was done in which order, they are what a recount of the answers gives."""

from collections import defaultdict
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.accounts.models import User
from quizapp.banks.models import ItemRevision
from quizapp.banks.queries import catalogue
from quizapp.core.items import ITEM_TYPES, Item
from quizapp.core.items.single_best import SingleBestItem
from quizapp.direct import Direct
from quizapp.exams import handing_in, practising, starting
from quizapp.exams.loading import open_item
from quizapp.exams.models import MOCK, PRACTICE, ItemResponse
from quizapp.exams.saving import Change, record_change
from quizapp.exams.scored import Scored, ScoredAnswer
from quizapp.exams.starting import PracticeFocus
from quizapp.progress.models import Rollup
from quizapp.progress.services import tally, update_rollups
from tests.exams.walk import change_id, single_best
from tests.factories import NOW

Totals = dict[tuple[str, str], list[int]]
# What a learner does next: a practice set in one of the domains, or a mock; and what is chosen at each item
# (0: the key, 1-2: something else, 3: left out).
sessions = st.lists(
    st.tuples(
        st.sampled_from(["practice", "practice", "mock"]),
        st.integers(0, 10),
        st.lists(st.integers(0, 3), min_size=5, max_size=5),
    ),
    min_size=1,
    max_size=6,
)


@pytest.fixture
def learner_id(session: Session, content: None, alice: User) -> int:
    """Alice's id, with what an example's rollback must leave alone committed."""
    session.commit()
    return alice.id


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sessions)
@example([("practice", 8, [3] * 5), ("practice", 8, [1] * 5), ("practice", 8, [0] * 5), ("mock", 0, [1] * 5)])
def test_totals_are_a_recount_of_the_answers(
    app: Flask, session: Session, learner_id: int, done: list[tuple[str, int, list[int]]]
) -> None:
    session.rollback()  # of an example that failed
    with app.app_context():
        for number, (mode, domain, chosen) in enumerate(done):
            act = practise if mode == "practice" else sit_mock
            act(session, learner_id, domain, chosen, NOW + timedelta(hours=number))
        session.expire_all()
        stored = session.scalars(select(Rollup).where(Rollup.learner_id == learner_id)).all()
        found = {
            (row.kind, row.key): [row.n, row.hits, row.first_n, row.first_hits, row.milliseconds]
            for row in stored
        }
        assert found == recount(session)
    session.rollback()


def practise(session: Session, learner_id: int, domain: int, chosen: list[int], now: datetime) -> None:
    domains = sorted({item.domain for item in catalogue(session).items})
    focus = [PracticeFocus(kind="domain", key=domains[domain])]
    attempt = starting.start_practice(session, learner_id, None, focus, 5, now)
    for position, choice in zip(range(1, attempt.item_count + 1), chosen, strict=False):
        opened = open_item(session, PRACTICE, learner_id, attempt.id, position)
        if choice == 3:
            practising.skip_item(session, opened, now, ())
        else:
            answer = _answer(opened.item, choice)
            practising.answer_item(session, opened, answer, 1000, now, [update_rollups])
            assert not practising.answer_item(session, opened, answer, 1000, now, [update_rollups])


def sit_mock(session: Session, learner_id: int, _domain: int, chosen: list[int], now: datetime) -> None:
    attempt_id = starting.start_mock(session, learner_id, None, "house_readiness", "1", now)
    for position, choice in enumerate(chosen, start=1):
        opened = open_item(session, MOCK, learner_id, attempt_id, position)
        if choice < 3:
            change = Change(
                base=0,
                change_id=change_id(),
                answer=_answer(opened.item, choice),
                is_flagged=False,
                milliseconds=1,
            )
            record_change(Direct.within(session), opened, change, now)
    for _twice in range(2):
        handing_in.submit_attempt(session, attempt_id, now, [update_rollups])


def _answer(item: Item, choice: int) -> dict[str, Any]:
    assert isinstance(item, SingleBestItem)
    key = [option.key for option in item.options].index(True)
    return {"option": (key + choice) % len(item.options)}


def recount(session: Session) -> Totals:
    """The totals from the stored answers and the items themselves, the first time told by time alone."""
    items = {
        row.id: single_best(row.content)
        for row in session.execute(select(ItemRevision.id, ItemRevision.content))
    }
    totals: Totals = defaultdict(lambda: [0, 0, 0, 0, 0])
    met: set[str] = set()
    rows = session.scalars(
        select(ItemResponse).order_by(ItemResponse.scored_at, ItemResponse.attempt_id, ItemResponse.position)
    ).all()
    for row in rows:
        item, is_first = items[row.revision_id], row.item_id not in met
        if row.outcome != "skipped":
            met.add(row.item_id)
        if row.answer is None:
            continue
        assert row.is_first_exposure == is_first
        option = item.options[row.answer["option"]]
        told = {(("domain"), item.domain): option.key, ("principle", item.principle): option.key}
        for each in item.options:
            if each.misstep and each.misstep != "fact_error":
                key = ("misstep", each.misstep)
                told[key] = told.get(key, False) or option.misstep == each.misstep
        for key, is_hit in told.items():
            for place, counts in enumerate((True, is_hit, is_first, is_first and is_hit)):
                totals[key][place] += counts
            totals[key][-1] += row.milliseconds
    return dict(totals)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_one_statement_adds_to_what_is_there(session: Session, alice: User) -> None:
    answer = ScoredAnswer(
        domain="role_and_values",
        principle="dignity",
        share=Fraction(0),
        is_first_exposure=True,
        milliseconds=90 * 60 * 1000,
        missteps_offered=frozenset({"fix_it", "rescue"}),
        missteps_chosen=frozenset({"fix_it"}),
    )
    for hour in range(2):
        update_rollups(
            session, Scored(learner_id=alice.id, at=NOW + timedelta(hours=hour), answers=(answer, answer))
        )
    rows = session.scalars(select(Rollup).order_by(Rollup.kind, Rollup.key)).all()
    assert [(row.kind, row.key, row.n, row.hits, row.first_n, row.first_hits) for row in rows] == [
        ("domain", "role_and_values", 4, 0, 4, 0),
        ("misstep", "fix_it", 4, 4, 4, 4),
        ("misstep", "rescue", 4, 0, 4, 0),
        ("principle", "dignity", 4, 0, 4, 0),
    ]
    assert {row.milliseconds for row in rows} == {4 * 10 * 60 * 1000}, "ten minutes an item at most"
    assert {row.last_at for row in rows} == {NOW + timedelta(hours=1)}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nothing_scored_writes_nothing(session: Session, alice: User) -> None:
    update_rollups(session, Scored(learner_id=alice.id, at=NOW, answers=()))
    assert not session.scalars(select(Rollup)).all()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_spotting_a_misstep_or_a_wrong_fact_is_no_misstep_of_the_learner(
    session: Session, content: None
) -> None:
    items = [single_best(row) for row in session.scalars(select(ItemRevision.content))]
    spotting = [item for item in items if item.kind == "spot_misstep"]
    assert spotting
    for item in spotting:
        kind = ITEM_TYPES[item.type]
        for index in range(len(item.options)):
            assert not kind.missteps_chosen(item, {"option": index})
        assert not kind.missteps_offered(item)
    for item in items:
        assert "fact_error" not in ITEM_TYPES[item.type].missteps_offered(item)


def test_tally_counts_a_misstep_once_for_each_answer_that_offered_it() -> None:
    answers = tuple(
        ScoredAnswer(
            domain="d",
            principle="p",
            share=Fraction(not chosen),
            is_first_exposure=is_first,
            milliseconds=10,
            missteps_offered=frozenset({"m"}),
            missteps_chosen=frozenset({"m"} if chosen else ()),
        )
        for chosen, is_first in ((True, True), (False, True), (True, False))
    )
    found = tally(answers)["misstep", "m"]
    assert (found.n, found.hits, found.first_n, found.first_hits, found.milliseconds) == (3, 2, 2, 1, 30)
