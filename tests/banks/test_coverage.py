"""What the banks fill: the command, the page, and that every shipped exam can be taken."""

import json
from collections.abc import Callable
from datetime import date

import pytest
import time_machine
from click.testing import Result
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from quizapp.accounts.models import User
from quizapp.banks import services
from quizapp.banks.files import load_content, read_folder
from quizapp.banks.models import Item
from tests.content import FOLDER, SYNCED_AT
from tests.exams.walk import attempt_items, begin_mock, shown_text

Command = Callable[..., Result]
SHIPPED = load_content(read_folder(FOLDER), date(2026, 12, 1))
FORMS = {  # by 2026-11-26; a change of the banks may add to them
    "calmhsa_pss": 1,
    "house_readiness": 5,
    "icrc_pr_2013": 3,
    "icrc_pr_2025": 1,
    "il_crss": 2,
    "ncps": 1,
    "pcb_cps": 5,
}


def told(command: Command, *words: str) -> list[dict[str, object]]:
    result = command("blueprint", "coverage", *words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)  # type: ignore[no-any-return]


def test_the_shipped_banks_fill_what_was_promised(command: Command) -> None:
    found = {str(each["id"]): each["forms"] for each in told(command)}
    assert found.keys() == FORMS.keys() == SHIPPED.blueprints.keys()
    assert {name: forms for name, forms in FORMS.items() if found[name] < forms} == {}  # type: ignore[operator]


def test_one_blueprint_is_told_domain_by_domain(command: Command) -> None:
    (found,) = told(command, "il_crss")
    assert (found["items"], found["is_old"]) == (100, False)
    domains = found["domains"]
    assert isinstance(domains, list)
    assert [domain["wanted"] for domain in domains] == [25, 25, 25, 25]
    printed = command("blueprint", "coverage", "il_crss").stdout
    assert printed.startswith("Illinois Certified Recovery Support Specialist (CRSS) (il_crss): 100 items")
    for domain in domains:
        (line,) = [line for line in printed.splitlines() if line.startswith(domain["domain"])]
        assert [int(word) for word in line.split()[1:]] == [
            domain[name] for name in ("wanted", "able", "only", "missing")
        ]


def test_an_unknown_blueprint_is_told_with_those_there_are(command: Command) -> None:
    result = command("blueprint", "coverage", "nowhere")
    assert result.exit_code == 2
    assert "there is no blueprint nowhere" in result.output
    assert "il_crss" in result.output


def test_facts_of_more_than_a_year_ago_are_told(
    command: Command, clock_hands: time_machine.Traveller
) -> None:
    clock_hands.move_to(date(2027, 12, 1))
    assert {each["is_old"] for each in told(command)} == {True}
    assert "ncps: facts last checked on 2026-11-26" in command("blueprint", "coverage", "ncps").stderr


@pytest.fixture
def shipped(session: Session) -> None:
    """All that is shipped, in this test's database."""
    services.sync(session, read_folder(FOLDER), SYNCED_AT)
    session.commit()


@pytest.mark.slow
def test_every_shipped_exam_can_be_taken(
    client: FlaskClient,
    session: Session,
    shipped: None,
    alice: User,
    sign_in: Callable[[FlaskClient, User], None],
) -> None:
    sign_in(client, alice)
    offers = shown_text(client.get("/mocks"))
    for name, exam in SHIPPED.blueprints.items():
        assert exam.name in offers
        first = shown_text(client.get(f"/mocks/{name}"))
        assert exam.disclaimer in first
        assert "check with yours" in first
        mock = begin_mock(client, name)
        assert len(attempt_items(session, mock.id)) == exam.items
        assert client.get(mock.url(1)).status_code == 200
        mock.hand_in()
        assert client.get(mock.url("results")).status_code == 200


def test_the_break_of_the_medi_cal_exam_is_told_beforehand(
    client: FlaskClient, content: None, alice: User, sign_in: Callable[[FlaskClient, User], None]
) -> None:
    sign_in(client, alice)
    assert "10 minutes" in shown_text(client.get("/mocks/calmhsa_pss"))


def test_trainers_see_the_same_on_a_page(
    client: FlaskClient,
    command: Command,
    session: Session,
    shipped: None,
    bob: User,
    sign_in: Callable[[FlaskClient, User], None],
    clock_hands: time_machine.Traveller,
) -> None:
    clock_hands.move_to(SYNCED_AT)
    sign_in(client, bob)
    page = shown_text(client.get("/coverage"))
    for found in told(command):
        exam = SHIPPED.blueprints[str(found["id"])]
        assert exam.name in page
        assert f"The banks fill {found['forms']} separate form" in page
    assert "were last checked" not in page
    clock_hands.move_to(date(2027, 12, 1))
    sign_in(client, bob)
    assert "were last checked" in shown_text(client.get("/coverage"))


def test_a_form_that_cannot_be_filled_says_what_is_missing(
    client: FlaskClient,
    session: Session,
    content: None,
    bob: User,
    sign_in: Callable[[FlaskClient, User], None],
) -> None:
    assert session.query(Item).count() == 80
    sign_in(client, bob)
    assert "The banks do not fill this form yet." in shown_text(client.get("/coverage"))
