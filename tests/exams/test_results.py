"""The page of results."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from time_machine import Traveller

from quizapp.accounts.models import User
from quizapp.core.intervals import wilson
from tests.exams.walk import (
    HOUSE,
    ICRC,
    SQLITE_ONLY,
    Mock,
    attempt_items,
    begin_mock,
    change_id,
    choices,
    plain,
    shown_text,
)

SignIn = Callable[[FlaskClient, User], None]


@pytest.fixture
def learner(
    client: FlaskClient, content: None, alice: User, sign_in: SignIn, clock_hands: Traveller
) -> FlaskClient:
    sign_in(client, alice)
    return client


def sit(
    learner: FlaskClient, session: Session, blueprint: str, right: int, wrong: int = 0, **save: int
) -> Mock:
    """A mock with the first positions answered right, the next ones wrong, the others not."""
    mock = begin_mock(learner, blueprint)
    keys, others = choices(session, mock.id, right=True), choices(session, mock.id, right=False)
    for position in range(1, right + 1):
        mock.save(position, keys[position], **save)
    for position in range(right + 1, right + wrong + 1):
        mock.save(position, others[position], **save)
    mock.hand_in()
    return mock


def rows(page: str) -> dict[str, list[str]]:
    """The table beside the picture: cells by the heading of their row."""
    table = page.split("<tbody>")[1].split("</tbody>")[0]
    return {
        re.sub(r"<[^>]+>", "", row.split("</th>")[0]).strip(): re.findall(r"<td[^>]*>(.*?)</td>", row)
        for row in table.split("<tr>")[1:]
    }


@SQLITE_ONLY
@pytest.mark.parametrize(
    ("right", "words"),
    [
        (40, "You are at the study target of 40. Well done."),
        (50, "You are at the study target of 40. Well done."),
        (39, "Not at the study target of 40 yet: 1 item to go."),
        (0, "Not at the study target of 40 yet: 40 items to go."),
    ],
)
def test_house_check_speaks_of_a_study_target_only(
    learner: FlaskClient, session: Session, right: int, words: str
) -> None:
    text = shown_text(sit(learner, session, HOUSE, right).page("results"))
    assert f"You chose the keyed response in {right} of 50." in text
    assert words in text
    assert not re.search(r"\b(passed|failed|pass|fail)\b", text.split("By domain")[0])


@SQLITE_ONLY
@pytest.mark.parametrize(
    ("right", "words"),
    [
        (52, "70 % is 53 items: not yet. 80 % is 60 items: not yet."),
        (53, "70 % is 53 items: reached. 80 % is 60 items: not yet."),
        (60, "70 % is 53 items: reached. 80 % is 60 items: reached."),
    ],
)
def test_scaled_score_gives_two_study_targets_and_no_verdict(
    learner: FlaskClient, session: Session, right: int, words: str
) -> None:
    text = shown_text(sit(learner, session, ICRC, right).page("results"))
    assert (
        "The board reports a scaled score, so this mock cannot say pass or fail. Two study targets:" in text
    )
    assert words in text


def test_domains_count_every_item_of_the_form(learner: FlaskClient, session: Session) -> None:
    mock = sit(learner, session, ICRC, right=30, wrong=20)
    found = rows(mock.page("results").text)
    total = found.pop("All items")
    low, high = wilson(30, 75)
    assert total == ["30", "75", "25", f"{round(100 * low)} to {round(100 * high)} %"]
    assert sorted(cells[1] for cells in found.values()) == ["16", "16", "16", "27"]
    assert sum(int(cells[0]) for cells in found.values()) == 30
    assert sum(int(cells[2]) for cells in found.values()) == 25
    for earned, items, _omitted, interval in found.values():
        low, high = wilson(int(earned), int(items))
        assert interval == f"{round(100 * low)} to {round(100 * high)} %"


@SQLITE_ONLY
def test_domain_with_fewer_than_five_items_has_no_range(learner: FlaskClient, session: Session) -> None:
    mock = sit(learner, session, HOUSE, right=50)
    page = mock.page("results")
    found = rows(page.text)
    for cells in found.values():
        assert (cells[3] == "not enough yet") == (int(cells[1]) < 5)
    assert "3 of 3, not enough yet for a range" in page.text


@SQLITE_ONLY
def test_omitted_items_are_named_as_what_they_are(learner: FlaskClient, session: Session) -> None:
    text = shown_text(sit(learner, session, HOUSE, right=49).page("results"))
    assert "1 item was not answered. In a mock it earns nothing, and it is left out of your progress." in text
    assert text.split("The items")[1].count("Not answered ") == 1


def test_every_item_has_answer_rationales_and_time(learner: FlaskClient, session: Session) -> None:
    mock = begin_mock(learner)
    items = attempt_items(session, mock.id)
    for position in range(1, 4):
        mock.save(position, "1", ms=75_400, flagged=position == 2)
    mock.save(1, "2", ms=10_000)
    mock.hand_in()
    text = plain(shown_text(mock.page("results")))
    for item, _order in items:
        for option in item.options:
            assert plain(option.rationale) in text
    assert "1 min 25 s" in text
    assert text.count("1 min 15 s") == 2
    assert text.count("· Flagged") == 1
    assert text.count("Your choice") == 3


@SQLITE_ONLY
@pytest.mark.parametrize(
    ("show", "count"), [("all", 50), ("missed", 40), ("flagged", 2), ("nonsense", 50), ("%00", 50)]
)
def test_items_can_be_filtered(learner: FlaskClient, session: Session, show: str, count: int) -> None:
    mock = begin_mock(learner)
    right = choices(session, mock.id, right=True)
    for position in range(1, 11):
        mock.save(position, right[position], flagged=position < 3)
    mock.hand_in()
    page = mock.page(f"results?show={show}")
    assert page.text.count('class="result-item"') == count
    assert "All 50 Missed or open 40 Flagged 2" in shown_text(page)


@SQLITE_ONLY
def test_suggestions_lead_to_practice(learner: FlaskClient, session: Session) -> None:
    mock = sit(learner, session, HOUSE, right=0, wrong=50)
    page = mock.page("results")
    assert "Three things that would help most" in shown_text(page)
    forms = re.findall(
        r'name="about" value="(\w+)"><input type="hidden" name="(\w+)" value="([\w.]+)"', page.text
    )
    assert len(forms) == 3
    assert {kind for kind, _name, _key in forms} == {"domain", "principle", "misstep"}
    for kind, name, key in forms:
        answer = learner.post("/practice", data={"about": kind, name: key, "size": "5"})
        assert answer.status_code == 303


@SQLITE_ONLY
def test_perfect_result_suggests_nothing(learner: FlaskClient, session: Session) -> None:
    assert "would help most" not in shown_text(sit(learner, session, HOUSE, right=50).page("results"))


def test_answer_of_another_tab_is_what_is_shown(learner: FlaskClient, session: Session) -> None:
    """What stands is scored, not what came last and was refused."""
    mock = begin_mock(learner)
    right, wrong = choices(session, mock.id, right=True), choices(session, mock.id, right=False)
    mock.save(1, right[1])
    assert mock.send(1, wrong[1], base=0, change_id=change_id()).status_code == 409
    mock.hand_in()
    assert "You chose the keyed response in 1 of 50." in shown_text(mock.page("results"))
