"""Walks the whole URL map as every kind of person: what is closed asks to sign in, what is hidden is a 404.

A new page needs one line in EXPECTED: who may open it and, where its address has parts, what to put there.
"""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.wrappers import Response

from quizapp import clock
from quizapp.accounts.models import Programme, User
from quizapp.cohorts.added_time import Amount, add_time
from quizapp.cohorts.models import Cohort
from quizapp.cohorts.services import invite
from quizapp.cohorts.sitting_models import Sitting
from tests.factories import (
    answer_practice,
    make_cohort,
    make_concern,
    make_member,
    make_membership,
    make_mock,
    make_practice,
    make_programme,
    make_sitting,
    make_user,
)

PEOPLE = ("owner", "learner", "author", "trainer", "coordinator", "stranger", "admin")
ALL = frozenset({"visitor", *PEOPLE})
SIGNED_IN = frozenset(PEOPLE)
BANK_READERS = frozenset({"author", "trainer", "admin"})
PUBLISHERS = frozenset({"trainer", "admin"})
ADMIN = frozenset({"admin"})
OWNER = frozenset({"owner"})
PROGRAMME_STAFF = frozenset({"trainer", "coordinator", "admin"})  # an author sees no learner
BANK, ITEM = "core", "wrr-0001"


@dataclass
class World:
    """One person of each kind. The stranger coordinates another programme; things belong to the owner."""

    app: Flask
    session: Session
    people: dict[str, User]
    here: Programme

    def colleague(self) -> dict[str, Any]:
        """A programme, and one of its staff."""
        person = make_user(self.session, "Colleague")
        make_membership(self.session, self.here, person, "trainer")
        return {"programme_id": self.here.id, "user_id": person.id}

    @property
    def group(self) -> Cohort:
        """A new group of the programme, with the owner in it."""
        cohort = make_cohort(self.session, self.here, now=clock.now())
        make_member(self.session, cohort, self.people["owner"], clock.now())
        return cohort

    def cohort(self) -> dict[str, Any]:
        return {"cohort_id": self.group.id}

    def member(self) -> dict[str, Any]:
        return {"cohort_id": self.group.id, "user_id": self.people["owner"].id}

    def invitation(self) -> dict[str, Any]:
        cohort = self.group
        (sent,) = invite(self.session, cohort, ["guest@example.org"], now=clock.now())
        return {"cohort_id": cohort.id, "invitation_id": sent.id}

    def sitting(self) -> dict[str, Any]:
        """A new sitting of the owner's alone; another learner is in the group, too."""
        cohort = self.group
        make_member(self.session, cohort, self.people["learner"], clock.now())
        return {"cohort_id": cohort.id, "sitting_id": self._sitting(cohort).id}

    def sitting_person(self) -> dict[str, Any]:
        return self.sitting() | {"user_id": self.people["owner"].id}

    def time_added(self) -> dict[str, Any]:
        parts = self.sitting()
        sitting = self.session.get_one(Sitting, parts["sitting_id"])
        everybody = Amount(user_id=None, minutes=5)
        row = add_time(self.session, sitting, everybody, moves_end=False, now=clock.now())
        return parts | {"added_id": row.id}

    def own_sitting(self) -> dict[str, Any]:
        return {"sitting_id": self.sitting()["sitting_id"]}

    def _sitting(self, cohort: Cohort) -> Sitting:
        window = {"opens_at": clock.now() - timedelta(hours=1), "closes_at": clock.now() + timedelta(hours=9)}
        return make_sitting(self.session, cohort, [self.people["owner"]], **window)

    def code(self) -> dict[str, Any]:
        return {"code": self.group.join_code}

    def somebody(self) -> dict[str, Any]:
        """A person whom a page may change."""
        return {"user_id": make_user(self.session, "Somebody").id}

    @functools.cached_property
    def answered(self) -> dict[str, Any]:
        """An item that the owner answered in practice; the running mock holds others back."""
        assert self.mock
        owner = self.people["owner"]
        attempt_id = make_practice(self.app, self.session, owner, "domain:role_and_values")
        answer_practice(self.session, owner, attempt_id)
        return {"attempt_id": attempt_id, "position": 1}

    @functools.cached_property
    def concern(self) -> dict[str, Any]:
        """What the owner reported about an item."""
        return {"concern_id": make_concern(self.session, self.people["owner"]).id}

    @functools.cached_property
    def mock(self) -> dict[str, Any]:
        """The owner's running mock exam."""
        return {"attempt_id": make_mock(self.app, self.session, self.people["owner"])}

    @functools.cached_property
    def practice(self) -> dict[str, Any]:
        """The owner's running practice."""
        topic = "principle:empathy_not_blame"
        return {"attempt_id": make_practice(self.app, self.session, self.people["owner"], topic)}


@dataclass(frozen=True)
class Page:
    open_to: frozenset[str]
    parts: Callable[[World], dict[str, Any]] = lambda _world: {}


MOCK = Page(OWNER, lambda world: world.mock)
MOCK_ITEM = Page(OWNER, lambda world: world.mock | {"position": 1})
PRACTICE = Page(OWNER, lambda world: world.practice)
PRACTICE_ITEM = Page(OWNER, lambda world: world.practice | {"position": 1})
PROGRAMME = Page(PROGRAMME_STAFF, lambda world: {"programme_id": world.here.id})
COHORT = Page(PROGRAMME_STAFF, World.cohort)
SITTING = Page(PROGRAMME_STAFF, World.sitting)
CONCERN = Page(BANK_READERS, lambda world: world.concern)


EXPECTED: dict[str, Page] = {
    "static": Page(ALL, lambda _world: {"filename": "css/base.css"}),
    "health.alive": Page(ALL),
    "health.ready": Page(ALL),
    "pages.landing": Page(ALL),
    "pages.terms": Page(ALL),
    "pages.privacy": Page(ALL),
    "pages.licences": Page(ALL),
    "pages.support": Page(ALL),
    "accounts.register": Page(ALL),
    "accounts.login": Page(ALL),
    "accounts.logout": Page(ALL),
    "accounts.forgot_password": Page(ALL),
    "accounts.reset_password": Page(ALL, lambda _world: {"token": "forged"}),
    "accounts.send_confirmation": Page(ALL),
    "accounts.confirm": Page(ALL, lambda _world: {"token": "forged"}),
    "accounts.settings": Page(SIGNED_IN),
    "accounts.change_password": Page(SIGNED_IN),
    "accounts.sign_out_everywhere": Page(SIGNED_IN),
    "accounts.users": Page(ADMIN),
    "accounts.disable": Page(ADMIN, World.somebody),
    "accounts.enable": Page(ADMIN, World.somebody),
    "banks.principles": Page(SIGNED_IN),
    "banks.principle": Page(SIGNED_IN, lambda _world: {"principle_id": "empathy_not_blame"}),
    "banks.glossary": Page(SIGNED_IN),
    "banks.exams": Page(SIGNED_IN),
    "banks.exam": Page(SIGNED_IN, lambda _world: {"exam_id": "texas"}),
    "banks.misstep": Page(SIGNED_IN, lambda _world: {"misstep_id": "blame_person"}),
    "banks.index": Page(BANK_READERS),
    "banks.coverage": Page(BANK_READERS),
    "banks.writing": Page(BANK_READERS),
    "banks.bank": Page(BANK_READERS, lambda _world: {"bank_id": BANK}),
    "banks.item": Page(BANK_READERS, lambda _world: {"bank_id": BANK, "item_id": ITEM}),
    "concerns.look": Page(OWNER, lambda world: world.answered),
    "concerns.report": Page(OWNER, lambda world: world.answered),
    "concerns.mine": Page(SIGNED_IN),
    "staff_concerns.index": Page(BANK_READERS),
    "staff_concerns.look": CONCERN,
    "staff_concerns.answer": CONCERN,
    "staff_concerns.close": CONCERN,
    "staff_concerns.put_back": Page(PUBLISHERS, lambda world: world.concern),
    "practice.choose": Page(SIGNED_IN),
    "practice.start": Page(SIGNED_IN),
    "practice.certainty_table": Page(SIGNED_IN),
    "practice.certainty_intro": Page(SIGNED_IN),
    "practice.summary": PRACTICE,
    "practice.item": PRACTICE_ITEM,
    "practice.answer": PRACTICE_ITEM,
    "practice.end": PRACTICE,
    "exams.choose": Page(SIGNED_IN),
    "exams.first_page": Page(SIGNED_IN, lambda _world: {"blueprint_id": "house_readiness"}),
    "exams.start": Page(SIGNED_IN, lambda _world: {"blueprint_id": "house_readiness"}),
    "exams.attempts": Page(SIGNED_IN),
    "exams.resume": MOCK,
    "exams.item": MOCK_ITEM,
    "exams.move": MOCK_ITEM,
    "exams.save": MOCK_ITEM,
    "exams.receipt": MOCK,
    "exams.review": MOCK,
    "exams.time": MOCK,
    "exams.hand_in": MOCK,
    "exams.results": MOCK,
    "breaks.page": MOCK,
    "breaks.take": MOCK,
    "breaks.pass_over": MOCK,
    "breaks.end": MOCK,
    "progress.home": Page(SIGNED_IN),
    "programmes.settings": PROGRAMME,
    "programmes.save_settings": PROGRAMME,
    "programmes.add_staff": PROGRAMME,
    "programmes.change_role": Page(PROGRAMME_STAFF, World.colleague),
    "programmes.remove_staff": Page(PROGRAMME_STAFF, World.colleague),
    "cohorts.index": Page(PROGRAMME_STAFF | {"stranger"}),
    "cohorts.create": PROGRAMME,
    "cohorts.members": COHORT,
    "cohorts.edit": COHORT,
    "cohorts.replace_code": COHORT,
    "cohorts.archive": COHORT,
    "cohorts.unarchive": COHORT,
    "cohorts.remove_member": Page(PROGRAMME_STAFF, World.member),
    "cohorts.invitations": COHORT,
    "reports.cohort": COHORT,
    "reports.cohort_csv": COHORT,
    "cohorts.resend": Page(PROGRAMME_STAFF, World.invitation),
    "cohorts.withdraw": Page(PROGRAMME_STAFF, World.invitation),
    "sittings.index": COHORT,
    "sittings.create": COHORT,
    "sittings.live": SITTING,
    "sittings.progress": SITTING,
    "sittings.edit": SITTING,
    "sittings.cancel": SITTING,
    "sittings.person": Page(PROGRAMME_STAFF, World.sitting_person),
    "sitting_times.look": SITTING,
    "sitting_times.add": SITTING,
    "sitting_times.undo": Page(PROGRAMME_STAFF, World.time_added),
    "own_sittings.first_page": Page(OWNER, World.own_sitting),
    "own_sittings.start": Page(OWNER, World.own_sitting),
    "groups.mine": Page(SIGNED_IN),
    "groups.leave": Page(OWNER, World.cohort),
    "groups.enter_code": Page(SIGNED_IN),
    "groups.look": Page(ALL, World.code),
    "groups.join": Page(SIGNED_IN, World.code),
    "groups.invitation": Page(ALL, lambda _world: {"token": "forged"}),
    "groups.accept": Page(SIGNED_IN, lambda _world: {"token": "forged"}),
}


@pytest.fixture
def world(app: Flask, session: Session, content: None) -> World:
    here, elsewhere = make_programme(session, "Here"), make_programme(session, "Elsewhere")
    people = {kind: make_user(session, kind, is_admin=kind == "admin") for kind in PEOPLE}
    roles = {"owner": "learner", "stranger": "coordinator"}
    for kind, person in people.items():
        if kind != "admin":
            programme = elsewhere if kind == "stranger" else here
            make_membership(session, programme, person, roles.get(kind, kind))
    return World(app, session, people, here)


def test_every_page_says_who_may_open_it(app: Flask) -> None:
    there = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert there == set(EXPECTED), "tests/test_access.py: add a line to EXPECTED, or take one out"


def requests(app: Flask, world: World) -> Iterator[tuple[Rule, str, str]]:
    """Every rule with each of its methods, and an address for it."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in EXPECTED:
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            parts = EXPECTED[rule.endpoint].parts(world)
            yield rule, method, adapter.build(rule.endpoint, parts, method=method)


def verdict(response: Response) -> str:
    if response.status_code == 401:
        return "asked to sign in"
    if response.status_code == 404:
        return "hidden"
    return "open" if response.status_code not in (405, 500) else f"broken: {response.status_code}"


def expected(page: Page, kind: str) -> str:
    if kind in page.open_to:
        return "open"
    return "asked to sign in" if kind == "visitor" else "hidden"


@pytest.mark.parametrize("kind", ["visitor", *PEOPLE])
def test_pages_open_for_whom_they_should(
    app: Flask,
    new_client: Callable[[Flask], FlaskClient],
    sign_in: Callable[[FlaskClient, User], None],
    world: World,
    kind: str,
) -> None:
    wrong = []
    for rule, method, address in requests(app, world):
        client = new_client(app)
        if kind != "visitor":
            sign_in(client, world.people[kind])
        with client.open(address, method=method, headers={"Accept": "application/json"}) as response:
            found = verdict(response)
        if found != expected(EXPECTED[rule.endpoint], kind):
            wrong.append(f"{method} {address} ({rule.endpoint}) is {found} for {kind}")
    assert not wrong


def test_visitor_is_led_to_the_sign_in_page(app: Flask, client: FlaskClient, world: World) -> None:
    wrong = []
    for rule, method, address in requests(app, world):
        if "visitor" not in EXPECTED[rule.endpoint].open_to:
            response = client.open(address, method=method)
            if response.status_code != 303 or not response.headers["Location"].startswith("/login"):
                wrong.append(f"{method} {address} ({rule.endpoint})")
    assert not wrong


def test_method_that_a_closed_page_does_not_have_tells_nothing(client: FlaskClient) -> None:
    assert client.delete("/account").status_code == 405
    assert client.open("/account", method="OPTIONS").status_code == 303
