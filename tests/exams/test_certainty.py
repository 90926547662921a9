"""Saying how sure one is in practice: opt in, answer, read what came of it, and how well it fits."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from time_machine import Traveller
from werkzeug.test import TestResponse

from quizapp.accounts.models import User
from quizapp.banks.models import ItemRevision
from quizapp.banks.queries import live_items
from quizapp.core.items import ITEM_TYPES, parse_item
from quizapp.exams import starting
from quizapp.exams.models import Attempt, ItemResponse
from quizapp.progress.models import Rollup
from tests.content import load
from tests.exams.walk import (
    SQLITE_ONLY,
    attempt_entries,
    begin_practice,
    plain,
    shown_text,
    stored,
)
from tests.factories import NOW, make_cohort, make_member, make_mock, make_sitting

SignIn = Callable[[FlaskClient, User], None]
ROLE = {"about": "domain", "domain": "role_and_values"}
WITH = {"offers_certainty": "1", "asks_certainty": "1"}
WITHOUT = {"offers_certainty": "1"}
ASKED = "How sure are you?"
BOX = re.compile(r'<input type="checkbox" id="asks_certainty"[^>]*>')


@pytest.fixture
def learner(
    client: FlaskClient, session: Session, alice: User, sign_in: SignIn, clock_hands: Traveller
) -> FlaskClient:
    """Alice's browser."""
    load(session, others="live")
    session.commit()
    sign_in(client, alice)
    return client


def begin(browser: FlaskClient, choice: Mapping[str, str], size: int = 5) -> int:
    """Starts a set of one domain by the button of the page."""
    return begin_practice(browser, size, **ROLE, **choice)


def fields(session: Session, attempt_id: int, position: int, *, right: bool) -> dict[str, list[str]]:
    """What to post for an answer to an item of any type that earns all of it, or less."""
    item, order = attempt_entries(session, attempt_id)[position - 1]
    kind = ITEM_TYPES[item.type]
    return kind.posted(item, order, kind.sample_answers(item)[0 if right else 1])


def one_choice(session: Session, attempt_id: int) -> list[int]:
    """The positions of items that ask for a level, and are right or not by one choice."""
    items = [ITEM_TYPES[item.type] for item, _order in attempt_entries(session, attempt_id)]
    return [n for n, kind in enumerate(items, start=1) if kind.picks_one and not kind.in_steps]


def first_asked(session: Session, attempt_id: int) -> int:
    return one_choice(session, attempt_id)[0]


def say(
    browser: FlaskClient, session: Session, attempt_id: int, position: int, level: int, *, right: bool
) -> TestResponse:
    """Answer with a level, and see what comes then."""
    data: dict[str, Any] = fields(session, attempt_id, position, right=right) | {"certainty": str(level)}
    answer = browser.post(f"/practice/{attempt_id}/{position}", data=data)
    assert answer.status_code == 303, answer.text
    return browser.get(f"/practice/{attempt_id}/{position}")


def in_sets_of(app: Flask, session: Session, learner: User, kind: str, *, asks: bool = True) -> int:
    """The id of a set with one item of this type, whatever else the bank holds."""
    session.commit()
    with app.app_context():
        (found, *_more) = (one for one in live_items(session, None) if one.type == kind)
        (candidate,) = starting.candidates(session, learner.id, [found])
        entries = starting.pin(session, [(candidate, found.domain)], seed=1)
        form = starting.add_form(session, entries, 1, NOW)
        attempt = Attempt(
            learner_id=learner.id,
            mode="practice",
            form_id=form.id,
            item_count=1,
            asks_certainty=asks,
            started_at=NOW,
            deadline_at=NOW + timedelta(days=30),
            closes_at=NOW + timedelta(days=30),
        )
        session.add(attempt)
        session.commit()
        return attempt.id


# ---- Opting in.


def box_is_ticked(browser: FlaskClient, address: str = "/practice") -> bool:
    found = BOX.search(browser.get(address).text)
    assert found
    return "checked" in found[0]


def test_nobody_is_asked_who_did_not_tick_the_box(learner: FlaskClient, session: Session) -> None:
    assert not box_is_ticked(learner)
    choices: list[dict[str, str]] = [{}, WITHOUT]
    for choice in choices:
        attempt = begin(learner, choice)
        assert ASKED not in learner.get(f"/practice/{attempt}/1?show=1").text
        assert not box_is_ticked(learner)


def test_the_last_choice_is_remembered(learner: FlaskClient, session: Session, alice: User) -> None:
    begin(learner, WITH)
    assert alice.asks_certainty
    assert box_is_ticked(learner)
    assert box_is_ticked(learner, "/practice?about=principle&principle=dignity_of_risk")
    assert 'checked id="asks_certainty"' in learner.get("/account").text
    begin(learner, WITHOUT)
    assert not alice.asks_certainty
    assert not box_is_ticked(learner)


def test_a_start_without_the_box_does_as_last_time(
    learner: FlaskClient, session: Session, alice: User, clock_hands: Traveller
) -> None:
    """The buttons of the home page and of a principle have no box."""
    begin(learner, WITH)
    clock_hands.shift(60)
    attempt = begin(learner, {})
    assert session.get_one(Attempt, attempt).asks_certainty
    assert alice.asks_certainty


def test_ticking_the_box_and_starting_again_is_no_double_click(
    learner: FlaskClient, session: Session
) -> None:
    without, asking = begin(learner, WITHOUT), begin(learner, WITH)
    assert without != asking
    assert begin(learner, WITH) == asking


def test_it_is_switched_on_and_off_in_the_account(
    learner: FlaskClient, session: Session, alice: User
) -> None:
    settings = {"name": "Alice", "time_zone": "America/New_York", "time_multiplier": "1"}
    learner.post("/account", data=settings | {"asks_certainty": "y"})
    assert box_is_ticked(learner)
    learner.post("/account", data=settings)
    assert not box_is_ticked(learner)


@SQLITE_ONLY
def test_a_form_with_a_problem_keeps_the_choice(learner: FlaskClient, alice: User) -> None:
    answer = learner.post("/practice", data=ROLE | WITH | {"size": "7"})
    assert answer.status_code == 422
    found = BOX.search(answer.text)
    assert found
    assert "checked" in found[0]
    assert not alice.asks_certainty, "nothing was started"


def test_mocks_and_what_a_group_gives_never_ask(
    app: Flask, learner: FlaskClient, session: Session, programme: Any, alice: User, now: datetime
) -> None:
    begin(learner, WITH)
    cohort = make_cohort(session, programme)
    make_member(session, cohort, alice)
    sitting = make_sitting(session, cohort, mode="practice")
    given = int(learner.post(f"/sittings/{sitting.id}/start").location.split("/")[2])
    position = first_asked(session, given)
    assert ASKED not in learner.get(f"/practice/{given}/{position}?show=1").text
    assert "You were sure" not in say(learner, session, given, position, 3, right=True).text
    row = stored(session, given, position)
    assert row
    assert (row.outcome, row.certainty) == ("answered", None)
    assert ASKED not in learner.get(f"/attempts/{make_mock(app, session, alice)}/1").text


# ---- Answering.


@pytest.fixture
def practice(learner: FlaskClient, session: Session) -> int:
    return begin(learner, WITH, 20)


@pytest.mark.parametrize("sent", [{}, {"certainty": "4"}, {"certainty": "sure"}, {"certainty": ""}])
def test_answer_without_a_level_comes_back_with_the_choice_kept(
    learner: FlaskClient, session: Session, practice: int, sent: dict[str, str]
) -> None:
    position = first_asked(session, practice)
    choice = fields(session, practice, position, right=False)
    answer = learner.post(f"/practice/{practice}/{position}", data=choice | sent)
    assert answer.status_code == 422
    assert "Please say how sure you are, too" in shown_text(answer)
    assert re.search(rf'name="choice" value="{choice["choice"][0]}" checked', answer.text)
    assert stored(session, practice, position) is None


def test_level_without_an_answer_is_kept_on_the_page(
    learner: FlaskClient, session: Session, practice: int
) -> None:
    position = first_asked(session, practice)
    answer = learner.post(f"/practice/{practice}/{position}", data={"certainty": "2"})
    assert answer.status_code == 422
    assert "Please choose one response before checking." in shown_text(answer)
    assert 'name="certainty" value="2" checked' in answer.text
    assert stored(session, practice, position) is None


@pytest.mark.parametrize(
    ("level", "right", "words"),
    [
        (3, True, "You were sure, and right."),
        (2, True, "You were fairly sure, and right."),
        (1, True, "You were guessing, and right."),
        (3, False, "You were sure, but another response fits better: worth a second look."),
        (2, False, "You were fairly sure, but another response fits better."),
        (1, False, "You were guessing, and you said so."),
    ],
)
def test_level_is_kept_with_the_answer_and_named_after_it(
    learner: FlaskClient, session: Session, practice: int, level: int, right: bool, words: str
) -> None:
    position = first_asked(session, practice)
    assert ASKED in learner.get(f"/practice/{practice}/{position}?show=1").text
    text = shown_text(say(learner, session, practice, position, level, right=right))
    assert words in text
    row = stored(session, practice, position)
    assert row
    assert (row.certainty, row.outcome, row.version) == (level, "answered", 1)


def test_answer_given_twice_keeps_its_first_level(
    learner: FlaskClient, session: Session, practice: int
) -> None:
    position = first_asked(session, practice)
    say(learner, session, practice, position, 3, right=True)
    say(learner, session, practice, position, 1, right=True)
    row = stored(session, practice, position)
    assert row
    assert row.certainty == 3


def test_item_is_left_out_without_a_level(learner: FlaskClient, session: Session, practice: int) -> None:
    assert learner.post(f"/practice/{practice}/1", data={"skip": "1"}).status_code == 303
    row = stored(session, practice, 1)
    assert row
    assert (row.outcome, row.certainty) == ("skipped", None)


@pytest.mark.parametrize("kind", [name for name in ITEM_TYPES if not ITEM_TYPES[name].in_steps])
def test_every_type_asks_once_and_part_of_it_is_not_right(
    app: Flask, learner: FlaskClient, session: Session, alice: User, kind: str
) -> None:
    asking = in_sets_of(app, session, alice, kind)
    assert learner.get(f"/practice/{asking}/1?show=1").text.count(ASKED) == 1
    text = shown_text(say(learner, session, asking, 1, 3, right=False))
    assert "You were sure, but" in text
    assert ("not all of it fits" in text) == (not ITEM_TYPES[kind].picks_one)
    again = in_sets_of(app, session, alice, kind)
    assert "You were sure, and right." in shown_text(say(learner, session, again, 1, 3, right=True))


def test_a_conversation_asks_nothing(app: Flask, learner: FlaskClient, session: Session, alice: User) -> None:
    asking = in_sets_of(app, session, alice, "branching")
    assert ASKED not in learner.get(f"/practice/{asking}/1?show=1").text
    item, order = attempt_entries(session, asking)[0]
    kind = ITEM_TYPES[item.type]
    said: dict[str, Any] = {}
    for _turn in range(10):
        row = stored(session, asking, 1)
        if row and row.outcome:
            break
        data = kind.question(item, order, row.answer if row else None)
        said = {"turn": str(data["number"]), "reply": data["options"][0]["value"], "certainty": "3"}
        assert learner.post(f"/practice/{asking}/1", data=said).status_code == 303
    row = stored(session, asking, 1)
    assert row
    assert (row.outcome, row.certainty) == ("answered", None)
    assert "You were" not in shown_text(learner.get(f"/practice/{asking}/1"))


def test_no_other_level_fits_into_the_database(learner: FlaskClient, session: Session, practice: int) -> None:
    position = first_asked(session, practice)
    say(learner, session, practice, position, 2, right=True)
    row = stored(session, practice, position)
    assert row
    row.certainty = 4
    with pytest.raises(IntegrityError, match="certainty_known"):
        session.flush()
    session.rollback()


def test_totals_are_the_same_with_and_without(
    learner: FlaskClient,
    new_client: Callable[[Flask], FlaskClient],
    app: Flask,
    session: Session,
    alice: User,
    charlie: User,
    sign_in: SignIn,
) -> None:
    """Charlie gives the same answers, and says nothing of how sure he is."""
    other = new_client(app)
    sign_in(other, charlie)
    for kind in ("single_best", "rating"):
        for right, level in ((True, 3), (False, 3)):
            hers = in_sets_of(app, session, alice, kind)
            his = in_sets_of(app, session, charlie, kind, asks=False)
            say(learner, session, hers, 1, level, right=right)
            other.post(f"/practice/{his}/1", data=fields(session, his, 1, right=right))
    totals = [
        session.execute(
            select(Rollup.kind, Rollup.key, Rollup.n, Rollup.hits, Rollup.first_n, Rollup.first_hits)
            .where(Rollup.learner_id == person.id)
            .order_by(Rollup.kind, Rollup.key)
        ).all()
        for person in (alice, charlie)
    ]
    assert totals[0] == totals[1]
    assert totals[0]
    results = [
        session.execute(
            select(Attempt.raw_score, Attempt.maximum_score, Attempt.answered_count)
            .where(Attempt.learner_id == person.id)
            .order_by(Attempt.id)
        ).all()
        for person in (alice, charlie)
    ]
    assert results[0] == results[1]


# ---- How well it fits.


def add_answers(
    session: Session, learner: User, said: Mapping[tuple[int, bool], int], *, is_first: bool = True
) -> None:
    """As many answers as it says at each level, right and not."""
    revisions = session.execute(select(ItemRevision.id, ItemRevision.item_id).order_by(ItemRevision.id)).all()
    number = 0
    at = NOW - timedelta(days=9)
    form = starting.add_form(session, [], 1, at)
    attempt = Attempt(
        learner_id=learner.id,
        mode="practice",
        form_id=form.id,
        item_count=sum(said.values()),
        asks_certainty=True,
        started_at=at,
        deadline_at=at + timedelta(days=30),
        closes_at=at + timedelta(days=30),
        submitted_at=at,
        answered_count=sum(said.values()),
        raw_score=Fraction(0),
        maximum_score=Fraction(sum(said.values())),
    )
    session.add(attempt)
    session.flush()
    for (level, is_right), count in said.items():
        for _one in range(count):
            revision = revisions[number % len(revisions)]
            number += 1
            session.add(
                ItemResponse(
                    attempt_id=attempt.id,
                    position=number,
                    learner_id=learner.id,
                    item_id=revision.item_id,
                    revision_id=revision.id,
                    mode="practice",
                    option_order=[],
                    version=1,
                    answer={},
                    saved_at=at + timedelta(minutes=number),
                    outcome="answered",
                    is_first_exposure=is_first,
                    points=Fraction(1) if is_right else Fraction(1, 2),
                    maximum=Fraction(1),
                    certainty=level,
                )
            )
    session.flush()


def table(page: TestResponse) -> dict[str, list[str]]:
    """The cells of the table by level."""
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', page.text)
    return {name: re.findall(r"<td[^>]*>(.*?)</td>", cells) for name, cells in rows}


def test_numbers_of_each_level(learner: FlaskClient, session: Session, alice: User) -> None:
    add_answers(
        session,
        alice,
        {(3, True): 24, (3, False): 6, (2, True): 14, (2, False): 4, (1, True): 19, (1, False): 1},
    )
    add_answers(session, alice, {(3, False): 50}, is_first=False)
    page = learner.get("/practice/certainty")
    # Wilson, 90 %: 24/30 is .8, 14/18 is .778 and 19/20 is .95.
    assert table(page) == {
        "Sure": ["24", "30", "80 %", "66 to 89 %", "over 80 %", "fits"],
        "Fairly sure": ["14", "18", "78 %", "59 to 90 %", "67 to 80 %", "not enough yet"],
        "Guessing": ["19", "20", "95 %", "80 to 99 %", "under 67 %", "right more often"],
    }
    # 24 × 3 − 6 × 6 + 14 × 2 − 4 × 2 + 19 = 75 in 68. One level for 57 of 68 right: 9 × 57/68 − 6 = 1.54.
    text = shown_text(page)
    assert "Sure: it fits." in text
    assert "Guessing: right more often than that. You can trust yourself more." in text
    assert "Fairly sure:" not in text
    assert "Your mean mark: 1.10 in 68 answers" in text
    assert "the best mean would be 1.54" in text
    assert "one level for all would have earned as much or more" in text


def test_levels_that_tell_add_a_bonus(learner: FlaskClient, session: Session, alice: User) -> None:
    add_answers(session, alice, {(3, True): 12, (1, True): 2, (1, False): 6})
    text = shown_text(learner.get("/practice/certainty"))
    # 38 in 20 against 4 × 0.7 − 2 = 0.8: a tenth of the difference is 11 %.
    assert "Your mean mark: 1.90 in 20 answers" in text
    assert "your 70.0 % right are worth as much as 81.0 %" in text


def test_few_answers_get_no_verdict(learner: FlaskClient, session: Session, alice: User) -> None:
    add_answers(session, alice, {(3, True): 4, (2, True): 5})
    page = learner.get("/practice/certainty")
    found = table(page)
    assert found["Sure"] == ["4", "4", "not enough yet", "–", "over 80 %", "not enough yet"]
    assert found["Fairly sure"][2:] == ["100 %", "65 to 100 %", "67 to 80 %", "not enough yet"]
    assert found["Guessing"][:3] == ["0", "0", "not enough yet"]
    assert "From 20 answers on you read here what your levels add." in shown_text(page)


def test_page_and_link_are_for_those_who_used_it(
    learner: FlaskClient, session: Session, practice: int
) -> None:
    link = 'href="/practice/certainty"'
    assert link not in learner.get("/home").text
    assert "You have not said how sure you are yet" in learner.get("/practice/certainty").text
    say(learner, session, practice, first_asked(session, practice), 3, right=True)
    assert link in learner.get("/home").text
    assert "Your mean mark: 3 in 1 answer" in shown_text(learner.get("/practice/certainty"))
    learner.post(f"/practice/{practice}/end")
    summary = learner.get(f"/practice/{practice}")
    assert link in summary.text
    assert "· Sure" in shown_text(summary)


def test_who_only_met_known_items_has_a_page_without_numbers(
    learner: FlaskClient, session: Session, alice: User
) -> None:
    add_answers(session, alice, {(2, True): 6}, is_first=False)
    page = learner.get("/practice/certainty")
    assert "You have not said how sure you are yet" not in page.text
    assert table(page)["Fairly sure"][:3] == ["0", "0", "not enough yet"]
    assert "Your mean mark" not in page.text


def test_nobody_else_sees_it(
    app: Flask,
    learner: FlaskClient,
    new_client: Callable[[Flask], FlaskClient],
    session: Session,
    alice: User,
    bob: User,
    charlie: User,
    sign_in: SignIn,
) -> None:
    add_answers(session, alice, {(3, False): 25})
    for person in (bob, charlie):
        browser = new_client(app)
        sign_in(browser, person)
        assert "You have not said how sure you are yet" in browser.get("/practice/certainty").text
        assert 'href="/practice/certainty"' not in browser.get("/home").text


# ---- Sure, but another response fits better.


def test_what_one_was_sure_of_comes_newest_first_with_its_principle(
    learner: FlaskClient, session: Session, practice: int, clock_hands: Traveller
) -> None:
    positions = one_choice(session, practice)[:3]
    for position in positions:
        clock_hands.shift(60)
        say(learner, session, practice, position, 3, right=False)
    page = learner.get("/practice/certainty")
    places = [page.text.index(f'"/practice/{practice}/{position}"') for position in positions]
    assert places == sorted(places, reverse=True)
    for item, _order in (attempt_entries(session, practice)[position - 1] for position in positions):
        assert plain(item.stem) in plain(shown_text(page))
        assert f"/practice?about=principle&amp;principle={item.principle}" in page.text


def test_other_levels_and_right_answers_are_not_in_the_list(
    learner: FlaskClient, session: Session, practice: int
) -> None:
    positions = one_choice(session, practice)[:3]
    for position, (level, right) in zip(positions, ((3, True), (2, False), (1, False)), strict=True):
        say(learner, session, practice, position, level, right=right)
    assert "Nothing here now." in learner.get("/practice/certainty").text


def test_item_of_a_running_mock_is_not_listed(
    app: Flask, learner: FlaskClient, session: Session, alice: User
) -> None:
    mock = make_mock(app, session, alice)
    held = {item.id for item, _order in attempt_entries(session, mock)}
    revisions = session.execute(select(ItemRevision.id, ItemRevision.item_id, ItemRevision.content)).all()
    add_answers(session, alice, {(3, False): len(revisions)})
    pages = [learner.get(f"/practice/certainty?page={number}") for number in range(1, 20)]
    text = " ".join(plain(shown_text(page)) for page in pages)
    shown = {row.item_id for row in revisions if plain(parse_item(row.content).stem) in text}
    assert shown == {row.item_id for row in revisions} - held
    assert table(pages[0])["Sure"][:2] == ["0", str(len(revisions))], "the counts stay"


def test_list_has_pages(learner: FlaskClient, session: Session, alice: User) -> None:
    add_answers(session, alice, {(3, False): 23})
    assert learner.get("/practice/certainty").text.count("Practise this principle") == 10
    assert learner.get("/practice/certainty?page=3").text.count("Practise this principle") == 3
    assert "Page 3 of 3" in shown_text(learner.get("/practice/certainty?page=99"))


def test_page_costs_the_same_after_any_history(
    learner: FlaskClient, session: Session, alice: User, statements: list[str]
) -> None:
    learner.get("/practice")  # warms the catalogue
    costs = []
    for count in (1, 200):
        add_answers(session, alice, {(3, False): count, (2, True): count})
        session.commit()
        statements.clear()
        learner.get("/practice/certainty")
        costs.append(len(statements))
    assert costs[0] == costs[1] <= 6


def test_asking_costs_no_more_statements(
    learner: FlaskClient, session: Session, practice: int, statements: list[str]
) -> None:
    position = first_asked(session, practice)
    path, choice = f"/practice/{practice}/{position}", fields(session, practice, position, right=True)
    learner.get("/practice")
    costs = []
    for data in (None, choice, choice | {"certainty": "3"}, None):
        session.commit()
        statements.clear()
        learner.get(f"{path}?show=1") if data is None else learner.post(path, data=data)
        costs.append(len(statements))
    assert max(costs) <= 4


def test_forgetting_a_person_takes_it_along(
    learner: FlaskClient, session: Session, practice: int, alice: User, command: Callable[..., Result]
) -> None:
    say(learner, session, practice, first_asked(session, practice), 3, right=True)
    assert command("forget", alice.email, "--yes").exit_code == 0
    assert session.scalar(select(func.count()).where(ItemResponse.certainty.is_not(None))) == 0
    assert session.scalar(select(func.count()).where(User.asks_certainty)) == 0


# ---- The introduction.


@SQLITE_ONLY
def test_introduction_says_what_the_levels_mean(learner: FlaskClient) -> None:
    choose = learner.get("/practice").text
    assert 'href="/practice/certainty/intro"' in choose
    page = learner.get("/practice/certainty/intro")
    text = shown_text(page)
    for words in (
        "Sure +3 −6 over 4 in 5",
        "Fairly sure +2 −2 2 in 3 to 4 in 5",
        "Guessing +1 0 under 2 in 3",
        "Real exams do not ask for it.",
        "never enters a total of your progress or a forecast",
        "To switch it off, untick the box",
    ):
        assert words in text
    assert page.text.count("<details>") >= 3
    tryouts = page.text.split("Try it three times")[1].split("What it is not")[0]
    assert "<form" not in tryouts
    assert "<script" not in tryouts
