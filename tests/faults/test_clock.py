"""A server's clock that jumps, and what arrives around the end of the time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from quizapp import clock
from quizapp.core.deadline import Added
from quizapp.exams import retiming
from quizapp.exams.forms import new_change_id
from quizapp.exams.models import Attempt, ItemResponse
from tests.faults.clients import Tab, answering
from tests.faults.conftest import Say, durable_address
from tests.faults.ledger import Ledger
from tests.faults.site import Exam, Seat, open_exam, some

pytestmark = pytest.mark.faults

LEARNERS, TABS = 40, 50
CLOCK = "tests.faults.wsgi_with_clock:app"
GRACE = timedelta(seconds=30)
A_MOMENT = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Clock:
    """The hands of the server's clock. What the file says holds from the next request on."""

    file: Path

    def put(self, ahead: timedelta) -> None:
        """In one step, so that no process reads half a number."""
        new = self.file.with_suffix(".new")
        new.write_text(str(ahead.total_seconds()))
        new.replace(self.file)


@pytest.fixture(scope="module")
def hands(tmp_path_factory: pytest.TempPathFactory) -> Clock:
    made = Clock(tmp_path_factory.mktemp("clock") / "ahead")
    made.put(timedelta())
    return made


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def exam(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, hands: Clock
) -> Iterator[Exam]:
    folder = tmp_path_factory.mktemp("exam")
    variables = {"FAULTS_CLOCK_AHEAD": str(hands.file)}
    with (
        durable_address(request, folder, "clock") as url,
        open_exam(folder, url, module=CLOCK, variables=variables) as made,
    ):
        made.server.start()
        yield made


@pytest.fixture(autouse=True)
def true_time(hands: Clock) -> Iterator[None]:
    yield
    hands.put(timedelta())


@pytest.fixture
def seat(exam: Exam) -> Seat:
    return exam.seat(1)[0]


@pytest.fixture
def tab(exam: Exam, seat: Seat) -> Iterator[Tab]:
    """The open page of a mock."""
    opened = Tab(exam.server.port, seat)
    opened.open()
    yield opened
    opened.close()


def send(tab: Tab, position: int, base: int = 0, choice: int = 0) -> tuple[int, dict[str, Any]]:
    change = {
        "base": base,
        "change_id": new_change_id(),
        "fields": tab.seat.choices[position][choice].fields,
        "flagged": False,
        "ms": 1500,
    }
    return tab.save(position, change)


def deadline(exam: Exam, seat: Seat) -> datetime:
    with exam.site.working() as session:
        return session.get_one(Attempt, seat.attempt_id).deadline_at


def stored(exam: Exam, seat: Seat, position: int) -> ItemResponse | None:
    with exam.site.working() as session:
        return session.get(ItemResponse, (seat.attempt_id, position))


def test_no_acknowledged_answer_is_lost_when_the_clock_steps_back(
    exam: Exam, hands: Clock, ledger: Ledger, few: int, say: Say
) -> None:
    with answering(exam.server.port, exam.seat(LEARNERS), ledger, TABS) as crowd:
        for number in range(1, few + 1):
            crowd.wait_for("all", some(50, 200))
            hands.put(timedelta(seconds=-2 * number))
            crowd.wait_for("all", 200)
            say(f"round {number} of {few}: two seconds back")
    with exam.site.working() as session:
        audit = ledger.audit(session)
    say(str(audit))
    assert audit.is_clean, str(audit)
    assert crowd.told["saved"] > crowd.told["conflict"]
    assert crowd.told["unreachable"] == 0, "saving went on all the time"


def test_an_answer_is_in_time_again_when_the_clock_has_stepped_back(
    exam: Exam, hands: Clock, seat: Seat, tab: Tab
) -> None:
    """Each arrival is judged by the clock of its moment, and what was judged stays."""
    first, second = list(seat.choices)[:2]
    hands.put(deadline(exam, seat) - clock.now() + timedelta(seconds=1))
    assert send(tab, first)[1]["outcome"] == "late"
    hands.put(deadline(exam, seat) - clock.now() - timedelta(seconds=1))
    status, told = send(tab, second)
    assert (status, told["outcome"], told["left"]) == (200, "saved", 1)
    late, in_time = stored(exam, seat, first), stored(exam, seat, second)
    assert late
    assert in_time
    assert (late.is_late, in_time.is_late) == (True, False)


def test_an_answer_sent_within_the_grace_counts_and_one_after_it_is_only_kept(
    exam: Exam, hands: Clock, seat: Seat, tab: Tab
) -> None:
    position = next(iter(seat.choices))
    assert send(tab, position)[1]["outcome"] == "saved"
    hands.put(deadline(exam, seat) - clock.now() + A_MOMENT)  # the clock of the page shows zero
    status, told = send(tab, position, base=1, choice=1)
    assert (status, told["outcome"], told["version"], told["left"]) == (200, "late", 2, 0)
    hands.put(deadline(exam, seat) + GRACE - clock.now() + A_MOMENT)
    status, told = send(tab, position, base=2, choice=0)
    assert (status, told["outcome"], told["version"]) == (410, "closed", 2)
    row = stored(exam, seat, position)
    assert row
    assert (row.answer, row.version, row.is_late) == (seat.choices[position][1].answer, 2, True)
    assert exam.site.outcomes(seat.attempt_id) == ["saved", "late", "closed"]


@pytest.mark.parametrize(("multiplier", "added"), [("1.5", 0), ("1", 600)])
def test_time_given_in_the_last_second_counts_for_what_arrives_after_it(
    exam: Exam, hands: Clock, seat: Seat, tab: Tab, multiplier: str, added: int
) -> None:
    before, after = list(seat.choices)[:2]
    hands.put(deadline(exam, seat) - clock.now() - timedelta(seconds=0.5))
    assert send(tab, before)[1]["left"] <= 1
    old = deadline(exam, seat)
    give_time(exam, seat, multiplier, added)
    assert deadline(exam, seat) > old
    hands.put(old + GRACE - clock.now() + timedelta(seconds=1))  # it would be over
    status, told = send(tab, after)
    assert (status, told["outcome"]) == (200, "saved")
    assert told["left"] > 60
    assert exam.site.outcomes(seat.attempt_id) == ["saved", "saved"]


def give_time(exam: Exam, seat: Seat, multiplier: str, added: int) -> None:
    """As staff do for somebody in a sitting."""
    number = seat.attempt_id
    with exam.site.working() as session:
        in_sitting = {"sitting_id": number, "sitting_number": 1, "sitting_limit": 1}
        session.execute(update(Attempt).where(Attempt.id == seat.attempt_id).values(in_sitting))
        assert retiming.change_time(session, number, seat.learner_id, multiplier, Added(minutes=added // 60))


def test_no_acknowledged_answer_is_lost_when_time_is_given_while_it_runs_out(
    exam: Exam, hands: Clock, ledger: Ledger, few: int, say: Say
) -> None:
    for number in range(1, few + 1):
        seats = exam.seat(10)
        ends = max(deadline(exam, seat) for seat in seats)
        with answering(exam.server.port, seats, ledger, 20) as crowd:
            crowd.wait_for("all", 50)
            hands.put(ends + GRACE - clock.now() - timedelta(seconds=0.3))
            for seat in seats[::2]:
                give_time(exam, seat, "1.5", 60)
            crowd.wait_for("closed", 10)
            crowd.wait_for("saved", 10)
        hands.put(timedelta())
        say(f"round {number} of {few}: {dict(crowd.told)}")
    with exam.site.working() as session:
        audit = ledger.audit(session)
    say(str(audit))
    assert audit.is_clean, str(audit)
