"""The bank browser of staff."""

import html
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.accounts.models import User
from quizapp.banks import services
from quizapp.banks.files import read_folder, read_reference
from quizapp.banks.models import ItemRevision
from quizapp.core.items import ITEM_TYPES
from quizapp.core.reference import Reference
from tests.content import FOLDER, SYNCED_AT
from tests.exams.walk import attempt_items, begin_mock, begin_practice, shown_text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/banks/core?domain=%00", 200),
        ("/banks/core?status=live%00&page=99999999999", 200),
        ("/banks/%00", 404),
        ("/banks/core/%00", 404),
        ("/mocks/%00", 404),
        ("/principles/%00", 404),
        ("/missteps/a%00b", 404),
    ],
)
def test_what_no_database_can_hold_is_not_found(
    client: FlaskClient,
    every_type: None,
    bob: User,
    sign_in: Callable[[FlaskClient, User], None],
    path: str,
    status: int,
) -> None:
    sign_in(client, bob)
    assert client.get(path).status_code == status


# The page of an item


@pytest.fixture
def page(
    client: FlaskClient, every_type: None, bob: User, sign_in: Callable[[FlaskClient, User], None]
) -> Callable[[str], str]:
    """The page at an address, as a trainer sees it."""
    sign_in(client, bob)

    def get(address: str) -> str:
        response = client.get(address)
        assert response.status_code == 200
        return " ".join(html.unescape(response.text).split())

    return get


@pytest.fixture
def demonstration(session: Session, every_type: None) -> None:
    """The bank of made-up panels, as a development server has it."""
    services.sync(session, read_folder(FOLDER, "question_banks"), SYNCED_AT, demonstrations=True)
    session.commit()


FIRST = {
    "single_best": "/banks/core/rav-0001",
    "multiple_response": "/banks/judgement/mrs-0001",
    "multiple_true_false": "/banks/judgement/mtf-0001",
    "best_worst": "/banks/judgement/bws-0001",
    "ranking": "/banks/judgement/rnk-0001",
    "rating": "/banks/judgement/rat-0002",
    "branching": "/banks/judgement/con-0001",
    "case": "/banks/judgement/cas-0001",
}


def rows(text: str) -> list[tuple[str, str]]:
    """Answer and points of each row of the table of answers, in words alone."""
    table = text.split('<th scope="col">Answer</th>')[1].split("</table>")[0]
    found = re.findall(r'<tr><th scope="row">(.*?)</th><td class="number" translate="no">(.*?)</td>', table)
    return [(" ".join(re.sub(r"<.*?>", " ", answer).split()), points) for answer, points in found]


@pytest.mark.parametrize("kind", ITEM_TYPES)
def test_an_author_sees_what_every_answer_earns(page: Callable[[str], str], kind: str) -> None:
    closed = page(FIRST[kind])
    assert f'href="{FIRST[kind]}?table=1#answers"' in closed
    assert "Every answer and its points" not in closed
    text = page(f"{FIRST[kind]}?table=1")
    assert '<details id="answers" class="earned" open>' in text
    table = rows(text)
    points = [Fraction(each) for _answer, each in table]
    assert points == sorted(points, reverse=True)
    assert len({answer for answer, _points in table}) == len(table) > 2


@pytest.mark.parametrize(
    ("kind", "best", "points"),
    [
        ("single_best", "Response B", "1"),
        ("multiple_response", "Chosen: B, D, E", "1"),
        ("multiple_true_false", "True, Not true, True, Not true, Not true", "1"),
        ("best_worst", "Best: response 3. Worst: response 2.", "1"),
        ("ranking", "Places 3, 1, 4, 2", "1"),
        ("rating", "Ratings 4, 1, 2, 3", "1"),
        ("branching", "Replies B, A, C, A", "4"),
        (
            "case",
            "Question 1: Response C Question 2: Best: response 2. Worst: response 1. Question 3: "
            "Chosen: B, E",
            "3",
        ),
    ],
)
def test_the_best_answer_stands_first(page: Callable[[str], str], kind: str, best: str, points: str) -> None:
    assert rows(page(f"{FIRST[kind]}?table=1"))[0] == (best, points)


def test_the_rule_is_told_in_a_sentence_with_what_guessing_earns(page: Callable[[str], str]) -> None:
    text = page("/banks/judgement/mrs-0001?table=1")
    assert "multiple_response/plus_minus@1" in text
    assert "Each right choice earns its share, each other choice takes one share back" in text
    assert "<dt>By guessing</dt><dd>0.16</dd>" in text
    assert '<th scope="row" class="number" translate="no">2/3</th><td class="number">6</td>' in text


@pytest.mark.parametrize("kind", ITEM_TYPES)
def test_every_rule_has_its_sentence(app: Flask, kind: str) -> None:
    with app.test_request_context():
        described = app.jinja_env.get_template(f"items/{kind}.html").module
        for rule in ITEM_TYPES[kind].rules:
            assert len(str(described.rule(rule))) > 20  # type: ignore[attr-defined]  # a macro


@pytest.mark.parametrize(
    ("address", "warning"),
    [
        (
            "rat-0001",
            'Rating every response "Unhelpful" earns 0.50 of 1, and guessing only 0.38',
        ),
        ("mtf-0005", "Calling every statement true earns 0.50 of 1, and guessing only 0.27"),
        ("cas-0005", "Question 3: Calling every statement true earns 0.50 of 1"),
        ("mrs-0001", None),
        ("rat-0002", None),
    ],
)
def test_an_author_is_warned_when_answers_pay_without_reading(
    page: Callable[[str], str], address: str, warning: str | None
) -> None:
    text = page(f"/banks/judgement/{address}?table=1")
    assert warning in text if warning else "who reads nothing" not in text


def test_choosing_everything_is_warned_of_under_a_rule_that_pays_it(
    page: Callable[[str], str], session: Session
) -> None:
    change(session, "mrs-0001", rule="multiple_response/map_response@1")
    text = page("/banks/judgement/mrs-0001?table=1")
    assert "Choosing every response earns 1 of 1, and guessing only 0.51" in text


def test_a_long_table_says_how_many_answers_there_are(page: Callable[[str], str]) -> None:
    text = page("/banks/judgement/cas-0004?table=1")
    assert "31744 answers are possible; here are the first 1000." in text
    assert len(rows(text)) == 1000


def test_the_table_asks_the_database_for_nothing_more(
    page: Callable[[str], str], statements: list[str]
) -> None:
    page(FIRST["rating"])  # the catalogue is kept from here on
    counts = []
    for address in (FIRST["rating"], f"{FIRST['rating']}?table=1", FIRST["case"]):
        statements.clear()
        page(address)
        counts.append(len(statements))
    assert counts == [counts[0]] * 3
    assert counts[0] == 2


# Panels


def test_an_item_without_a_panel_says_so(page: Callable[[str], str]) -> None:
    text = page(FIRST["rating"])
    assert "The panel" not in text
    assert "Keyed from cited standards, not yet reviewed by a peer panel." in text


@pytest.mark.parametrize(
    ("item_id", "told"),
    [
        ("dem-0001", ["12 of 15", "80 % (59 to 92)", "0.73", "13 of 15 call it essential"]),
        ("dem-0002", ["13 of 15", "12 of 15", "87 % (67 to 95)", "Best", "Worst"]),
        (
            "dem-0003",
            ["W of the orders</dt><dd>0.86", "The middle place that 15 working peers gave"],
        ),
        ("dem-0004", ["(ordinal)</dt><dd>0.64", "Not scored", "How the panel rated each response"]),
    ],
)
def test_an_author_sees_what_a_panel_said(
    page: Callable[[str], str], demonstration: None, item_id: str, told: list[str]
) -> None:
    text = page(f"/banks/demonstration/{item_id}")
    panel = text.split('<h2 id="panel">')[1].split("<h2>")[0]
    assert "Made-up panel, for demonstration" in panel
    assert "<dt>Working peers asked</dt><dd>15</dd>" in panel
    assert "<dt>Held on</dt><dd>20 November 2026</dd>" in panel
    assert "Not carried" not in panel
    assert [each for each in told if each not in panel] == []
    assert "Keyed by a made-up panel, for demonstration." in text


@pytest.mark.parametrize("item_id", ["dem-0001", "dem-0002", "dem-0003", "dem-0004"])
def test_what_learners_see_of_a_made_up_panel_is_marked(
    page: Callable[[str], str], demonstration: None, item_id: str
) -> None:
    text = page(f"/banks/demonstration/{item_id}")
    shown = text.split("<h2>After answering</h2>")[1].split("<h2")[0]
    views = re.findall(r'<p class="panel-view">(.*?)</p>', shown)
    assert len(views) > 3
    assert all("Made-up panel, for demonstration" in view for view in views)


def test_a_panel_that_does_not_carry_the_key_says_so(page: Callable[[str], str], session: Session) -> None:
    panel = {"n": 15, "held_on": "2026-01-01"}
    change(session, "rav-0001", panel=panel | {"best": [2, 8, 1, 4]})
    text = page(FIRST["single_best"])
    assert "8 of 15" in text
    assert "Not carried" in text
    assert "Made-up" not in text


def test_turns_have_panels_of_their_own(page: Callable[[str], str], session: Session) -> None:
    talk = session.scalars(select(ItemRevision).where(ItemRevision.item_id == "con-0001")).one()
    turns = [dict(turn) for turn in talk.content["turns"]]
    votes = [15 * reply.get("key", False) for reply in turns[1]["replies"]]
    turns[1]["panel"] = {"n": 15, "held_on": "2026-01-01", "best": votes}
    change(session, "con-0001", turns=turns)
    panel = page(FIRST["branching"]).split('<h2 id="panel">')[1].split("<h2")[0]
    assert re.findall("<h3>(.*?)</h3>", panel) == ["Turn 2"]
    assert "15 of 15" in panel
    assert "Not carried" not in panel


def change(session: Session, item_id: str, **fields: Any) -> None:
    """Change the content of an item where it stands."""
    revision = session.scalars(select(ItemRevision).where(ItemRevision.item_id == item_id)).one()
    revision.content = revision.content | fields


# The glossary, principles and missteps


def test_words_of_an_item_are_explained_right_below_it(
    client: FlaskClient,
    session: Session,
    content: None,
    alice: User,
    sign_in: Callable[[FlaskClient, User], None],
) -> None:
    sign_in(client, alice)
    glossary = page_text(client, "/glossary")
    assert "Speaking up for yourself." in glossary
    attempt_id = begin_practice(client, about="domain", domain="advocacy_rights", size="5")
    explained = 0
    for position, (item, _) in enumerate(attempt_items(session, attempt_id), start=1):
        terms = reference().glossary.found_in([item.stem, *(option.text for option in item.options)])
        for _time in ("before", "after"):
            shown = page_text(client, f"/practice/{attempt_id}/{position}?show=1")
            assert ("Words in this item" in shown) == bool(terms)
            assert all(term.means in shown for term in terms)
            client.post(f"/practice/{attempt_id}/{position}", data={"choice": "1"})
        explained += len(terms)
    assert explained


def test_a_running_exam_explains_no_words(
    client: FlaskClient, content: None, alice: User, sign_in: Callable[[FlaskClient, User], None]
) -> None:
    """As in the exam of a board."""
    sign_in(client, alice)
    mock = begin_mock(client)
    assert not any("Words in this item" in client.get(mock.url(position)).text for position in range(1, 51))
    mock.hand_in()
    assert "Words in this item" in client.get(mock.url("results")).text


def test_every_principle_and_misstep_has_a_whole_page(
    client: FlaskClient, content: None, alice: User, sign_in: Callable[[FlaskClient, User], None]
) -> None:
    sign_in(client, alice)
    taxonomy = reference().taxonomy
    for principle in taxonomy.principles:
        shown = page_text(client, f"/principles/{principle.id}")
        assert principle.definition in shown
        assert principle.looks_like in shown
        assert principle.why_it_matters in shown
        assert principle.standards
        assert all(taxonomy.standard_by_id[tag].name in shown for tag in principle.standards)
    for misstep in taxonomy.missteps:
        shown = page_text(client, f"/missteps/{misstep.id}")
        assert misstep.definition in shown
        assert misstep.looks_like in shown
        assert misstep.instead in shown
        near = taxonomy.principle_by_id[misstep.near or ""]
        assert near.why_it_matters in shown
        assert taxonomy.standard_by_id[near.standards[0]].name in shown


def test_real_exams_are_told_with_and_without_a_mock(
    client: FlaskClient, content: None, alice: User, sign_in: Callable[[FlaskClient, User], None]
) -> None:
    sign_in(client, alice)
    listed = page_text(client, "/exams")
    assert "Illinois Certified Recovery Support Specialist (CRSS)" in listed
    assert "House readiness check" not in listed  # no board's
    assert "Texas" in listed
    texas = page_text(client, "/exams/texas")
    assert "There is no separate state exam." in texas
    assert "check with yours" in texas
    assert "Not confirmed" in page_text(client, "/exams/ohio")
    assert client.get("/exams/atlantis").status_code == 404


def reference() -> Reference:
    loaded = read_reference(read_folder(FOLDER), SYNCED_AT.date()).reference
    assert loaded
    return loaded


def page_text(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return shown_text(answer)
