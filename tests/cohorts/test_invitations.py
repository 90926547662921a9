"""Mailed invitations."""

import re
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from time_machine import Traveller

from quizapp.accounts.models import Programme, User
from quizapp.accounts.tokens import INVITATION_LIFE, make_invitation_token, make_verify_token
from quizapp.cohorts.models import Cohort, CohortInvitation, CohortMember
from quizapp.cohorts.services import invite
from tests.conftest import SETTINGS
from tests.factories import NOW, make_cohort, make_user

Outbox = Callable[[], list[EmailMessage]]
SignIn = Callable[[FlaskClient, User], None]
DEAD = "This invitation no longer works"


def send(staff: FlaskClient, cohort: Cohort, addresses: str) -> str:
    answer = staff.post(
        f"/cohorts/{cohort.id}/invitations", data={"addresses": addresses}, follow_redirects=True
    )
    assert answer.status_code == 200, answer.text
    return answer.text


def link_in(mail: EmailMessage) -> str:
    found = re.search(r"http://127.0.0.1:8000(/invitations/\S+)", mail.get_content())
    assert found
    return found[1]


@pytest.fixture
def link(staff: FlaskClient, cohort: Cohort, outbox: Outbox) -> str:
    """The link that was mailed to Dana."""
    send(staff, cohort, "dana@example.org")
    return link_in(outbox()[0])


def invitation(session: Session) -> CohortInvitation:
    return session.scalars(select(CohortInvitation)).one()


def test_each_address_gets_one_mail_in_our_words(staff: FlaskClient, cohort: Cohort, outbox: Outbox) -> None:
    page = send(staff, cohort, "dana@example.org\r\n\r\n  Eve@Example.org ,\r\nDANA@example.org\r\n")
    assert "2 invitations are on their way." in page
    assert [mail["To"] for mail in outbox()] == ["dana@example.org", "eve@example.org"]
    mail = outbox()[0]
    assert mail["Subject"] == "Riverside invites you to practise together"
    text = mail.get_content()
    for words in ("Riverside", "Spring course", "It works once, for two weeks."):
        assert words in text
    assert "code" not in text
    assert page.count("<td>Sent</td>") == 2


def test_mail_is_the_same_for_people_with_and_without_an_account(
    staff: FlaskClient, cohort: Cohort, alice: User, outbox: Outbox
) -> None:
    page = send(staff, cohort, f"{alice.email}\ndana@example.org")
    mails = outbox()
    texts = {mail.get_content().replace(link_in(mail), "") for mail in mails}
    assert len(texts) == 1
    assert page.count("<td>Sent</td>") == 2


def test_wrong_lines_are_named_and_nothing_is_sent(
    staff: FlaskClient, cohort: Cohort, outbox: Outbox, session: Session
) -> None:
    typed = "dana@example.org\n\nno address\neve@example.org\n<b>@\n"
    answer = staff.post(f"/cohorts/{cohort.id}/invitations", data={"addresses": typed})
    assert answer.status_code == 422
    assert "Line 3: “no address” is not an email address." in answer.text
    assert "Line 5: “&lt;b&gt;@” is not an email address." in answer.text
    assert "Nothing was sent yet." in answer.text
    assert "eve@example.org" in answer.text, "what was typed is still there"
    assert not outbox()
    assert not session.scalars(select(CohortInvitation)).all()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Please enter one address at least."),
        (" \n \r\n", "Please enter one address at least."),
        (",\n;", "Please enter one address at least."),
        ("x\n" * 30, "20 more lines are not right."),
        ("\n".join(f"p{number}@example.org" for number in range(201)), "at most 200 at once. These are 201."),
        ("\x00", "is not an email address"),
        ("x" * 100_000, "is not an email address"),
    ],
)
def test_odd_lists_come_back(
    staff: FlaskClient, cohort: Cohort, outbox: Outbox, typed: str, said: str
) -> None:
    answer = staff.post(f"/cohorts/{cohort.id}/invitations", data={"addresses": typed})
    assert answer.status_code == 422
    assert said in answer.text
    assert not outbox()


def test_two_hundred_are_sent_in_a_few_statements(
    staff: FlaskClient, cohort: Cohort, outbox: Outbox, statements: list[str]
) -> None:
    path = f"/cohorts/{cohort.id}/invitations"
    addresses = "\n".join(f"person-{number}@example.org" for number in range(200))
    statements.clear()
    assert staff.post(path, data={"addresses": addresses}).status_code == 303
    assert len(statements) <= 12
    assert len(outbox()) == 200
    statements.clear()
    assert staff.get(path).text.count("<td>Sent</td>") == 200
    assert len(statements) == 3


def test_address_that_was_invited_is_skipped(staff: FlaskClient, cohort: Cohort, outbox: Outbox) -> None:
    send(staff, cohort, "dana@example.org")
    page = send(staff, cohort, "dana@example.org\neve@example.org")
    assert "1 invitation is on its way. 1 address was invited before and was skipped." in page
    assert len(outbox()) == 2


def test_link_shows_the_group_and_then_joins_once(
    link: str,
    learner: FlaskClient,
    stranger: FlaskClient,
    staff: FlaskClient,
    cohort: Cohort,
    session: Session,
) -> None:
    page = learner.get(link)
    assert "Spring course" in page.text
    assert "Join this group" in page.text
    assert not session.scalars(select(CohortMember)).all()
    assert "Welcome. You are now in Spring course." in learner.post(link, follow_redirects=True).text
    assert invitation(session).joined_at == NOW
    assert "Joined on Tue 3 March" in staff.get(f"/cohorts/{cohort.id}/invitations").text
    for answer in (stranger.get(link), stranger.post(link)):
        assert answer.status_code == 410
        assert DEAD in answer.text
        assert "Spring" not in answer.text
    assert "already in Spring course" in learner.post(link, follow_redirects=True).text
    assert "You are already in this group." in learner.get(link).text


def test_link_works_for_two_weeks(
    link: str, learner: FlaskClient, alice: User, sign_in: SignIn, clock_hands: Traveller
) -> None:
    clock_hands.shift(INVITATION_LIFE)
    sign_in(learner, alice)
    assert learner.get(link).status_code == 200
    clock_hands.shift(timedelta(seconds=1))
    assert learner.get(link).status_code == 410
    assert learner.post(link).status_code == 410


def test_withdrawn_invitation_is_dead_until_it_is_sent_again(
    link: str, learner: FlaskClient, staff: FlaskClient, cohort: Cohort, session: Session, outbox: Outbox
) -> None:
    path = f"/cohorts/{cohort.id}/invitations"
    number = invitation(session).id
    page = staff.post(f"{path}/{number}/withdraw", follow_redirects=True).text
    assert "<td>Withdrawn</td>" in page
    assert learner.get(link).status_code == learner.post(link).status_code == 410
    again = staff.post(f"{path}/{number}/resend", follow_redirects=True).text
    assert "The invitation to dana@example.org is on its way again." in again
    assert learner.post(link_in(outbox()[1])).status_code == 303


def test_address_is_invited_anew_after_withdrawing_or_running_out(
    staff: FlaskClient,
    bob: User,
    sign_in: SignIn,
    cohort: Cohort,
    session: Session,
    clock_hands: Traveller,
    outbox: Outbox,
) -> None:
    send(staff, cohort, "dana@example.org")
    staff.post(f"/cohorts/{cohort.id}/invitations/{invitation(session).id}/withdraw")
    assert "1 invitation is on its way." in send(staff, cohort, "dana@example.org")
    clock_hands.shift(INVITATION_LIFE)
    sign_in(staff, bob)
    assert "<td>Has run out</td>" in staff.get(f"/cohorts/{cohort.id}/invitations").text
    assert "1 invitation is on its way." in send(staff, cohort, "dana@example.org")
    assert len(outbox()) == 3


def test_used_invitation_is_neither_withdrawn_nor_sent_again(
    link: str, learner: FlaskClient, staff: FlaskClient, cohort: Cohort, session: Session
) -> None:
    learner.post(link)
    for act in ("withdraw", "resend"):
        address = f"/cohorts/{cohort.id}/invitations/{invitation(session).id}/{act}"
        assert staff.post(address).status_code == 404


def test_leaving_takes_the_used_invitation_away(
    link: str, learner: FlaskClient, staff: FlaskClient, cohort: Cohort, session: Session
) -> None:
    learner.post(link)
    learner.post(f"/groups/{cohort.id}/leave")
    assert not session.scalars(select(CohortInvitation)).all()
    assert "dana@example.org" not in staff.get(f"/cohorts/{cohort.id}/invitations").text
    assert learner.post(link).status_code == 410
    assert "1 invitation is on its way." in send(staff, cohort, "dana@example.org")


def test_invitation_of_another_group_is_not_found_under_this_one(
    staff: FlaskClient, cohort: Cohort, programme: Programme, session: Session
) -> None:
    other = make_cohort(session, programme, "Autumn course")
    (theirs,) = invite(session, other, ["dana@example.org"], now=NOW)
    assert staff.post(f"/cohorts/{cohort.id}/invitations/{theirs.id}/withdraw").status_code == 404


def test_archived_group_takes_nobody_by_invitation(
    link: str, learner: FlaskClient, staff: FlaskClient, cohort: Cohort, session: Session, outbox: Outbox
) -> None:
    cohort.archived_at = NOW
    path = f"/cohorts/{cohort.id}/invitations"
    answers = [
        learner.get(link),
        learner.post(link),
        staff.post(path, data={"addresses": "eve@example.org"}),
        staff.post(f"{path}/{invitation(session).id}/resend"),
    ]
    assert [answer.status_code for answer in answers] == [410] * 4
    assert "<textarea" not in staff.get(path).text
    assert len(outbox()) == 1


@pytest.mark.parametrize("secret", [SETTINGS["secret_key"], "another secret that is long enough to be one"])
def test_forged_and_foreign_tokens_are_dead(learner: FlaskClient, alice: User, secret: str) -> None:
    for token in (make_invitation_token(secret, 999), make_verify_token(secret, alice.id, alice.email), "x"):
        answer = learner.get(f"/invitations/{token}")
        assert answer.status_code == 410
        assert DEAD in answer.text


def test_invitations_are_limited(staff: FlaskClient, cohort: Cohort, outbox: Outbox) -> None:
    path = f"/cohorts/{cohort.id}/invitations"
    answers = [
        staff.post(path, data={"addresses": f"person-{number}@example.org"}).status_code
        for number in range(61)
    ]
    assert answers == [303] * 60 + [429]
    assert len(outbox()) == 60


def test_person_may_be_invited_to_two_groups(
    staff: FlaskClient, cohort: Cohort, programme: Programme, session: Session, outbox: Outbox
) -> None:
    other = make_cohort(session, programme, "Autumn course")
    make_user(session, "Dana", email="dana@example.org")
    for each in (cohort, other):
        assert "1 invitation is on its way." in send(staff, each, "dana@example.org")
