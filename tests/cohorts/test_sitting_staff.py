"""Sittings as staff see them: making, changing, calling off, following, and time for one person."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from time_machine import Traveller

from quizapp.accounts.models import Programme, User
from quizapp.cohorts.models import Cohort
from quizapp.cohorts.services import archive
from quizapp.cohorts.sitting_models import Sitting, SittingPerson
from quizapp.core.deadline import closes_at, deadline
from quizapp.exams.models import Attempt
from tests.cohorts.test_members import rows
from tests.cohorts.test_sitting_start import begin, begin_exam
from tests.exams.walk import HOUSE, LIMIT, shown_text
from tests.factories import NOW, make_cohort, make_member, make_mock, make_programme, make_sitting, make_user

pytestmark = pytest.mark.usefixtures("content")
FORM: dict[str, Any] = {
    "name": "Week 6",
    "content": "mock:house_readiness",
    "size": "10",
    "opens_at": "2026-03-04T09:00",
    "closes_at": "2026-03-06T18:00",
    "attempt_limit": "2",
    "feedback": "window",
    "whom": "all",
}


@pytest.fixture
def group(session: Session, cohort: Cohort, alice: User) -> Cohort:
    make_member(session, cohort, alice)
    return cohort


def address(sitting: Sitting, tail: str = "") -> str:
    return f"/cohorts/{sitting.cohort_id}/sittings/{sitting.id}{tail}"


def made(session: Session) -> Sitting:
    return session.scalars(select(Sitting)).one()


def test_group_without_sittings_says_what_one_is(staff: FlaskClient, cohort: Cohort) -> None:
    page = staff.get(f"/cohorts/{cohort.id}/sittings").text
    assert "No sitting yet" in page
    assert f'href="/cohorts/{cohort.id}/sittings/new"' in page


def test_new_mock_for_the_whole_group(staff: FlaskClient, group: Cohort, session: Session) -> None:
    answer = staff.post(f"/cohorts/{group.id}/sittings/new", data=FORM)
    sitting = made(session)
    assert answer.location == address(sitting)
    assert (sitting.mode, sitting.blueprint_id, sitting.size, sitting.is_for_all) == (
        "mock",
        HOUSE,
        None,
        True,
    )
    assert sitting.opens_at == datetime(2026, 3, 4, 14, 0, tzinfo=UTC)
    assert sitting.closes_at == datetime(2026, 3, 6, 23, 0, tzinfo=UTC)
    page = shown_text(staff.get(answer.location))
    assert "The sitting is ready." in page
    assert "Opens Wed 4 March, 09:00 EST" in page
    assert "Week 6" in staff.get(f"/cohorts/{group.id}/sittings").text


def test_new_practice_for_some(staff: FlaskClient, group: Cohort, alice: User, session: Session) -> None:
    make_member(session, group, make_user(session, "Dana"))
    form = {
        "content": "principle:empathy_not_blame",
        "feedback": "each",
        "whom": "some",
        "people": [alice.id],
    }
    staff.post(f"/cohorts/{group.id}/sittings/new", data=FORM | form)
    sitting = made(session)
    assert (sitting.mode, sitting.focus, sitting.size) == (
        "practice",
        {"kind": "principle", "key": "empathy_not_blame"},
        10,
    )
    page = staff.get(address(sitting)).text
    assert "Alice" in page
    assert "Dana" not in page


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": " "}, "Please enter a name for the sitting."),
        ({"name": "x" * 81}, "at most 80 letters"),
        ({"name": "a\x07b"}, "letters, numbers and signs only"),
        ({"content": "mock:nothing"}, "Please choose one from the list."),
        ({"content": ""}, "Please choose one from the list."),
        ({"size": "7"}, "Please choose one from the list."),
        ({"opens_at": "yesterday"}, "Opens: Please choose a day and a time."),
        ({"opens_at": "0001-01-01T00:00"}, "Opens: Please choose a day and a time."),
        ({"closes_at": ""}, "Closes: Please choose a day and a time."),
        ({"closes_at": "2026-03-04T09:00"}, "Please choose a time after it opens."),
        ({"opens_at": "2026-03-01T09:00", "closes_at": "2026-03-02T09:00"}, "still to come"),
        ({"attempt_limit": "6"}, "Please choose one from the list."),
        ({"feedback": "each"}, "A mock exam shows nothing before it is handed in."),
        ({"feedback": "never"}, "Please choose one from the list."),
        ({"whom": "some"}, "Please tick one member at least"),
        ({"whom": "some", "people": ["0", "x", "9" * 5000]}, "Please tick one member at least"),
        (
            {"closes_at": "2026-03-08T02:30"},
            "this time is left out. The time after it is Sun 8 March, 03:30 EDT.",
        ),
    ],
)
def test_wrong_sitting_comes_back(
    staff: FlaskClient, group: Cohort, session: Session, changed: dict[str, Any], said: str
) -> None:
    for path in (f"/cohorts/{group.id}/sittings/new", address(make_sitting(session, group), "/edit")):
        answer = staff.post(path, data=FORM | changed)
        assert answer.status_code == 422, answer.text
        assert said in shown_text(answer)
        if "name" not in changed:
            assert 'value="Week 6"' in answer.text, "what was typed stays"


def test_time_that_comes_twice_is_taken_to_the_learners_favour(
    staff: FlaskClient, group: Cohort, session: Session, clock_hands: Traveller, bob: User, sign_in: Any
) -> None:
    clock_hands.move_to(datetime(2026, 10, 30, 12, 0, tzinfo=UTC))
    sign_in(staff, bob)
    form = {"opens_at": "2026-11-01T01:15", "closes_at": "2026-11-01T01:45"}
    answer = staff.post(f"/cohorts/{group.id}/sittings/new", data=FORM | form, follow_redirects=True)
    page = shown_text(answer)
    assert "this time comes twice. We took Sun 1 November, 01:15 EDT." in page
    assert "We took Sun 1 November, 01:45 EST." in page
    sitting = made(session)
    assert sitting.closes_at - sitting.opens_at == timedelta(hours=1, minutes=30)
    staff.post(address(sitting, "/edit"), data=FORM | form)
    session.expire_all()
    assert sitting.closes_at - sitting.opens_at == timedelta(hours=1, minutes=30), "changing nothing is that"


def test_form_shows_a_sitting_as_it_is(
    staff: FlaskClient, group: Cohort, alice: User, session: Session
) -> None:
    sitting = make_sitting(session, group, [alice], opens_at=NOW + timedelta(hours=1), feedback="window")
    page = staff.get(address(sitting, "/edit")).text
    assert 'value="2026-03-03T11:00"' in page
    assert 'value="2026-03-04T10:00"' in page
    assert 'selected value="mock:house_readiness">' in page
    assert 'value="window" checked' in page
    assert 'value="some" checked' in page
    assert f'value="{alice.id}" checked' in page


def test_anything_changes_before_somebody_starts(
    staff: FlaskClient, group: Cohort, alice: User, session: Session
) -> None:
    sitting = make_sitting(session, group, [alice])
    form = {"content": "domain:role_and_values", "feedback": "end", "attempt_limit": "5"}
    assert staff.post(address(sitting, "/edit"), data=FORM | form).status_code == 303
    session.expire_all()
    assert (sitting.mode, sitting.attempt_limit, sitting.is_for_all) == ("practice", 5, True)
    assert not session.scalars(select(SittingPerson.is_chosen)).one()


# Once somebody has started


def test_rules_stay_once_somebody_has_started(
    staff: FlaskClient, learner: FlaskClient, group: Cohort, session: Session
) -> None:
    sitting = make_sitting(session, group)
    begin_exam(learner, sitting)
    page = staff.get(address(sitting, "/edit")).text
    assert "Somebody has started, so its rules stay as they are." in page
    assert 'name="attempt_limit"' not in page
    earlier = staff.post(address(sitting, "/edit"), data={"closes_at": "2026-03-03T20:00"})
    assert earlier.status_code == 422
    assert "it can only close later than it did" in shown_text(earlier)
    staff.post(address(sitting, "/edit"), data=FORM)
    session.expire_all()
    assert (sitting.name, sitting.attempt_limit) == ("Mock exam in week 6", 1)


def test_later_end_reaches_what_is_open(
    staff: FlaskClient, learner: FlaskClient, group: Cohort, session: Session
) -> None:
    sitting = make_sitting(session, group, closes_at=NOW + timedelta(minutes=30), feedback="window")
    begin_exam(learner, sitting)
    staff.post(address(sitting, "/edit"), data={"closes_at": "2026-03-03T11:00"})
    attempt = session.scalars(select(Attempt)).one()
    assert attempt.latest_end_at == sitting.closes_at == NOW + timedelta(hours=1)
    assert attempt.deadline_at == deadline(attempt.timing) == NOW + timedelta(hours=1)
    assert attempt.closes_at == closes_at(attempt.timing)


def test_people_are_added_to_a_sitting_that_runs(
    staff: FlaskClient, learner: FlaskClient, group: Cohort, alice: User, session: Session
) -> None:
    dana, eve = make_user(session, "Dana"), make_user(session, "Eve")
    for person in (dana, eve):
        make_member(session, group, person)
    sitting = make_sitting(session, group, [alice])
    begin_exam(learner, sitting)
    page = staff.get(address(sitting, "/edit")).text
    assert "Dana" in page
    assert "Alice" not in page
    staff.post(address(sitting, "/edit"), data={"closes_at": "2026-03-04T10:00", "people": [dana.id]})
    text = staff.get(address(sitting)).text
    assert "Dana" in text
    assert "Eve" not in text


@pytest.mark.parametrize("state", ["over", "cancelled"])
def test_sitting_that_is_over_stays(
    staff: FlaskClient, group: Cohort, alice: User, session: Session, state: str
) -> None:
    ends: dict[str, Any] = {"opens_at": NOW - timedelta(hours=2), "closes_at": NOW} if state == "over" else {}
    sitting = make_sitting(session, group, **ends)
    if state == "cancelled":
        assert "Call this sitting off?" in staff.get(address(sitting, "/cancel")).text
        assert "called off" in staff.post(address(sitting, "/cancel"), follow_redirects=True).text
        assert staff.post(address(sitting, "/cancel")).status_code == 303, "twice does no harm"
    else:
        assert staff.post(address(sitting, "/cancel")).status_code == 409
    assert staff.get(address(sitting, "/edit")).status_code == 409
    assert staff.post(address(sitting, "/edit"), data=FORM).status_code == 409
    form = {"time_multiplier": "2", "added_minutes": "0"}
    assert staff.post(address(sitting, f"/people/{alice.id}"), data=form).status_code == 409
    assert "Change the sitting" not in staff.get(address(sitting)).text


def test_archived_group_gets_no_new_sitting(staff: FlaskClient, group: Cohort, session: Session) -> None:
    archive(group, now=NOW)
    assert staff.post(f"/cohorts/{group.id}/sittings/new", data=FORM).status_code == 410
    assert "This group had no sittings." in staff.get(f"/cohorts/{group.id}/sittings").text


# Time for one person


def test_more_time_reaches_somebody_in_the_middle(
    staff: FlaskClient, learner: FlaskClient, group: Cohort, alice: User, session: Session
) -> None:
    sitting = make_sitting(session, group)
    begin_exam(learner, sitting)
    path = address(sitting, f"/people/{alice.id}")
    assert "Time for Alice" in staff.get(path).text
    page = staff.post(path, data={"time_multiplier": "1.5", "added_minutes": "15"}, follow_redirects=True)
    assert "Time and a half, 15 more minutes" in shown_text(page)
    attempt = session.scalars(select(Attempt)).one()
    assert attempt.deadline_at == deadline(attempt.timing) == NOW + timedelta(minutes=127.5)
    page = staff.post(path, data={"time_multiplier": "", "added_minutes": "0"}, follow_redirects=True)
    assert "What Alice has open keeps its time" in shown_text(page)
    session.expire_all()
    attempt = session.scalars(select(Attempt)).one()
    assert attempt.deadline_at == deadline(attempt.timing) == NOW + timedelta(minutes=127.5)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"time_multiplier": "9"}, "Please choose one from the list."),
        ({"added_minutes": "241"}, "from 0 to 240"),
        ({"added_minutes": "-1"}, "from 0 to 240"),
        ({"added_minutes": ""}, "Please enter a number; 0 for none."),
        ({"added_minutes": "some"}, "Please enter a whole number."),
    ],
)
def test_wrong_time_comes_back(
    staff: FlaskClient, group: Cohort, alice: User, session: Session, changed: dict[str, str], said: str
) -> None:
    path = address(make_sitting(session, group), f"/people/{alice.id}")
    answer = staff.post(path, data={"time_multiplier": "1", "added_minutes": "0"} | changed)
    assert answer.status_code == 422
    assert said in shown_text(answer)


def test_practice_has_no_time_to_set(
    staff: FlaskClient, group: Cohort, alice: User, session: Session
) -> None:
    sitting = make_sitting(session, group, mode="practice")
    assert staff.get(address(sitting, f"/people/{alice.id}")).status_code == 404
    assert "Time set" not in staff.get(address(sitting)).text


# Following it


def test_live_page_follows_everybody(
    staff: FlaskClient,
    learner: FlaskClient,
    browser: Callable[[User], FlaskClient],
    group: Cohort,
    session: Session,
    clock_hands: Traveller,
) -> None:
    dana = make_user(session, "Dana")
    make_member(session, group, dana)
    make_member(session, group, make_user(session, "Eve"))
    sitting = make_sitting(session, group)
    mock, other = begin_exam(learner, sitting), begin_exam(browser(dana), sitting)
    mock.save(1, "1")
    mock.save(2, "1")
    other.save(1, "1")
    clock_hands.shift(timedelta(minutes=5))
    other.hand_in()
    for page in (staff.get(address(sitting)), staff.get(address(sitting, "/progress"))):
        assert "1 of 3 have handed in, 1 are at work." in shown_text(page)
        found = rows(page.text)
        assert found[0] == ["Alice", "In progress", "2 of 50", "70 minutes", "–", "–"]
        assert found[1][:5] == ["Dana", "Handed in", "1 of 50", "–", "Tue 3 March, 10:05 EST"]
        assert found[1][5].endswith("of 50")
        assert found[2] == ["Eve", "Not started", "–", "–", "–", "–"]
    clock_hands.shift(timedelta(seconds=LIMIT[HOUSE]))
    session.commit()
    fragment = staff.get(address(sitting, "/progress"))
    assert rows(fragment.text)[0][:2] == ["Alice", "Time is over"]
    assert "<html" not in fragment.text


def test_result_waits_for_staff_as_for_learners(
    staff: FlaskClient,
    learner: FlaskClient,
    group: Cohort,
    session: Session,
    bob: User,
    sign_in: Any,
    clock_hands: Traveller,
) -> None:
    sitting = make_sitting(session, group, feedback="window")
    begin_exam(learner, sitting).hand_in()
    assert rows(staff.get(address(sitting)).text)[0][5] == "after it closes"
    clock_hands.shift(timedelta(days=1))
    sign_in(staff, bob)
    assert rows(staff.get(address(sitting)).text)[0][5] == "0 of 50"


def test_practice_and_several_attempts(
    staff: FlaskClient, learner: FlaskClient, group: Cohort, session: Session
) -> None:
    sitting = make_sitting(session, group, mode="practice", attempt_limit=2)
    for _time in range(2):
        location = begin(learner, sitting).location
        attempt = location.split("/")[2]
        learner.post(f"/practice/{attempt}/1", data={"choice": "1"})
        learner.post(f"/practice/{attempt}/end")
    page = staff.get(address(sitting))
    assert "Attempt" in page.text
    assert rows(page.text)[0][:3] == ["Alice", "Handed in", "1 of 5"]


def test_own_mocks_of_learners_are_none_of_the_sitting(
    staff: FlaskClient, app: Any, group: Cohort, alice: User, session: Session
) -> None:
    sitting = make_sitting(session, group)
    make_mock(app, session, alice)
    assert rows(staff.get(address(sitting)).text)[0][1] == "Not started"


def test_polling_is_no_activity(
    staff: FlaskClient, group: Cohort, session: Session, clock_hands: Traveller
) -> None:
    sitting = make_sitting(session, group)
    session.commit()
    for _minute in range(119):
        clock_hands.shift(60)
        answer = staff.get(address(sitting, "/progress"), headers={"X-Quizapp-Background": "1"})
        assert answer.status_code == 200
    clock_hands.shift(120)
    answer = staff.get(address(sitting, "/progress"), headers={"X-Quizapp-Background": "1"})
    assert answer.status_code == 401


def test_sitting_of_another_group_or_programme_is_not_found(
    staff: FlaskClient, group: Cohort, programme: Programme, session: Session
) -> None:
    other = make_cohort(session, programme, "Autumn course")
    foreign = make_sitting(session, make_cohort(session, make_programme(session), "Theirs"))
    mine = make_sitting(session, other)
    assert staff.get(f"/cohorts/{group.id}/sittings/{mine.id}").status_code == 404
    assert staff.get(address(foreign)).status_code == 404


def test_members_page_says_what_is_next(
    staff: FlaskClient, learner: FlaskClient, group: Cohort, alice: User, session: Session
) -> None:
    make_sitting(
        session, group, name="Later one", opens_at=NOW + timedelta(hours=1), closes_at=NOW + timedelta(days=9)
    )
    first = make_sitting(session, group, name="First one")
    page = f"/cohorts/{group.id}"
    assert rows(staff.get(page).text)[0][5] == "First onecloses Wed 4 March"
    begin_exam(learner, first).hand_in()
    assert rows(staff.get(page).text)[0][5] == "Later oneopens Tue 3 March"


def test_pages_cost_the_same_for_5_and_for_200_members(
    staff: FlaskClient, group: Cohort, session: Session, statements: list[str]
) -> None:
    sitting = make_sitting(session, group)
    staff.get(f"/cohorts/{group.id}/sittings")
    pages = [address(sitting), address(sitting, "/progress"), address(sitting, "/edit")]
    pages += [f"/cohorts/{group.id}/sittings", f"/cohorts/{group.id}"]
    counts = []
    for wanted in (4, 195):
        for number in range(wanted):
            make_member(session, group, make_user(session, f"Person {number}"))
        session.commit()
        for page in pages:
            statements.clear()
            assert staff.get(page).status_code == 200
            counts.append(len(statements))
    assert counts[:5] == counts[5:]
    assert max(counts) <= 6
