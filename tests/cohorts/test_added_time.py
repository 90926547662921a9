"""Time added while a sitting runs: what staff see before and after, whose ratio stays, and taking it back."""

import io
import json
import re
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from time_machine import Traveller

from quizapp import logs
from quizapp.accounts.models import User
from quizapp.cohorts.models import Cohort
from quizapp.cohorts.sitting_models import Sitting, TimeAdded
from quizapp.cohorts.sitting_services import set_time
from quizapp.core.deadline import closes_at, deadline
from quizapp.exams.models import Attempt
from tests.cohorts.test_sitting_staff import address
from tests.cohorts.test_sitting_start import begin_exam
from tests.exams.test_at_once import at_once
from tests.exams.walk import Mock, shown_text
from tests.factories import NOW, make_member, make_sitting, make_user

pytestmark = pytest.mark.usefixtures("content")
MINUTE = timedelta(minutes=1)
Browser = Callable[[User], FlaskClient]


@pytest.fixture
def dana(session: Session, cohort: Cohort, alice: User) -> User:
    """Dana has time and a half; she and Alice are in the group."""
    dana = make_user(session, "Dana", time_multiplier="1.5")
    for person in (alice, dana):
        make_member(session, cohort, person)
    return dana


@pytest.fixture
def sitting(session: Session, cohort: Cohort, dana: User) -> Sitting:
    return make_sitting(session, cohort)


@pytest.fixture
def at_work(browser: Browser, sitting: Sitting, alice: User, dana: User) -> dict[str, Mock]:
    """Both have started."""
    return {person.name: begin_exam(browser(person), sitting) for person in (alice, dana)}


def form(amount: int, unit: str = "minutes", person: User | None = None) -> dict[str, Any]:
    return {"amount": amount, "unit": unit, "whom": person.id if person else ""}


def add(staff: FlaskClient, sitting: Sitting, *what: Any, **more: str) -> str:
    answer = staff.post(address(sitting, "/time"), data=form(*what) | more, follow_redirects=True)
    assert answer.status_code == 200, shown_text(answer)
    return answer.text


def table(page: str) -> list[list[str]]:
    """The rows of the ends."""
    body = page.split("<tbody>")[1].split("</tbody>")[0]
    return [re.findall(r"<t[hd][^>]*>([^<]*)", row) for row in body.split("</tr>")[:-1]]


def undo_address(staff: FlaskClient, sitting: Sitting) -> str:
    """Where the first of the buttons leads."""
    found = re.search(r'action="([^"]+/undo)"', staff.get(address(sitting, "/time")).text)
    assert found
    return found[1]


def undo(staff: FlaskClient, sitting: Sitting) -> str:
    """Press the first button; the words of the page after it."""
    return shown_text(staff.post(undo_address(staff, sitting), follow_redirects=True))


def ends(session: Session) -> dict[str, timedelta]:
    """How long after NOW each clock ends."""
    session.expire_all()
    found = session.execute(select(User.name, Attempt).join(Attempt, Attempt.learner_id == User.id)).all()
    for _name, attempt in found:
        assert attempt.deadline_at == deadline(attempt.timing)
        assert attempt.closes_at == closes_at(attempt.timing)
    return {name: attempt.deadline_at - NOW for name, attempt in found}


@pytest.mark.parametrize(
    ("amount", "unit", "alice_gets", "dana_gets"),
    [(10, "minutes", 10, 15), (5, "minutes", 5, 7.5), (20, "percent", 15, 22.5), (1, "percent", 0.75, 1.125)],
)
def test_everybody_keeps_their_ratio(
    staff: FlaskClient,
    session: Session,
    sitting: Sitting,
    at_work: dict[str, Mock],
    amount: int,
    unit: str,
    alice_gets: float,
    dana_gets: float,
) -> None:
    add(staff, sitting, amount, unit)
    wanted = {"Alice": 75 + alice_gets, "Dana": 112.5 + dana_gets}
    for name, end in ends(session).items():
        assert timedelta(0) <= end - wanted[name] * MINUTE < timedelta(seconds=1)


def test_the_page_shows_each_end_before_and_after(
    staff: FlaskClient, session: Session, sitting: Sitting, at_work: dict[str, Mock]
) -> None:
    page = staff.get(address(sitting, "/time"))
    assert table(page.text) == [["Alice", "11:15:00"], ["Dana", "11:52:30"]]
    page = staff.get(address(sitting, "/time"), query_string=form(10))
    assert table(page.text) == [["Alice", "11:15:00", "11:25:00"], ["Dana", "11:52:30", "12:07:30"]]
    assert "Add 10 minutes" in shown_text(page)
    assert ends(session) == {"Alice": 75 * MINUTE, "Dana": 112.5 * MINUTE}, "looking changes nothing"
    assert table(add(staff, sitting, 10)) == [["Alice", "11:25:00"], ["Dana", "12:07:30"]]
    assert "10 minutes for everybody" in shown_text(staff.get(address(sitting, "/time")))
    assert "Time added for everybody 10 minutes" in shown_text(staff.get(address(sitting)))


@pytest.mark.parametrize(("amount", "unit", "gets"), [(10, "minutes", 10), (20, "percent", 22.5)])
def test_time_for_one_person(
    staff: FlaskClient,
    session: Session,
    sitting: Sitting,
    at_work: dict[str, Mock],
    dana: User,
    amount: int,
    unit: str,
    gets: float,
) -> None:
    add(staff, sitting, amount, unit, dana)
    assert ends(session) == {"Alice": 75 * MINUTE, "Dana": (112.5 + gets) * MINUTE}
    said = "10 more minutes" if unit == "minutes" else "20 % more"
    assert said in shown_text(staff.get(address(sitting)))
    undo(staff, sitting)
    assert ends(session) == {"Alice": 75 * MINUTE, "Dana": 112.5 * MINUTE}


def test_percent_on_the_page_of_one_person(
    staff: FlaskClient, session: Session, sitting: Sitting, at_work: dict[str, Mock], dana: User
) -> None:
    fields = {"time_multiplier": "", "added_minutes": "0", "added_percent": "20"}
    path = address(sitting, f"/people/{dana.id}")
    assert "20 % more" in shown_text(staff.post(path, data=fields, follow_redirects=True))
    assert ends(session)["Dana"] == 135 * MINUTE
    assert staff.post(path, data=fields | {"added_percent": "101"}).status_code == 422


def test_who_starts_later_gets_it_too(
    staff: FlaskClient, browser: Browser, session: Session, sitting: Sitting, dana: User
) -> None:
    add(staff, sitting, 10)
    add(staff, sitting, 20, "percent")
    page = shown_text(browser(dana).get(f"/sittings/{sitting.id}"))
    assert "150 minutes" in page
    assert "Your programme has set this for you." in page
    begin_exam(browser(dana), sitting)
    assert ends(session) == {"Dana": 150 * MINUTE}
    undo(staff, sitting)
    undo(staff, sitting)
    assert ends(session) == {"Dana": 112.5 * MINUTE}


def test_another_time_for_one_person_keeps_what_everybody_got(
    staff: FlaskClient, session: Session, sitting: Sitting, at_work: dict[str, Mock], alice: User
) -> None:
    add(staff, sitting, 10)
    set_time(session, sitting, alice.id, "2", 0)
    session.commit()
    assert ends(session)["Alice"] == 170 * MINUTE
    undo(staff, sitting)
    assert ends(session)["Alice"] == 150 * MINUTE


def test_the_clock_of_the_learner_follows(
    staff: FlaskClient, session: Session, sitting: Sitting, at_work: dict[str, Mock]
) -> None:
    before = at_work["Dana"].page("time").json
    add(staff, sitting, 10)
    session.commit()
    after = at_work["Dana"].page("time").json
    assert before
    assert after
    assert after["left"] - before["left"] == 15 * 60


def test_no_clock_no_time(
    staff: FlaskClient, browser: Browser, session: Session, sitting: Sitting, cohort: Cohort
) -> None:
    eve = make_user(session, "Eve", time_multiplier="untimed")
    make_member(session, cohort, eve)
    begin_exam(browser(eve), sitting)
    before = ends(session)
    page = add(staff, sitting, 10)
    assert "Nobody is at work on a clock right now." in page
    assert ends(session) == before


# The end of the window


@pytest.fixture
def short(session: Session, sitting: Sitting, at_work: dict[str, Mock]) -> Sitting:
    """It closes when Alice's time is over, before Dana's is."""
    sitting.closes_at = NOW + 80 * MINUTE
    for attempt in session.scalars(select(Attempt)):
        attempt.latest_end_at = sitting.closes_at
        attempt.deadline_at, attempt.closes_at = deadline(attempt.timing), closes_at(attempt.timing)
    session.commit()
    return sitting


def test_the_window_caps_and_the_page_says_so(staff: FlaskClient, session: Session, short: Sitting) -> None:
    page = staff.get(address(short, "/time"), query_string=form(10))
    shown = shown_text(page)
    assert "(the sitting ends then; the time would last until 12:07:30)" in shown
    assert "It can close later, for everybody: Tue 3 March, 12:08 EST." in shown
    add(staff, short, 10)
    assert ends(session) == {"Alice": 80 * MINUTE, "Dana": 80 * MINUTE}
    assert short.closes_at == NOW + 80 * MINUTE


def test_the_end_of_the_window_moves_when_staff_say_so(
    staff: FlaskClient, session: Session, short: Sitting
) -> None:
    add(staff, short, 10, moves_end="y")
    assert ends(session) == {"Alice": 85 * MINUTE, "Dana": 127.5 * MINUTE}
    assert short.closes_at == NOW + 128 * MINUTE
    assert "the sitting ends then" not in staff.get(address(short, "/time"), query_string=form(0)).text


# Taking it back


def test_undo_brings_the_old_ends_back(
    staff: FlaskClient, session: Session, sitting: Sitting, at_work: dict[str, Mock]
) -> None:
    add(staff, sitting, 5)
    add(staff, sitting, 20, "percent")
    assert "The added time is taken back." in undo(staff, sitting)
    assert ends(session) == {"Alice": 80 * MINUTE, "Dana": 120 * MINUTE}
    undo(staff, sitting)
    assert ends(session) == {"Alice": 75 * MINUTE, "Dana": 112.5 * MINUTE}
    assert "Added so far" not in staff.get(address(sitting, "/time")).text
    session.refresh(sitting)
    assert (sitting.added_minutes, sitting.added_percent) == (0, 0)


@pytest.mark.parametrize("ending", ["runs", "handed in"])
def test_time_that_was_used_stays(
    staff: FlaskClient,
    session: Session,
    sitting: Sitting,
    at_work: dict[str, Mock],
    clock_hands: Traveller,
    bob: User,
    sign_in: Any,
    ending: str,
) -> None:
    add(staff, sitting, 10)
    action = undo_address(staff, sitting)
    clock_hands.shift(timedelta(minutes=75, seconds=-1))
    sign_in(staff, bob)
    assert "Undo" in shown_text(staff.get(address(sitting, "/time")))
    clock_hands.shift(2)
    if ending == "handed in":
        session.commit()
        assert at_work["Alice"].hand_in().status_code == 303
        clock_hands.shift(60)
    page = shown_text(staff.get(address(sitting, "/time")))
    assert "It can no longer be undone: Alice went on working after the end before it." in page
    before = ends(session)
    assert "can no longer be undone" in shown_text(staff.post(action, follow_redirects=True))
    assert ends(session) == before


def test_who_handed_in_before_does_not_keep_it_from_being_undone(
    staff: FlaskClient, session: Session, sitting: Sitting, at_work: dict[str, Mock], clock_hands: Traveller
) -> None:
    at_work["Alice"].hand_in()
    session.commit()
    clock_hands.shift(60)
    add(staff, sitting, 10)
    assert ends(session) == {"Alice": 75 * MINUTE, "Dana": 127.5 * MINUTE}
    assert "The added time is taken back." in undo(staff, sitting)


def test_a_clock_that_has_run_out_does_not_run_again(
    staff: FlaskClient,
    session: Session,
    sitting: Sitting,
    at_work: dict[str, Mock],
    clock_hands: Traveller,
    bob: User,
    sign_in: Any,
) -> None:
    clock_hands.shift(76 * MINUTE)
    sign_in(staff, bob)
    add(staff, sitting, 10)
    assert ends(session) == {"Alice": 75 * MINUTE, "Dana": 127.5 * MINUTE}
    assert "The added time is taken back." in undo(staff, sitting)


def test_pressing_undo_twice_takes_it_back_once(
    staff: FlaskClient, session: Session, sitting: Sitting, at_work: dict[str, Mock]
) -> None:
    add(staff, sitting, 10)
    action = undo_address(staff, sitting)
    assert [staff.post(action).status_code for _time in range(2)] == [303, 404]
    assert ends(session)["Alice"] == 75 * MINUTE


def test_several_who_press_at_once_each_add_once(
    app: Flask, session: Session, sitting: Sitting, at_work: dict[str, Mock], bob: User, sign_in: Any
) -> None:
    tabs = [app.test_client() for _tab in range(6)]
    for tab in tabs:
        sign_in(tab, bob)
    path = address(sitting, "/time")
    session.commit()  # an open transaction of the test would hold SQLite's only write lock
    answers = at_once([partial(tab.post, path, data=form(5)) for tab in tabs])
    assert {answer.status_code for answer in answers} == {303}
    assert ends(session) == {"Alice": 105 * MINUTE, "Dana": 157.5 * MINUTE}
    added = session.scalars(select(TimeAdded.id)).all()
    session.commit()
    answers = at_once([partial(tab.post, f"{path}/{added[0]}/undo") for tab in tabs])
    assert sorted(answer.status_code for answer in answers) == [303, *[404] * 5]
    assert ends(session) == {"Alice": 100 * MINUTE, "Dana": 150 * MINUTE}


# What cannot be


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"amount": "0"}, "from 1 to 240"),
        ({"amount": "-5"}, "from 1 to 240"),
        ({"amount": "241"}, "from 1 to 240"),
        ({"amount": "101", "unit": "percent"}, "from 1 to 100"),
        ({"amount": ""}, "Please enter a whole number."),
        ({"amount": "ten"}, "Please enter a whole number."),
        ({"unit": "hours"}, "Please choose one from the list."),
        ({"whom": "999999"}, "Please choose one from the list."),
    ],
)
def test_wrong_amount_comes_back(
    staff: FlaskClient, session: Session, sitting: Sitting, changed: dict[str, str], said: str
) -> None:
    for answer in (
        staff.post(address(sitting, "/time"), data=form(10) | changed),
        staff.get(address(sitting, "/time"), query_string=form(10) | changed),
    ):
        assert answer.status_code == 422
        assert said in shown_text(answer)


def test_too_much_in_all_is_refused(staff: FlaskClient, session: Session, sitting: Sitting) -> None:
    add(staff, sitting, 200)
    answer = staff.post(address(sitting, "/time"), data=form(41))
    assert answer.status_code == 422
    assert "at most 240 minutes and 100 percent" in shown_text(answer)
    session.refresh(sitting)
    assert sitting.added_minutes == 200


def test_a_sitting_that_is_over_or_has_no_clock(
    staff: FlaskClient, session: Session, cohort: Cohort, dana: User, now: datetime
) -> None:
    over = make_sitting(session, cohort, opens_at=NOW - timedelta(hours=2), closes_at=NOW)
    assert staff.get(address(over, "/time")).status_code == 200
    assert staff.post(address(over, "/time"), data=form(10)).status_code == 409
    practice = make_sitting(session, cohort, mode="practice")
    assert staff.get(address(practice, "/time")).status_code == 404


def test_the_act_is_logged(
    staff: FlaskClient, session: Session, sitting: Sitting, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    logs.configure("json", "info")
    add(staff, sitting, 10)
    undo(staff, sitting)
    monkeypatch.undo()
    logs.configure("json", "error")
    logged = [json.loads(line) for line in written.getvalue().splitlines()]
    told = [line for line in logged if line["event"].startswith("sitting time")]
    assert [line["event"] for line in told] == ["sitting time added", "sitting time taken back"]
    for line in told:
        assert (line["by"], line["sitting_id"], line["minutes"]) == (bob.id, sitting.id, 10)


def test_the_page_costs_the_same_for_any_number(
    staff: FlaskClient,
    browser: Browser,
    session: Session,
    sitting: Sitting,
    at_work: dict[str, Mock],
    cohort: Cohort,
    statements: list[str],
) -> None:
    add(staff, sitting, 10)
    counts = []
    for _round in range(2):
        session.commit()
        statements.clear()
        staff.get(address(sitting, "/time"), query_string=form(10))
        counts.append(len(statements))
        for number in range(3):
            person = make_user(session, f"Person {number}")
            make_member(session, cohort, person)
            begin_exam(browser(person), sitting)
    assert counts[0] == counts[1]
