"""Two tabs on each of two devices, in all orders of arrival: the rule, and both databases."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy.orm import Session

from quizapp.accounts.models import User
from quizapp.core import versions
from quizapp.core.versions import Recorded, Stored
from quizapp.exams import handing_in
from quizapp.exams.models import Attempt
from quizapp.exams.saving import Change
from tests.exams.test_save_protocol import Twin, make_twin
from tests.factories import NOW, make_mock
from tests.faults.devices import Devices, Rule, Told

pytestmark = pytest.mark.faults

EXAMPLES = 20  # a round
STEPS = 40
# For what must fail: the same orders each time, and no search for a shorter one.
FAILING: dict[str, Any] = {"derandomize": True, "database": None, "phases": [Phase.generate]}


@dataclass
class Database:
    """A real one, which must say at each step what the rule says."""

    twin: Twin

    @property
    def stored(self) -> Stored:
        return self.twin.stored

    @property
    def history(self) -> versions.History:
        return self.twin.history

    def tell(self, change: versions.Change) -> Told:
        sent = Change(
            base=change.base,
            change_id=change.change_id,
            answer=change.body["answer"],
            is_flagged=change.body["flagged"],
            milliseconds=1000,
        )
        result = self.twin.receive(sent)
        return Told(result.outcome, result.version, result.is_replay)

    def wait(self, seconds: int) -> None:
        self.twin.seconds += seconds

    def add_time(self, seconds: int) -> None:
        self.twin.add_time(seconds)

    def hand_in(self) -> None:
        now = NOW + timedelta(seconds=self.twin.seconds)
        handing_in.submit_attempt(self.twin.session, self.twin.attempt.id, now, ())
        self.twin.session.refresh(self.twin.attempt)


def run(make: Callable[[], Devices], examples: int, **more: Any) -> None:
    chosen = settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        **more,
    )
    run_state_machine_as_test(make, settings=chosen)  # type: ignore[arg-type]  # any maker will do


def test_the_rule_loses_nothing_in_any_order(rounds: int) -> None:
    run(lambda: Devices(Rule()), 5 * EXAMPLES * rounds)


def test_both_databases_do_as_the_rule_in_any_order(
    app: Flask, session: Session, content: None, alice: User, rounds: int
) -> None:
    attempt = session.get(Attempt, make_mock(app, session, alice))
    assert attempt

    def start() -> Devices:
        session.rollback()  # of the example before
        return Devices(Database(make_twin(session, attempt, alice)))

    run(start, EXAMPLES * rounds)
    session.rollback()


def test_a_history_that_forgets_is_found_out() -> None:
    """A test of the test."""

    class Forgetful(Rule):
        def tell(self, change: versions.Change) -> Told:
            told = super().tell(change)
            if told.outcome == "conflict":
                self.history = {name: row for name, row in self.history.items() if name != change.change_id}
            return told

    with pytest.raises(KeyError):
        run(lambda: Devices(Forgetful()), 200, **FAILING)


def test_a_server_that_overwrites_is_found_out() -> None:
    class Careless(Rule):
        def tell(self, change: versions.Change) -> Told:
            if change.change_id in self.history:
                return super().tell(change)
            version = self.stored.version + 1
            self.stored = Stored(version=version, answer=change.body)
            row = Recorded(body=change.body, outcome="saved", version=version)
            self.history = {change.change_id: row, **self.history}
            return Told("saved", version, is_replay=False)

    with pytest.raises(AssertionError, match="overwritten unseen"):
        run(lambda: Devices(Careless()), 200, **FAILING)
