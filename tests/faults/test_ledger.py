"""A test of the test: a comparison that finds nothing wrong with a false ledger would prove nothing."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from quizapp.accounts.models import User
from quizapp.core.receipt import answer_hash
from quizapp.direct import Direct
from quizapp.exams.loading import open_item
from quizapp.exams.models import MOCK, ItemResponse, ResponseChange
from quizapp.exams.saving import Change, record_change
from tests.exams.walk import change_id
from tests.factories import NOW, make_mock
from tests.faults.ledger import Acknowledged, Ledger, audit

POSITION = 3


@pytest.fixture
def attempt_id(app: Flask, session: Session, content: None, alice: User) -> int:
    return make_mock(app, session, alice)


@pytest.fixture
def true_ledger(ledger: Ledger, session: Session, attempt_id: int, alice: User) -> Ledger:
    """Three versions of an answer, and a change that came too late to be one."""
    opened = open_item(session, MOCK, alice.id, attempt_id, POSITION)
    for base, option in ((0, 0), (1, 1), (2, None), (1, 2)):
        answer = None if option is None else {"option": option}
        change = Change(
            base=base, change_id=change_id(), answer=answer, is_flagged=option == 1, milliseconds=900
        )
        ledger.sent(attempt_id, POSITION, change.change_id)
        result = record_change(Direct.within(session), opened, change, NOW)
        stands = result.answer if result.outcome == "conflict" else answer
        ledger.write(
            Acknowledged(
                attempt_id=attempt_id,
                position=POSITION,
                change_id=change.change_id,
                base=base,
                answer=answer,
                is_flagged=change.is_flagged,
                outcome=result.outcome,
                version=result.version,
                hash=answer_hash(stands),
                asked_at=NOW.timestamp(),
            )
        )
    session.commit()
    return ledger


def test_a_true_ledger_agrees_with_the_database(true_ledger: Ledger, session: Session) -> None:
    found = true_ledger.audit(session)
    assert found.is_clean, str(found)
    assert [entry.outcome for entry in true_ledger.entries()] == ["saved", "saved", "saved", "conflict"]
    assert (found.acknowledged, found.told_again) == (4, 0)


@pytest.mark.parametrize(
    ("which", "changed", "wrong"),
    [
        (0, {"answer": {"option": 2}}, "changed"),
        (0, {"is_flagged": True}, "changed"),
        (0, {"hash": "0123456789ab"}, "changed"),
        (0, {"version": 2}, "changed"),
        (1, {"outcome": "late"}, "changed"),
        (2, {"version": 4}, "lost"),
        (2, {"answer": {"option": 1}}, "changed"),
        (3, {"outcome": "saved"}, "changed"),
        (3, {"change_id": "never-arrived"}, "lost"),
        (0, {"position": POSITION + 1}, "lost"),
    ],
)
def test_a_false_ledger_is_found_out(
    true_ledger: Ledger, session: Session, which: int, changed: dict[str, Any], wrong: str
) -> None:
    entries = true_ledger.entries()
    entries[which] = replace(entries[which], **changed)
    sent = {(entry.place, entry.change_id) for entry in entries}
    assert getattr(audit(session, entries, sent), wrong)


def test_a_change_that_nobody_sent_is_found_out(true_ledger: Ledger, session: Session) -> None:
    entries = true_ledger.entries()
    sent = {(entry.place, entry.change_id) for entry in entries[1:]}
    assert audit(session, entries, sent).odd


@pytest.mark.parametrize(
    ("column", "value", "wrong"), [("version", 2, "lost"), ("answer", {"option": 2}, "changed")]
)
def test_an_answer_that_was_changed_in_the_database_is_found_out(
    true_ledger: Ledger, session: Session, column: str, value: Any, wrong: str
) -> None:
    session.execute(update(ItemResponse).values({column: value}))
    found = true_ledger.audit(session)
    assert getattr(found, wrong)
    assert found.odd


def test_an_answer_and_a_change_that_are_gone_are_found_out(true_ledger: Ledger, session: Session) -> None:
    second = true_ledger.entries()[1]
    session.execute(delete(ResponseChange).where(ResponseChange.change_id == second.change_id))
    assert len(true_ledger.audit(session).lost) == 1
    session.execute(delete(ItemResponse))
    assert len(true_ledger.audit(session).lost) == 2
