"""Practice: choose, answer, learn, pause, go on."""

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from fractions import Fraction
from html import unescape
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from time_machine import Traveller

from quizapp.accounts.models import User
from quizapp.banks import services
from quizapp.banks.files import read_folder
from quizapp.banks.models import Item
from quizapp.exams import practising
from quizapp.exams.errors import AttemptClosed
from quizapp.exams.loading import open_item
from quizapp.exams.models import PRACTICE, Attempt, ItemResponse
from quizapp.progress.models import Rollup
from tests.content import FOLDER, SYNCED_AT, small_core
from tests.exams.walk import (
    SQLITE_ONLY,
    attempt_items,
    begin_practice,
    choices,
    everything,
    forget_catalogue,
    plain,
    shown_text,
    stored,
)
from tests.factories import make_practice

SignIn = Callable[[FlaskClient, User], None]
ROLE = "domain:role_and_values"


@pytest.fixture
def learner(
    client: FlaskClient, content: None, alice: User, sign_in: SignIn, clock_hands: Traveller
) -> FlaskClient:
    """Alice's browser."""
    sign_in(client, alice)
    return client


@pytest.fixture
def practice(app: Flask, session: Session, learner: FlaskClient, alice: User) -> int:
    """A set of five items of one domain, without content notes."""
    attempt_id = make_practice(app, session, alice, ROLE)
    assert not any(item.content_note for item, _order in attempt_items(session, attempt_id))
    session.commit()
    return attempt_id


def post(browser: FlaskClient, practice: int, position: int, **fields: str) -> int:
    return browser.post(f"/practice/{practice}/{position}", data=fields).status_code


# ---- Choosing.


@pytest.mark.parametrize("size", [5, 10, 20])
def test_set_has_the_size_and_topic_asked_for(learner: FlaskClient, session: Session, size: int) -> None:
    attempt = begin_practice(learner, size, about="domain", domain="ethics_boundaries_privacy")
    items = attempt_items(session, attempt)
    assert len(items) == min(size, 16)
    assert {item.domain for item, _order in items} == {"ethics_boundaries_privacy"}
    page = shown_text(learner.get(f"/practice/{attempt}/1?show=1"))
    assert ("There are 16 items for this right now." in page) == (size == 20)


def test_set_about_a_principle_or_a_misstep_holds_only_its_items(
    learner: FlaskClient, session: Session
) -> None:
    found = session.execute(select(Item.principle, Item.missteps).where(Item.missteps != [])).first()
    assert found
    by_principle = begin_practice(learner, about="principle", principle=found.principle)
    assert {item.principle for item, _order in attempt_items(session, by_principle)} == {found.principle}
    by_misstep = begin_practice(learner, about="misstep", misstep=found.missteps[0])
    for item, _order in attempt_items(session, by_misstep):
        assert found.missteps[0] in {option.misstep for option in item.options}


def test_unseen_items_come_before_seen_ones(learner: FlaskClient, session: Session) -> None:
    topic = {"about": "domain", "domain": "ethics_boundaries_privacy"}
    met: list[str] = []
    for _set in range(3):
        attempt = begin_practice(learner, 5, **topic)
        met += [item.id for item, _order in attempt_items(session, attempt)]
        for position in range(1, 6):
            post(learner, attempt, position, choice="1")
    assert len(set(met)) == 15


@SQLITE_ONLY
@pytest.mark.parametrize(
    "fields",
    [
        {"about": "everything"},
        {"about": "domain\0"},
        {"size": "7"},
        {"size": "-5"},
        {"size": "5 "},
        {"size": ""},
    ],
)
def test_form_with_something_else_starts_nothing(
    learner: FlaskClient, session: Session, fields: dict[str, str]
) -> None:
    answer = learner.post("/practice", data={"about": "helps", "size": "5"} | fields)
    assert answer.status_code == 422
    assert session.scalar(select(func.count()).select_from(Attempt)) == 0


@SQLITE_ONLY
@pytest.mark.parametrize("domain", ["", "nowhere", "\0", "x" * 10_000, "role_and_values' OR 1=1"])
def test_topic_that_is_not_there_says_so(learner: FlaskClient, domain: str) -> None:
    answer = learner.post("/practice", data={"about": "domain", "domain": domain, "size": "5"})
    assert answer.location == "/practice"
    assert "There is nothing to practise on that topic right now" in learner.get("/practice").text


def test_link_chooses_the_topic_on_the_page(learner: FlaskClient) -> None:
    page = learner.get("/practice?about=principle&principle=dignity_of_risk").text
    assert 'value="principle" checked' in page
    assert learner.get("/practice?about=%00&size=x").status_code == 200


# ---- Answering.


def test_best_response_is_confirmed_with_every_rationale(
    learner: FlaskClient, practice: int, session: Session
) -> None:
    item, _order = attempt_items(session, practice)[0]
    assert post(learner, practice, 1, choice=choices(session, practice, right=True)[1]) == 303
    page = learner.get(f"/practice/{practice}/1")
    text = plain(shown_text(page))
    assert "Yes, that's the best response." in text
    for option in item.options:
        assert plain(option.rationale) in text
        assert plain(option.text) in text
    assert "Misstep you chose" not in text
    assert f"/principles/{item.principle}" in page.text
    assert text.count("Best ") == 1
    assert text.count("Your choice") == 1
    row = stored(session, practice, 1)
    assert row
    assert (row.outcome, row.points, row.rule_id, row.version) == (
        "answered",
        Fraction(1),
        "single_best/key@1",
        1,
    )
    assert (row.mode, row.is_first_exposure, row.item_id) == ("practice", True, item.id)


def test_another_response_is_met_kindly_and_its_misstep_linked(
    learner: FlaskClient, practice: int, session: Session
) -> None:
    wrong = choices(session, practice, right=False)
    position, item = next(
        (position, item)
        for position, (item, _order) in enumerate(attempt_items(session, practice), start=1)
        if item.kind != "spot_misstep"
    )
    post(learner, practice, position, choice=wrong[position])
    page = learner.get(f"/practice/{practice}/{position}")
    text = plain(shown_text(page))
    assert "Close. Another response fits better." in text
    for word in ("wrong", "incorrect", "fail"):
        assert word not in text.split("Another response")[0].lower()
    for option in item.options:
        assert plain(option.rationale) in text
    chosen = next(option.misstep for option in item.options if not option.key)
    assert f'href="/missteps/{chosen}"' in unescape(page.text)


def test_checking_without_a_choice_says_so_and_keeps_the_page(
    learner: FlaskClient, practice: int, session: Session
) -> None:
    item, _order = attempt_items(session, practice)[0]
    answer = learner.post(f"/practice/{practice}/1", data={})
    assert answer.status_code == 422
    text = plain(shown_text(answer))
    assert "Please choose one response before checking." in text
    assert all(plain(option.text) in text for option in item.options)
    assert plain(item.options[0].rationale) not in text
    assert stored(session, practice, 1) is None


@SQLITE_ONLY
@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("choice=1&choice=2", 422),
        ("choice=9", 422),
        ("choice=0", 422),
        ("choice=01", 422),
        ("choice=1%00", 422),
        ("choice=%00", 422),
        ("choice=%FF%FE", 422),
        ("choice[]=1", 422),
        ("choice=" + "1" * 100_000, 422),
        ("choice=" + "x" * 1_000_000, 413),
        ("ms=" + "9" * 200 + "&choice=1", 303),
        ("shown=-1&choice=1", 303),
        ("shown=99999999999999&choice=1", 303),
    ],
)
def test_hostile_answers_change_nothing(
    learner: FlaskClient, practice: int, session: Session, body: str, status: int
) -> None:
    answer = learner.post(
        f"/practice/{practice}/1", data=body, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == status
    row = stored(session, practice, 1)
    assert (row is not None) == (status == 303)
    if row:
        assert 0 <= row.milliseconds <= 24 * 3600 * 1000


def test_first_answer_stays(learner: FlaskClient, practice: int, session: Session) -> None:
    right, wrong = choices(session, practice, right=True), choices(session, practice, right=False)
    post(learner, practice, 1, choice=wrong[1])
    before = everything(session)
    assert post(learner, practice, 1, choice=right[1]) == 303
    page = shown_text(learner.get(f"/practice/{practice}/1"))
    assert "You answered this one before. That answer stays." in page
    assert "Close. Another response fits better." in page
    assert post(learner, practice, 1, skip="1") == 303
    assert everything(session) == before


def test_skipped_item_counts_nowhere(learner: FlaskClient, practice: int, session: Session) -> None:
    answer = learner.post(f"/practice/{practice}/1", data={"skip": "1", "choice": "1"})
    assert answer.location == f"/practice/{practice}/2"
    row = stored(session, practice, 1)
    assert row
    assert (row.outcome, row.answer, row.points) == ("skipped", None, None)
    assert session.scalar(select(func.count()).select_from(Rollup)) == 0
    assert "You left this one out. It counts nowhere." in shown_text(learner.get(f"/practice/{practice}/1"))


def test_answer_after_a_skip_is_still_a_first_answer(
    app: Flask, learner: FlaskClient, session: Session, alice: User
) -> None:
    for field in ({"skip": "1"}, {"choice": "1"}):
        attempt = make_practice(app, session, alice, ROLE, 20)
        for position in range(1, 7):
            post(learner, attempt, position, **field)
    firsts = session.scalars(select(Rollup.first_n).where(Rollup.kind == "domain")).all()
    assert firsts == [6]


def test_time_on_the_item_is_from_the_script_or_else_from_the_page(
    learner: FlaskClient, practice: int, session: Session, clock_hands: Traveller
) -> None:
    page = learner.get(f"/practice/{practice}/1").text
    shown = page.split('name="shown" value="')[1].split('"')[0]
    clock_hands.shift(7)
    post(learner, practice, 1, choice="1", shown=shown, ms="")
    post(learner, practice, 2, choice="1", shown=shown, ms="3210")
    rows = session.scalars(select(ItemResponse.milliseconds).order_by(ItemResponse.position)).all()
    assert rows == [7000, 3210]


# ---- Content notes.


@pytest.fixture
def noted(app: Flask, session: Session, learner: FlaskClient, alice: User) -> tuple[int, int]:
    """A set and the position of an item with a content note."""
    attempt = make_practice(app, session, alice, "domain:crisis_trauma_safety", 10)
    position = next(
        position
        for position, (item, _order) in enumerate(attempt_items(session, attempt), start=1)
        if item.content_note
    )
    session.commit()
    return attempt, position


def test_content_note_comes_before_the_item(
    learner: FlaskClient, session: Session, noted: tuple[int, int]
) -> None:
    attempt, position = noted
    item, _order = attempt_items(session, attempt)[position - 1]
    text = plain(shown_text(learner.get(f"/practice/{attempt}/{position}")))
    assert item.content_note
    assert f"This item mentions: {item.content_note}" in text
    assert "Leave it out" in text
    assert not any(plain(option.text) in text for option in item.options)
    assert plain(item.stem) not in text
    shown = plain(shown_text(learner.get(f"/practice/{attempt}/{position}?show=1")))
    assert all(plain(option.text) in shown for option in item.options)


def test_item_can_be_left_out_at_its_note(
    learner: FlaskClient, session: Session, noted: tuple[int, int]
) -> None:
    attempt, position = noted
    assert post(learner, attempt, position, skip="1") == 303
    row = stored(session, attempt, position)
    assert row
    assert row.outcome == "skipped"


def test_item_left_out_at_its_note_is_shown_nowhere_else(
    learner: FlaskClient, session: Session, noted: tuple[int, int]
) -> None:
    attempt, position = noted
    item, _order = attempt_items(session, attempt)[position - 1]
    post(learner, attempt, position, skip="1")
    for page in (f"/practice/{attempt}/{position}", f"/practice/{attempt}"):
        assert plain(item.stem) not in plain(shown_text(learner.get(page)))


# ---- Pausing, ending.


def test_paused_set_goes_on_where_it_was(learner: FlaskClient, practice: int) -> None:
    post(learner, practice, 1, choice="1")
    post(learner, practice, 2, skip="1")
    for path in ("/home", "/practice"):
        page = learner.get(path)
        assert f'href="/practice/{practice}/3"' in page.text
        assert "2 of 5" in shown_text(page)
    summary = learner.get(f"/practice/{practice}")
    assert "3 items are still open." in shown_text(summary)
    assert f'href="/practice/{practice}/3"' in summary.text


def test_going_on_leads_to_the_item_that_is_open(learner: FlaskClient, practice: int) -> None:
    for position in (1, 3, 4, 5):
        post(learner, practice, position, choice="1")
    for path in ("/home", "/practice", f"/practice/{practice}"):
        assert f'href="/practice/{practice}/2"' in learner.get(path).text


def test_finished_set_has_its_totals_everywhere(
    learner: FlaskClient, practice: int, session: Session
) -> None:
    right, wrong = choices(session, practice, right=True), choices(session, practice, right=False)
    for position in (1, 2, 3):
        post(learner, practice, position, choice=right[position])
    post(learner, practice, 4, choice=wrong[4])
    assert learner.get(f"/practice/{practice}/4").text.count(f'href="/practice/{practice}/5"') == 1
    answer = learner.post(f"/practice/{practice}/5", data={"skip": "1"})
    assert answer.location == f"/practice/{practice}"
    session.expire_all()
    attempt = session.get(Attempt, practice)
    assert attempt
    assert (attempt.raw_score, attempt.maximum_score, attempt.answered_count) == (Fraction(3), Fraction(4), 4)
    assert (attempt.ended_by, attempt.submitted_at is None) == ("learner", False)
    summary = shown_text(learner.get(f"/practice/{practice}"))
    assert "You chose the best response in 3 of 4." in summary
    home = shown_text(learner.get("/home"))
    assert "Role and values" in home
    assert "3 of 4" in home


def test_set_is_over_after_thirty_days(
    learner: FlaskClient,
    practice: int,
    session: Session,
    clock_hands: Traveller,
    sign_in: SignIn,
    alice: User,
) -> None:
    post(learner, practice, 1, choice="1")
    clock_hands.shift(timedelta(days=30, seconds=1))
    sign_in(learner, alice)
    assert post(learner, practice, 2, choice="1") == 410
    assert stored(session, practice, 2) is None
    assert learner.get(f"/practice/{practice}/1").status_code == 200
    assert f"/practice/{practice}/" not in learner.get("/home").text


@pytest.mark.parametrize("tail", ["", "/1", "/6", "/0"])
def test_set_of_another_learner_is_not_there(
    learner: FlaskClient, practice: int, bob: User, charlie: User, sign_in: SignIn, tail: str
) -> None:
    for person in (bob, charlie):
        sign_in(learner, person)
        assert learner.get(f"/practice/{practice}{tail}").status_code == 404
        assert learner.post(f"/practice/{practice}{tail or '/1'}", data={"choice": "1"}).status_code in (
            404,
            405,
        )


# ---- Items of one state.


@pytest.fixture
def state_bank(app: Flask, session: Session, content: None, tmp_path: Path) -> str:
    """The bank with the first item of one domain made a Pennsylvania one; its id."""
    folder = tmp_path / "question_banks"
    shutil.copytree(FOLDER, folder)
    path = folder / "core" / "role_and_values.yaml"
    first, rest = path.read_text().split("lint_ok: []", 1)
    first = first.replace("jurisdiction: national", "jurisdiction: [PA]")
    first = first.replace("checked_on: null", "checked_on: 2026-11-20").replace(
        "review_by: null", "review_by: 2027-11-20"
    )
    path.write_text(first + "lint_ok: []" + rest)
    report = services.sync(session, read_folder(folder, "question_banks"), SYNCED_AT)
    assert not report.withheld, report.problems
    moved = report.changed[0]
    # What the sync has brought beside the small bank would fill the set.
    others = Item.id.not_in([*small_core(), moved])
    session.execute(update(Item).where(others).values(status="retired"))
    session.commit()
    forget_catalogue(app)
    return moved


@pytest.mark.parametrize(("state", "is_served"), [("PA", True), ("OH", False), (None, False)])
def test_item_of_a_state_is_only_for_its_learners(
    learner: FlaskClient, session: Session, alice: User, state_bank: str, state: str | None, is_served: bool
) -> None:
    alice.state = state
    attempt = begin_practice(learner, 20, about="domain", domain="role_and_values")
    served = {item.id for item, _order in attempt_items(session, attempt)}
    assert (state_bank in served) == is_served
    assert len(served) == 5 + is_served


# ---- Sets that were begun twice, given up, or completed in two tabs at one moment.


def test_second_click_on_start_goes_on_in_the_same_set(
    learner: FlaskClient, session: Session, clock_hands: Traveller
) -> None:
    first = begin_practice(learner)
    assert begin_practice(learner) == first
    clock_hands.shift(60)
    assert begin_practice(learner) != first


def test_set_can_be_ended_before_its_last_item(learner: FlaskClient, session: Session) -> None:
    attempt = begin_practice(learner)
    learner.post(f"/practice/{attempt}/1", data={"choice": "1"})
    assert "End this set here" in learner.get(f"/practice/{attempt}").text
    answer = learner.post(f"/practice/{attempt}/end")
    assert answer.location == f"/practice/{attempt}"
    row = session.get(Attempt, attempt)
    assert row
    assert (row.answered_count, row.ended_by) == (1, "learner")
    late = learner.post(f"/practice/{attempt}/2", data={"choice": "1"})
    assert late.status_code == 410
    assert "This set has ended" in late.text
    assert "exam" not in late.text.split("</title>")[1].split("This set has ended")[1].split("</main>")[0]
    assert f'href="/practice/{attempt}"' in late.text
    assert "Go on" not in learner.get("/practice").text


def test_complete_set_that_nothing_closed_is_offered_no_more_and_gets_closed(
    learner: FlaskClient, session: Session, command: Callable[..., Result]
) -> None:
    attempt = begin_practice(learner)
    for position in range(1, 6):
        learner.post(f"/practice/{attempt}/{position}", data={"choice": "1"})
    session.execute(update(Attempt).where(Attempt.id == attempt).values(submitted_at=None))
    session.commit()
    for page in ("/home", "/practice"):
        assert f"/practice/{attempt}/" not in learner.get(page).text
    assert command("attempts", "close-expired").output == "1 closed\n"
    row = session.get(Attempt, attempt)
    assert row
    assert row.answered_count == 5


def test_answer_that_comes_after_the_end_of_its_set_counts_nowhere(
    learner: FlaskClient, session: Session, alice: User, now: datetime
) -> None:
    """Its page was read before the set was ended in another tab, and it is written after that."""
    attempt = begin_practice(learner)
    opened = open_item(session, PRACTICE, alice.id, attempt, 1)
    learner.post(f"/practice/{attempt}/end")
    key, _wrong = opened.kind.sample_answers(opened.item)
    with pytest.raises(AttemptClosed):
        practising.answer_item(session, opened, key, 0, now, [])
    session.rollback()
    assert session.scalar(select(func.count()).select_from(ItemResponse)) == 0


def test_another_size_at_once_is_another_set(learner: FlaskClient, session: Session) -> None:
    assert begin_practice(learner, 20) != begin_practice(learner, 5)
    assert begin_practice(learner, 5) != begin_practice(learner, 10)


def test_second_click_on_a_short_topic_goes_on_in_the_same_set(learner: FlaskClient) -> None:
    topic = {"about": "domain", "domain": "culture_language_harm_reduction"}  # has four items
    assert begin_practice(learner, 10, **topic) == begin_practice(learner, 10, **topic)


def test_what_helps_most_still_does_when_every_item_was_seen(
    learner: FlaskClient, session: Session, clock_hands: Traveller
) -> None:
    weak = "wellness_relapse_resilience"
    for _set in range(8):
        clock_hands.shift(60)
        attempt = begin_practice(learner, 10)
        right, wrong = (choices(session, attempt, right=is_right) for is_right in (True, False))
        for position, (item, _order) in enumerate(attempt_items(session, attempt), start=1):
            chosen = wrong if item.domain == weak else right
            post(learner, attempt, position, choice=chosen[position])
    clock_hands.shift(60)
    served = attempt_items(session, begin_practice(learner, 5))
    assert {item.domain for item, _order in served} == {weak}
