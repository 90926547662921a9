"""The learner's home: what to do next, and what the answers add up to."""

import re
from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from time_machine import Traveller

from quizapp.accounts.login import read_person
from quizapp.accounts.models import User
from quizapp.banks.queries import live_items
from quizapp.exams.models import Attempt, ItemResponse
from quizapp.exams.queries import MOST_OPEN
from quizapp.progress.models import Rollup
from quizapp.progress.queries import rank_domains, target_blueprint
from tests.exams.walk import (
    GRACE,
    HOUSE,
    ICRC,
    LIMIT,
    attempt_items,
    begin_mock,
    begin_practice,
    choices,
    shown_text,
)
from tests.factories import NOW, make_practice

SignIn = Callable[[FlaskClient, User], None]


@pytest.fixture
def learner(
    client: FlaskClient, content: None, alice: User, sign_in: SignIn, clock_hands: Traveller
) -> FlaskClient:
    sign_in(client, alice)
    return client


def add_total(
    session: Session, learner: User, kind: str, key: str, n: int, hits: int, repeats: int = 0
) -> None:
    """A running total of `n` first answers, and some repeats that all chose the key (or misstep)."""
    session.add(
        Rollup(
            learner_id=learner.id,
            kind=kind,
            key=key,
            n=n + repeats,
            hits=hits + repeats,
            first_n=n,
            first_hits=hits,
            last_at=NOW,
        )
    )


def home(learner: FlaskClient) -> str:
    answer = learner.get("/home")
    assert answer.status_code == 200
    return shown_text(answer)


# ---- The next step.


def test_new_learner_is_led_to_a_first_set(learner: FlaskClient) -> None:
    text = home(learner)
    assert "Your first ten minutes" in text
    for words in ("By domain", "Missteps you chose most", "Recent attempts", "%"):
        assert words not in text
    assert "You are preparing for: House readiness check" in text
    attempt = begin_practice(learner, 5)
    assert learner.get(f"/practice/{attempt}/1").status_code == 200


def test_open_mock_comes_first(learner: FlaskClient, app: Flask, session: Session, alice: User) -> None:
    make_practice(app, session, alice, "domain:role_and_values")
    mock = begin_mock(learner)
    for position in (1, 2):
        mock.save(position, "1")
    mock.save(3, None, flagged=True)
    text = home(learner)
    assert "Go on with your mock exam" in text
    assert "You have answered 2 of 50 items." in text
    assert f'href="{mock.url()}"' in learner.get("/home").text


def test_open_mock_is_not_hidden_by_many_paused_sets(
    learner: FlaskClient, app: Flask, session: Session, alice: User
) -> None:
    begin_mock(learner)
    for _set in range(25):
        begin_practice(learner, 5)
    assert "Go on with your mock exam" in home(learner)


def test_finished_attempts_are_not_hidden_by_many_paused_sets(learner: FlaskClient) -> None:
    begin_mock(learner).hand_in()
    for _set in range(25):
        begin_practice(learner, 5)
    assert "Recent attempts" in home(learner)


def test_mock_whose_time_is_over_is_there_to_hand_in(learner: FlaskClient, clock_hands: Traveller) -> None:
    mock = begin_mock(learner)
    mock.save(1, "1")
    clock_hands.shift(LIMIT[HOUSE] + GRACE + 1)
    page = learner.get("/home")
    assert "Its time is over. You answered 1 of 50 items" in shown_text(page)
    assert f'action="{mock.url("hand-in")}"' in page.text


def test_every_open_mock_is_listed_with_what_can_be_done(
    learner: FlaskClient, app: Flask, session: Session, alice: User, clock_hands: Traveller
) -> None:
    over = begin_mock(learner, HOUSE)
    over.save(1, "1")
    clock_hands.shift(LIMIT[HOUSE] + GRACE + 1)
    running = begin_mock(learner, ICRC)
    clock_hands.shift(60)
    page = learner.get("/home").text
    assert f'href="{over.url()}"' in page or f'action="{over.url("hand-in")}"' in page
    assert f'href="{running.url()}"' in page
    assert "Hand in what was saved" in shown_text(learner.get("/home"))


@pytest.mark.parametrize(
    ("hides_clock", "words"), [(False, "120 min left"), (True, "Ends 12:55")], ids=["clock", "no clock"]
)
def test_running_mock_beside_the_next_step_tells_its_time(
    learner: FlaskClient, alice: User, clock_hands: Traveller, hides_clock: bool, words: str
) -> None:
    begin_mock(learner, HOUSE)
    clock_hands.shift(55 * 60)
    begin_mock(learner, ICRC)
    alice.hides_clock = hides_clock
    text = home(learner)
    assert "Also open" in text
    assert f"it is running {words} · 0 of 75 answered" in text
    assert ("Your answers are saved. Ends 11:15." if hides_clock else "20 min left.") in text


def test_paused_practice_comes_before_something_new(
    learner: FlaskClient, app: Flask, session: Session, alice: User
) -> None:
    practice = make_practice(app, session, alice, "domain:role_and_values")
    learner.post(f"/practice/{practice}/1", data={"choice": "1"})
    text = home(learner)
    assert "Go on with your practice set Role and values : 1 of 5 done." in text


def test_next_is_what_helps_most_with_its_reason(learner: FlaskClient, session: Session, alice: User) -> None:
    for domain, n, hits in (("ethics_boundaries_privacy", 8, 8), ("wellness_relapse_resilience", 6, 1)):
        add_total(session, alice, "domain", domain, n, hits)
    text = home(learner)
    assert "Practise: Wellness" in text
    assert "It comes up in about 6 of 50 items, and you chose the best response in 1 of 6." in text
    page = learner.get("/home").text
    assert 'name="domain" value="wellness_relapse_resilience"' in page


def test_domain_never_met_is_said_to_be_so(learner: FlaskClient, session: Session, alice: User) -> None:
    add_total(session, alice, "domain", "role_and_values", 1, 1)
    text = home(learner)
    assert "Practise: Ethics, boundaries, and privacy" in text
    assert "It comes up in about 8 of 50 items, and you have not met it yet." in text


def test_target_exam_changes_what_helps_most(learner: FlaskClient, session: Session, alice: User) -> None:
    alice.target_blueprint_id = ICRC
    add_total(session, alice, "domain", "ethics_boundaries_privacy", 3, 1)
    text = home(learner)
    assert "of 75 items" in text
    assert "You are preparing for: House" not in text


# ---- The formula.


def test_ranking_is_missing_success_times_share_of_the_exam(
    learner: FlaskClient, app: Flask, session: Session, alice: User
) -> None:
    tallies = {"ethics_boundaries_privacy": (10, 9), "role_and_values": (4, 0), "resources_community": (2, 1)}
    for domain, (n, hits) in tallies.items():
        add_total(session, alice, "domain", domain, n, hits, repeats=5)
    session.commit()
    with app.app_context():
        person = read_person(session, alice.id)
        assert person
        blueprint = target_blueprint(session, person)
        assert blueprint
        ranked = rank_domains(session, person)
        assert len(live_items(session, None)) == 80
    # Repeats count here, so that the order goes on moving once every item was met.
    all_answers = {domain: (n + 5, hits + 5) for domain, (n, hits) in tallies.items()}
    expected = {
        domain: (1 - Fraction(all_answers.get(domain, (0, 0))[1] + 1, all_answers.get(domain, (0, 0))[0] + 2))
        * Fraction(count, 50)
        for domain, count in blueprint.form.items()
    }
    assert {focus.domain: focus.gain for focus in ranked} == expected
    assert [focus.gain for focus in ranked] == sorted(expected.values(), reverse=True)


# ---- What the answers add up to.


def test_no_share_below_five_first_answers(learner: FlaskClient, session: Session, alice: User) -> None:
    add_total(session, alice, "domain", "role_and_values", 4, 4, repeats=20)
    add_total(session, alice, "domain", "advocacy_rights", 5, 4, repeats=20)
    add_total(session, alice, "principle", "dignity_of_risk", 4, 2)
    page = learner.get("/home").text
    rows = {row.split("</th>")[0].split(">")[-1]: row for row in page.split("<tr>")}
    assert "not enough yet" in rows["Role and values"]
    assert ">4</td>" in rows["Role and values"]
    assert "not enough yet" not in rows["Advocacy and rights"]
    # Wilson, 90 %, 4 of 5: 0.4394 to 0.9548.
    assert "44 to 95 %" in rows["Advocacy and rights"]
    assert "4 of 5" in page


@pytest.mark.parametrize(
    ("n", "hits", "drawn", "words"),
    [
        (0, 0, "chart-none", "no answers yet"),
        (2, 1, '<circle class="chart-value"', "1 of 2, not enough yet"),
        (5, 4, 'height="1.12rem"', "4 of 5"),
    ],
)
def test_principle_shows_a_share_from_five_first_answers_on_and_before_that_it_was_met(
    learner: FlaskClient, session: Session, alice: User, n: int, hits: int, drawn: str, words: str
) -> None:
    add_total(session, alice, "domain", "role_and_values", 5, 4)
    if n:
        add_total(session, alice, "principle", "support_choice", n, hits)
    squares = learner.get("/home").text.split("<g>")
    found = [square for square in squares if f"Supporting choice: {words}</title>" in square]
    assert found
    assert all(drawn in square for square in found)


def test_repeated_answers_do_not_raise_the_share(
    learner: FlaskClient, app: Flask, session: Session, alice: User
) -> None:
    for is_right in (False, True, True):
        practice = make_practice(app, session, alice, "domain:role_and_values", 10)
        for position, choice in choices(session, practice, right=is_right).items():
            learner.post(f"/practice/{practice}/{position}", data={"choice": choice})
    row = next(row for row in learner.get("/home").text.split("<tr>") if ">Role and values</th>" in row)
    assert ">0</td>" in row
    assert ">6</td>" in row


def test_missteps_chosen_twice_are_shown_with_their_times(
    learner: FlaskClient, session: Session, alice: User
) -> None:
    add_total(session, alice, "domain", "role_and_values", 10, 5)
    assert "No misstep stands out so far." in home(learner)
    add_total(session, alice, "misstep", "blame_person", 8, 4)
    add_total(session, alice, "misstep", "take_the_reins", 4, 3)
    add_total(session, alice, "misstep", "finish_line_view", 9, 1)
    page = learner.get("/home")
    assert "chosen 4 of 8 times" in page.text
    assert page.text.index("/missteps/take_the_reins") < page.text.index("/missteps/blame_person")
    assert "/missteps/finish_line_view" not in page.text


def test_past_attempts_are_listed_with_a_trend(
    learner: FlaskClient, session: Session, alice: User, clock_hands: Traveller
) -> None:
    mock = begin_mock(learner)
    right = choices(session, mock.id, right=True)
    for position in range(1, 31):
        mock.save(position, right[position])
    mock.hand_in()
    assert "Readiness check Tue 3 March 30 of 50" in home(learner)
    assert "Your attempts over time" not in learner.get("/home").text
    clock_hands.shift(timedelta(hours=1))
    practice = begin_practice(learner, 5)
    for position in range(1, 6):
        learner.post(f"/practice/{practice}/{position}", data={"choice": "1"})
    page = learner.get("/home")
    assert "Your attempts over time" in page.text
    assert page.text.index(f'href="/practice/{practice}"') < page.text.index(f'href="{mock.url("results")}"')


def test_set_with_everything_left_out_is_no_zero(learner: FlaskClient) -> None:
    practice = begin_practice(learner, 5)
    for position in range(1, 6):
        learner.post(f"/practice/{practice}/{position}", data={"skip": "1"})
    text = home(learner)
    assert "Your first ten minutes" in text
    assert "0 %" not in text


def test_nobody_sees_the_home_of_another(learner: FlaskClient, session: Session, charlie: User) -> None:
    add_total(session, charlie, "domain", "role_and_values", 10, 5)
    assert "By domain" not in home(learner)


def test_what_helps_most_moves_on_when_a_domain_has_nothing_new(
    learner: FlaskClient, session: Session, alice: User
) -> None:
    """Sets of "what helps me most", all answered right, meet every item of the bank."""
    met: set[str] = set()
    for _ in range(4):
        started = learner.post("/practice", data={"about": "helps", "size": "20"})
        attempt = int(started.location.split("/")[2])
        for position in range(1, 21):
            learner.post(f"/practice/{attempt}/{position}", data={"choice": "1"})
        met |= set(session.scalars(select(ItemResponse.item_id).where(ItemResponse.attempt_id == attempt)))
    assert len(met) == 80


def test_running_exam_comes_before_one_whose_time_is_over(
    learner: FlaskClient, clock_hands: Traveller
) -> None:
    running = begin_mock(learner, ICRC, "2")
    begin_mock(learner, HOUSE)
    clock_hands.shift(LIMIT[HOUSE] + GRACE + 1)
    page = learner.get("/home").text
    assert "Go on with your mock exam" in page
    assert f'href="/attempts/{running.id}"' in page


def test_of_two_running_exams_the_next_step_is_the_one_that_ends_first(learner: FlaskClient) -> None:
    short = begin_mock(learner, HOUSE)
    begin_mock(learner, ICRC)
    assert f'href="/attempts/{short.id}"' in learner.get("/home").text


def test_next_step_starts_a_set_about_the_domain_that_it_names(
    learner: FlaskClient, session: Session, alice: User
) -> None:
    add_total(session, alice, "domain", "ethics_boundaries_privacy", n=5, hits=0)
    page = learner.get("/home").text
    assert "Practise:" in page
    [domain] = re.findall(r'name="domain" value="([a-z_]+)"', page)
    attempt = begin_practice(learner, 10, about="domain", domain=domain)
    assert {item.domain for item, _order in attempt_items(session, attempt)} == {domain}


def test_domains_with_unseen_items_help_before_those_without(
    app: Flask, learner: FlaskClient, session: Session, alice: User
) -> None:
    with app.app_context():
        items = live_items(session, None)
    in_ethics = sum(item.domain == "ethics_boundaries_privacy" for item in items)
    add_total(session, alice, "domain", "ethics_boundaries_privacy", n=in_ethics, hits=0)
    session.commit()
    person = read_person(session, alice.id)
    assert person
    with app.app_context():
        ranked = [focus.domain for focus in rank_domains(session, person)]
    assert ranked[-1] == "ethics_boundaries_privacy", "its gain is the highest, but nothing new is left there"


def test_no_number_of_paused_sets_hides_an_exam(
    learner: FlaskClient, session: Session, clock_hands: Traveller
) -> None:
    mock = begin_mock(learner)
    for _set in range(MOST_OPEN + 2):
        clock_hands.shift(60)  # else the second click on a button is taken for the first
        begin_practice(learner, 5, about="domain", domain="role_and_values")
    assert session.scalar(select(func.count()).select_from(Attempt)) == MOST_OPEN + 3
    assert f'href="/attempts/{mock.id}"' in learner.get("/home").text
