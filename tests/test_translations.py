"""No interface text is left out of translation.

Every page is walked in a made-up language in which each message stands in ⟦…⟧; a visible text outside them
did not come through gettext. Authored content stands in an element with a `lang` of its own, names in
`translate="no"`.
"""

import ast
import csv
import io
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import flask_babel
import pytest
import time_machine
from babel import Locale
from babel.dates import format_datetime
from babel.messages.catalog import Catalog
from babel.messages.extract import extract, extract_from_dir
from babel.messages.mofile import write_mo
from flask import Flask, abort
from flask.testing import FlaskClient
from jinja2 import Environment, nodes
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from quizapp import demo
from quizapp.accounts import tokens
from quizapp.accounts.access import public
from quizapp.accounts.models import Programme, User
from quizapp.banks.models import Item
from quizapp.cli import cli
from quizapp.cohorts.models import Cohort, CohortInvitation
from quizapp.cohorts.services import invite
from quizapp.cohorts.sitting_models import TimeAdded
from quizapp.concerns.models import Concern
from quizapp.config import PROJECT
from quizapp.exams.loading import open_item
from quizapp.exams.models import MOCK, PRACTICE, Attempt
from tests.conftest import SETTINGS
from tests.exams.walk import forget_catalogue
from tests.factories import (
    NOW,
    PASSWORD,
    PASSWORD_HASH,
    give_breaks,
    make_cohort,
    make_programme,
    make_set,
    make_sitting,
    make_user,
)

PACKAGE = PROJECT / "quizapp"
METHODS = [("**.py", "python"), ("**/templates/**", "jinja2")]
KEYWORDS: dict[str, Any] = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
PSEUDO = "eo"  # a language that Babel knows, and that we do not have
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|\{\w+\}")
ACCENTS = str.maketrans("aceinouyACEINOUY", "áçéíñóúýÁÇÉÍÑÓÚÝ")

Message = str | tuple[str, str]


def messages() -> dict[Message, list[str]]:
    """Every message of the program, with its places."""
    found: dict[Message, list[str]] = {}
    for file, line, message, _comments, _context in extract_from_dir(PACKAGE, METHODS, keywords=KEYWORDS):
        key = (message[0], message[1]) if isinstance(message, tuple) else message
        found.setdefault(key, []).append(f"{file}:{line}")
    return found


MESSAGES = messages()


def pseudo(text: str) -> str:
    """The text in the made-up language: accents, brackets, and the placeholders as they are."""
    parts = PLACEHOLDER.split(text)
    kept = [*PLACEHOLDER.findall(text), ""]
    return f"⟦{''.join(part.translate(ACCENTS) + mark for part, mark in zip(parts, kept, strict=True))}⟧"


@pytest.fixture(scope="session")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of translations into the made-up language."""
    made = Catalog(locale=PSEUDO)
    for message in MESSAGES:
        made.add(message, tuple(map(pseudo, message)) if isinstance(message, tuple) else pseudo(message))
    folder = tmp_path_factory.mktemp("translations")
    file = folder / PSEUDO / "LC_MESSAGES" / "messages.mo"
    file.parent.mkdir(parents=True)
    with file.open("wb") as opened:
        write_mo(opened, made)
    return folder


# What is seen of a page

VOID = set("area base br col embed hr img input link meta source track wbr use".split())  # noqa: SIM905
SILENT = {"script", "style", "template"}
WORDS_IN = {
    "title",
    "aria-label",
    "aria-description",
    "aria-valuetext",
    "placeholder",
    "alt",
    "label",
    "summary",
}
MACHINE = re.compile(r"|[/#?].*|[\d.:,-]+|[a-z0-9_:.-]+")
BRAND = re.compile(r"\bquizapp\b")


class Page(HTMLParser):
    """Texts of a page that are in its own language, each with the element it stands in."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []  # each open element, and whether its texts are the interface's
        self.language = ""
        self.texts: list[tuple[str, str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "html":
            self.language = given.get("lang") or ""
        is_ours = self.open[-1][1] if self.open else True
        if "lang" in given:
            is_ours = given["lang"] == self.language
        if given.get("translate") == "no" or tag in SILENT:
            is_ours = False
        if is_ours:
            self.texts += [(f"{tag} {name}", value) for name, value in self._words_of(tag, given)]
        if tag not in VOID:
            self.open.append((tag, is_ours))

    def _words_of(self, tag: str, given: dict[str, str | None]) -> Iterator[tuple[str, str]]:
        for name, value in given.items():
            is_button = tag == "input" and name == "value" and given.get("type") in ("submit", "button")
            is_description = tag == "meta" and name == "content" and given.get("name") == "description"
            is_data = name.startswith("data-") and not MACHINE.fullmatch(value or "")
            if value and (name in WORDS_IN or is_button or is_description or is_data):
                yield name, value

    def handle_endtag(self, tag: str) -> None:
        while self.open and tag in [name for name, _ in self.open]:
            if self.open.pop()[0] == tag:
                return

    def handle_data(self, data: str) -> None:
        if data.strip() and (not self.open or self.open[-1][1]):
            self.texts.append((self.open[-1][0] if self.open else "", " ".join(data.split())))


def calendar_words() -> re.Pattern[str]:
    """What Babel itself writes into dates of the made-up language, and the names of zones."""
    locale = Locale(PSEUDO)
    words = {"EST", "EDT", "UTC", "GMT"}
    for names in (locale.months, locale.days):
        words |= {word for width in names["format"].values() for word in width.values()}
        words |= {word for width in names["stand-alone"].values() for word in width.values()}
    return re.compile(rf"\b({'|'.join(map(re.escape, sorted(words, key=len, reverse=True)))})\b")


CALENDAR = calendar_words()


def untranslated(text: str) -> str:
    """What of a text stands outside the brackets, without numbers, signs, dates and the product's name."""
    depth, outside = 0, []
    for character in text:
        depth += {"⟦": 1, "⟧": -1}.get(character, 0)
        outside.append(character if depth == 0 and character != "⟧" else " ")
    rest = BRAND.sub("", CALENDAR.sub("", "".join(outside)))
    return " ".join(rest.split()) if any(character.isalpha() for character in rest) else ""


def leaks(html: str) -> list[str]:
    """Texts of a page that did not come through gettext."""
    return [f"<{place}> {left!r}" for place, text in Page(html).texts if (left := untranslated(text))]


@pytest.mark.parametrize(
    "html",
    [
        "<p>Hello</p>",
        "<p>⟦Hélló⟧ you</p>",
        "<p><b>⟦Hélló⟧</b> and</p>",
        "<title>Home · quizapp</title>",
        '<p title="Hello">1</p>',
        '<nav aria-label="Main"></nav>',
        '<input placeholder="Name">',
        '<input type="submit" value="Send">',
        '<p data-over="Time is over"></p>',
        '<optgroup label="Other zones"></optgroup>',
        "<svg><title>Chart</title></svg>",
        '<p lang="en"><span lang="eo">Back</span></p>',
        '<p translate="no">x</p>Hello',
        '<p lang="en">x<br></p><p>Hello</p>',
    ],
)
def test_a_leak_is_noticed(html: str) -> None:
    assert len(leaks(f'<html lang="eo">{html}</html>')) == 1


A_MOMENT = format_datetime(NOW, "EEE d MMMM, HH:mm z", ZoneInfo("America/New_York"), PSEUDO)


@pytest.mark.parametrize(
    "html",
    [
        "<p>⟦Hélló %(ñ)s⟧, ⟦ýóú⟧: 7 – 8 %</p>",
        '<p lang="en" title="Hello">Hello <b>you</b></p>',
        '<p translate="no">a@example.org</p>',
        "<title>⟦Hómé⟧ · quizapp</title>",
        '<p data-left="60" data-key="1:2" data-save="/attempts/1/2/save" data-shortcuts></p>',
        "<p>⟦Ítém ⟦ñéstéd⟧ Rosa⟧</p>",
        f"<p>{A_MOMENT}</p>",
    ],
)
def test_what_is_no_leak_is_let_be(html: str) -> None:
    assert leaks(f'<html lang="eo">{html}</html>') == []


# The walk

# Who walks which pages: each walk is checked against its line, and all of them against the URL map.
WALKED = {
    "visitor": {
        *("pages.landing", "pages.licences", "pages.privacy", "pages.support", "pages.terms"),
        *("accounts.confirm", "accounts.forgot_password", "accounts.login", "accounts.register"),
        *("accounts.reset_password", "accounts.send_confirmation"),
    },
    "new learner": {
        *("accounts.change_password", "accounts.settings", "banks.glossary", "banks.principles"),
        *("banks.exam", "banks.exams", "progress.home"),
    },
    "learner with history": {
        *("banks.misstep", "banks.principle", "exams.attempts", "exams.results", "practice.summary"),
    },
    "practice": {"practice.choose", "practice.item", "practice.summary"},
    "certainty": {"practice.certainty_intro", "practice.certainty_table"},
    "reports of learners": {"concerns.look", "concerns.mine"},
    "reports for staff": {"staff_concerns.index", "staff_concerns.look", "banks.bank", "banks.item"},
    "mock": {
        *("exams.choose", "exams.first_page", "exams.item", "exams.resume", "exams.results", "exams.review"),
    },
    "breaks": {"breaks.page", "exams.first_page", "exams.item", "exams.review"},
    "trainer": {"banks.bank", "banks.coverage", "banks.index", "banks.item", "banks.writing"},
    "admin": {"accounts.users"},
    "groups of staff": {
        *("cohorts.create", "cohorts.edit", "cohorts.index", "cohorts.invitations", "cohorts.members"),
        *("cohorts.remove_member", "programmes.remove_staff", "programmes.settings"),
        *("reports.cohort", "reports.cohort_csv"),
    },
    "groups of learners": {
        *("groups.enter_code", "groups.invitation", "groups.leave", "groups.look", "groups.mine"),
    },
    "sittings of staff": {
        *("sittings.index", "sittings.create", "sittings.edit", "sittings.live", "sittings.progress"),
        *("sittings.cancel", "sittings.person", "sitting_times.look"),
    },
    "sittings of learners": {"own_sittings.first_page", "exams.results", "practice.item", "practice.summary"},
}


class Walk:
    """A person's way through the pages; remembers every leak and every endpoint seen."""

    def __init__(self, app: Flask, client: FlaskClient) -> None:
        self.app, self.client = app, client
        self.seen: set[str] = set()
        self.found: dict[str, str] = {}

    def get(self, address: str, status: int = 200) -> TestResponse:
        return self.check(self.client.get(address), address, status)

    def post(self, address: str, status: int = 303, /, **fields: str) -> TestResponse:
        """The answer; after a redirect the page that it leads to, which shows the message."""
        response = self.check(self.client.post(address, data=fields), address, status)
        if status == 303:
            target = response.location
            self.check(self.client.get(target, follow_redirects=True), f"{address} → {target}", 200)
        return response

    def check(self, response: TestResponse, address: str, status: int) -> TestResponse:
        assert response.status_code == status, (address, response.status_code, response.text[:2000])
        self.note_endpoint(urlsplit(response.request.url).path)
        if response.mimetype == "text/html":
            if status < 300 or status >= 400:
                self.note(leaks(response.text), address)
        elif response.is_json and "error" in response.get_json():
            error = response.get_json()["error"]
            self.note([text for text in (error["message"], error["detail"]) if untranslated(text)], address)
        return response

    def end(self, name: str) -> None:
        """The walk is over: nothing was left out, and all its pages were seen."""
        assert not self.found
        assert not WALKED.get(name, set()) - self.seen

    def note(self, leaks: list[str], address: str) -> None:
        for leak in leaks:
            self.found.setdefault(leak, address)

    def note_endpoint(self, path: str) -> None:
        try:
            self.seen.add(self.app.url_map.bind("localhost").match(path, "GET")[0])
        except Exception:
            self.seen.add("no page")


@pytest.fixture
def translated(make_app: Callable[..., Flask], catalogue: Path) -> Flask:
    """The app in the made-up language."""
    app = make_app()
    app.config["BABEL_DEFAULT_LOCALE"] = PSEUDO
    flask_babel.get_babel(app).translation_directories = [str(catalogue)]
    return app


@pytest.fixture
def walk(
    translated: Flask,
    new_client: Callable[[Flask], FlaskClient],
    sign_in: Callable[[FlaskClient, User], None],
) -> Callable[..., Walk]:
    """Begins a walk, of a person who is signed in or of a visitor."""

    def begin(person: User | None = None) -> Walk:
        client = new_client(translated)
        if person:
            sign_in(client, person)
        return Walk(translated, client)

    return begin


@pytest.fixture
def people(translated: Flask, content: None, session: Session, now: datetime) -> dict[str, User]:
    """The people of the demo, one of them with weeks of history."""
    with translated.app_context():
        demo.make(session, now, "America/New_York")
        demo.make_history(session, now, on_step=lambda: None)
    session.commit()
    return {user.name: user for user in session.scalars(select(User))}


def own_attempt(session: Session, person: User) -> Attempt:
    return session.scalars(select(Attempt).where(Attempt.learner_id == person.id)).one()


only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

VISITOR_PAGES = ["/", "/login", "/register", "/password/forgot", "/verify", "/terms", "/privacy", "/licences"]


@only_sqlite
def test_pages_of_a_visitor(
    walk: Callable[..., Walk],
    translated: Flask,
    session: Session,
    now: datetime,
    outbox: Callable[[], list[EmailMessage]],
) -> None:
    visitor = walk()
    for address in [*VISITOR_PAGES, "/support"]:
        visitor.get(address)
    for address in ("/login", "/register", "/password/forgot", "/verify"):
        visitor.post(address, 422)
    wrong = {"name": "\x01" * 90, "email": "no address", "new_password": "short"}
    visitor.post("/register", 422, **wrong)
    visitor.post("/register", 422, name="D", email="d@example.org", new_password="1234567890", agrees="y")
    visitor.post("/login", 422, email="d@example.org", password="wrong")
    right = {"name": "Dana", "email": "dana@example.org", "new_password": PASSWORD, "agrees": "y"}
    visitor.post("/register", **right)
    visitor.post("/register", **right)
    visitor.post("/password/forgot", email="dana@example.org")
    visitor.post("/verify", email="dana@example.org")
    user = session.scalars(select(User)).one()
    confirm = f"/verify/{tokens.make_verify_token(SETTINGS['secret_key'], user.id, user.email)}"
    visitor.get(confirm)
    visitor.post(confirm)
    user.password_hash = PASSWORD_HASH
    reset = f"/password/reset/{tokens.make_reset_token(SETTINGS['secret_key'], user.id, PASSWORD_HASH)}"
    visitor.get(reset)
    visitor.post(reset, 422, new_password="dana@example.org")
    visitor.post(reset, new_password="another calm walk")
    visitor.get(reset, 410)
    visitor.get("/verify/forged", 410)
    visitor.end("visitor")
    mails = {str(mail["Subject"]): mail.get_content() for mail in outbox()}
    assert len(mails) == 3
    for subject, text in mails.items():
        lines = [line for line in text.splitlines() if not line.startswith("http")]
        assert not [line for line in [subject, *lines] if untranslated(line)]


@only_sqlite
def test_pages_before_any_content_is_loaded(
    walk: Callable[..., Walk], session: Session, now: datetime
) -> None:
    visitor, learner, admin = walk(), walk(make_user(session)), walk(make_user(session, "Ada", is_admin=True))
    visitor.get("/support")
    learner.get("/account")
    admin.get("/banks")
    for address in ("/home", "/practice", "/mocks", "/principles", "/glossary"):
        for one in (learner, admin):
            one.check(one.client.get(address), address, one.client.get(address).status_code)
    for one in (visitor, learner, admin):
        one.end("nothing loaded")


@only_sqlite
def test_pages_of_a_new_learner(walk: Callable[..., Walk], people: dict[str, User]) -> None:
    learner = walk(people["Sam"])
    for address in (
        "/home",
        "/practice",
        "/mocks",
        "/account",
        "/account/password",
        "/principles",
        "/glossary",
        "/exams",
        "/exams/texas",
        "/banks",
    ):
        learner.get(address, 404 if address == "/banks" else 200)
    learner.get("/attempts")
    settings = {"name": "Sam", "time_zone": "America/Chicago", "time_multiplier": "1.5", "state": "PA"}
    learner.post("/account", 422, **settings | {"name": "", "time_zone": "Mars", "state": "XX"})
    learner.post("/account", **settings, target_blueprint_id="icrc_pr_2013")
    learner.get("/home")
    learner.post("/account/password", 422, password="wrong", new_password="another calm walk")
    learner.post("/account/password", 422, password=PASSWORD, new_password="1234567890")
    learner.post("/account/sign-out-everywhere")
    learner.end("new learner")


@only_sqlite
def test_pages_of_a_learner_with_history(
    walk: Callable[..., Walk], people: dict[str, User], session: Session
) -> None:
    rosa = people["Rosa"]
    learner = walk(rosa)
    learner.get("/home")
    learner.get("/attempts")
    for attempt in session.scalars(select(Attempt).where(Attempt.learner_id == rosa.id)).all():
        if attempt.mode == MOCK:
            for show in ("all", "missed", "flagged"):
                learner.get(f"/attempts/{attempt.id}/results?show={show}")
        else:
            learner.get(f"/practice/{attempt.id}")
            learner.get(f"/practice/{attempt.id}/1")
    learner.get("/practice?about=misstep")
    for about, address in (("principle", "principles"), ("misstep", "missteps")):
        key = learner.get("/principles").text.split(f'href="/{address}/')[1].split('"')[0]
        learner.get(f"/{address}/{key}")
        learner.post("/practice", **{"about": about, about: key, "size": "20"})
    learner.post("/practice", 422, about="nothing")
    learner.end("learner with history")


@only_sqlite
def test_pages_of_practice(walk: Callable[..., Walk], people: dict[str, User], session: Session) -> None:
    learner = walk(people["Sam"])
    noted = [item for item in session.scalars(select(Item)) if item.domain.startswith("crisis")]
    address = learner.post("/practice", about="domain", domain=noted[0].domain, size="20").location
    count = own_attempt(session, people["Sam"]).item_count
    for position in range(1, count + 1):
        item = f"{address.rsplit('/', 1)[0]}/{position}"
        learner.get(item)
        learner.get(f"{item}?show=1")
        learner.post(item, 422)
        learner.post(item, 422, choice="9")
        learner.post(item, **({"skip": "1"} if position % 3 == 0 else {"choice": "1", "ms": "90000"}))
        learner.post(item, choice="2")
        learner.get(item)
    learner.get(address.rsplit("/", 1)[0])
    learner.end("practice")


@only_sqlite
def test_pages_of_reports(
    walk: Callable[..., Walk], people: dict[str, User], session: Session, clock_hands: time_machine.Traveller
) -> None:
    learner, staff = walk(people["Sam"]), walk(make_user(session, "Ada", is_admin=True))
    learner.get("/reports")
    staff.get("/item-reports")
    start = learner.post("/practice", about="domain", domain="role_and_values", size="20").location
    attempt_id = start.split("/")[2]
    count = own_attempt(session, people["Sam"]).item_count
    address = f"/attempts/{attempt_id}/{{}}/report".format
    for position in range(1, count + 1):
        learner.post(f"/practice/{attempt_id}/{position}", choice="1")
    learner.get(address(1))
    learner.post(address(1), 422, words="1" * 501)
    for kind, position in (("wrong", 1), ("unclear", 2), ("hurtful", 3), ("seen", 4)):
        learner.post(address(position), kind=kind)
    learner.get(address(1))
    found = session.scalars(select(Concern).order_by(Concern.id)).all()
    looks = [f"/item-reports/{concern.id}" for concern in found]
    for look in looks:
        staff.get(look)
    staff.get(f"/item-reports?item={found[3].item_id}&state=all")
    staff.get(f"/banks/core/{found[3].item_id}")
    staff.get("/banks/core?domain=role_and_values")
    staff.post(f"{looks[0]}/answer", 422, version="1", answer=" ")
    staff.post(f"{looks[0]}/answer", version="1", answer="1" * 1000)
    staff.post(f"{looks[0]}/answer", 422, version="2", answer="1" * 1001)
    staff.post(f"{looks[1]}/close", version="9")
    staff.post(f"{looks[1]}/close", version="1")
    staff.post(f"{looks[3]}/put-back", 422)
    staff.post(f"{looks[3]}/put-back", reason="123")
    staff.post(f"{looks[3]}/put-back", reason="123")
    for state in ("open", "answered", "closed", "all"):
        staff.get(f"/item-reports?state={state}")
    learner.post(address(1), kind="wrong")
    learner.get("/reports")
    for position in range(5, 11):
        learner.client.post(address(position % count + 1), data={"kind": "wrong"})
    make_set(session, people["Sam"].id, [found[0].item_id], mode="mock")
    learner.get("/reports")
    learner.end("reports of learners")
    staff.end("reports for staff")


@only_sqlite
def test_pages_of_certainty(walk: Callable[..., Walk], people: dict[str, User], session: Session) -> None:
    newcomer, learner = walk(people["Sam"]), walk(people["Rosa"])
    for one in (newcomer, learner):
        one.get("/practice/certainty/intro")
        one.get("/practice/certainty")
        one.get("/home")
    domain = "role_and_values"
    asking = {"about": "domain", "domain": domain, "offers_certainty": "1", "asks_certainty": "1"}
    address = newcomer.post("/practice", **asking, size="20").location.rsplit("/", 1)[0]
    attempt = own_attempt(session, people["Sam"])
    for position in range(1, attempt.item_count + 1):
        opened = open_item(session, PRACTICE, people["Sam"].id, attempt.id, position)
        answers = opened.kind.sample_answers(opened.item)
        sent = opened.kind.posted(opened.item, opened.order, answers[position % 2])
        fields = {name: values[0] for name, values in sent.items()}
        level = {"certainty": str(1 + position % 3)}
        newcomer.get(f"{address}/{position}?show=1")
        if opened.asks_certainty and opened.kind.picks_one:
            newcomer.post(f"{address}/{position}", 422, **fields)
            newcomer.post(f"{address}/{position}", **fields, **level)
    newcomer.post(f"{address}/end")
    newcomer.get(address)
    newcomer.get("/practice/certainty")
    for one in (newcomer, learner):
        one.end("certainty")


@only_sqlite
def test_pages_of_a_mock(
    walk: Callable[..., Walk], people: dict[str, User], session: Session, clock_hands: time_machine.Traveller
) -> None:
    learner = walk(people["Sam"])
    for blueprint in ("house_readiness", "icrc_pr_2013"):
        learner.get(f"/mocks/{blueprint}")
    learner.post("/mocks/house_readiness/start", time_multiplier="7")
    learner.post("/mocks/house_readiness/start", time_multiplier="1")
    mock = own_attempt(session, people["Sam"])
    address = f"/attempts/{mock.id}"
    learner.post(f"{address}/1", choice="1", to="flag", base="0")
    learner.get(f"{address}/1")
    learner.post(f"{address}/2", choice="2", to="next", base="0")
    learner.post(f"{address}/3", 422, choice="9", to="next", base="0")
    learner.post(f"{address}/2", 409, choice="3", to="next", base="0")
    learner.check(learner.client.post(f"{address}/1/save", json={}), "save", 422)
    learner.get(f"{address}/results", 404)
    learner.get(address, 303)
    for page in ("/home", "/mocks", "/mocks/house_readiness", "/practice", f"{address}/review"):
        learner.get(page)
    clock_hands.shift(74 * 60)
    learner.get(f"{address}/50")
    clock_hands.shift(3600)
    learner.get(f"{address}/50", 410)
    learner.post(f"{address}/4", 410, choice="1", to="next", base="0")
    learner.get(f"{address}/review", 410)
    learner.post(f"{address}/hand-in")
    learner.get(f"{address}/results")
    learner.post(f"{address}/5", 410, choice="1", to="next", base="0")
    learner.post("/mocks/icrc_pr_2013/start", time_multiplier="untimed")
    learner.get(f"/attempts/{mock.id + 1}/1")
    learner.get("/practice")
    learner.end("mock")


@only_sqlite
def test_pages_of_breaks(
    walk: Callable[..., Walk],
    people: dict[str, User],
    session: Session,
    clock_hands: time_machine.Traveller,
    translated: Flask,
) -> None:
    give_breaks(session, (2, 10), (4, 1))
    forget_catalogue(translated)
    learner = walk(people["Sam"])
    learner.get("/mocks/house_readiness")
    learner.post("/mocks/house_readiness/start", time_multiplier="1")
    address = f"/attempts/{own_attempt(session, people['Sam']).id}"
    learner.post(f"{address}/1", choice="1", to="flag", base="0")
    learner.get(f"{address}/review")
    learner.post(f"{address}/2", to="next", base="0")
    learner.post(f"{address}/break/take", after="2")
    learner.get("/home")
    learner.get(f"{address}/1", 303)
    learner.post(f"{address}/1", 410, choice="2", to="next", base="1")
    learner.post(f"{address}/break/end")
    learner.get(f"{address}/1", 303)
    learner.get(f"{address}/3")
    learner.get(f"{address}/review")
    learner.post(f"{address}/break/pass-over", after="4")
    learner.get(f"{address}/review")
    clock_hands.shift(86 * 60)
    learner.post(f"{address}/break/take", 410, after="4")
    learner.post(f"{address}/hand-in")
    learner.client.post("/mocks/house_readiness/start", data={"time_multiplier": "untimed"})
    address = learner.client.get("/home").text.split('href="/attempts/')[1].split('"')[0]
    learner.get(f"/attempts/{address}/break")
    learner.post(f"/attempts/{address}/break/take", after="2")
    learner.end("breaks")


@only_sqlite
def test_pages_of_trainers_and_of_the_admin(
    walk: Callable[..., Walk], people: dict[str, User], session: Session
) -> None:
    for name in ("Tess", "Colin", "Ada"):
        person = walk(people[name])
        person.get("/home")
        if name == "Colin":
            continue
        person.get("/banks")
        bank_id = session.scalars(select(Item.bank_id)).first()
        person.get(f"/banks/{bank_id}")
        person.get(f"/banks/{bank_id}?page=2")
        person.get(f"/banks/{bank_id}?status=retired")
        person.get("/coverage")
        person.get("/writing-items")
        for item_id in session.scalars(select(Item.id)).all()[:12]:
            person.get(f"/banks/{bank_id}/{item_id}")
        person.end("trainer")
    admin = walk(people["Ada"])
    for number in range(40):
        make_user(session, f"Person {number}", verified_at=None, disabled_at=None)
    for address in ("/admin/users", "/admin/users?page=2", "/admin/users?q=sam", "/admin/users?q=nobody"):
        admin.get(address)
    admin.post(f"/admin/users/{people['Sam'].id}/disable")
    admin.post(f"/admin/users/{people['Sam'].id}/enable")
    admin.post(f"/admin/users/{people['Ada'].id}/disable", 400)
    admin.post("/logout")
    admin.end("admin")


@only_sqlite
def test_pages_of_groups_for_staff(
    walk: Callable[..., Walk],
    people: dict[str, User],
    session: Session,
    outbox: Callable[[], list[EmailMessage]],
) -> None:
    staff, admin = walk(people["Colin"]), walk(people["Ada"])
    cohort = session.scalars(select(Cohort)).one()
    programme, group = f"/programmes/{cohort.programme_id}", f"/cohorts/{cohort.id}"
    for query in ("", "?by=principle", "?sort=all&order=desc"):
        staff.get(f"{group}/report{query}")
    headings = staff.get(f"{group}/report.csv").text.splitlines()[0].removeprefix("\ufeff")
    assert not [cell for cell in next(csv.reader([headings])) if untranslated(cell)]
    for one in (staff, admin):
        for address in ("/cohorts", group, f"{group}?sort=hours&order=desc", f"{group}/edit", programme):
            one.get(address)
    days = {"starts_on": "2026-03-09", "ends_on": "2026-06-12"}
    for address in (f"{programme}/cohorts/new", f"{group}/edit"):
        staff.get(address)
        staff.post(address, 422)
        staff.post(address, 422, name="\x01" * 90, starts_on="9", ends_on="8")
        staff.post(address, 422, name="x", starts_on="2026-06-12", ends_on="2026-03-09")
    staff.post(f"{programme}/cohorts/new", 422, name=cohort.name, **days)
    new = staff.post(f"{programme}/cohorts/new", name="Second course", **days).location
    staff.post(f"{new}/edit", 422, name=cohort.name, **days)
    staff.post(f"{new}/edit", name="Third course", **days)
    staff.post(f"{group}/code")
    invitations = f"{group}/invitations"
    staff.get(invitations)
    staff.post(invitations, 422, addresses="x\n" * 20)
    staff.post(invitations, 422, addresses="x\n" * 300)
    for addresses in ("d@example.org", "d@example.org\ne@example.org\nf@example.org"):
        staff.post(invitations, addresses=addresses)
    first, second, third = session.scalars(select(CohortInvitation).order_by(CohortInvitation.email)).all()
    first.joined_at, third.sent_at = NOW, NOW - timedelta(days=20)
    staff.post(f"{invitations}/{second.id}/withdraw")
    staff.post(f"{invitations}/{second.id}/resend")
    staff.post(f"{invitations}/{second.id}/withdraw")
    staff.post(f"{invitations}/{first.id}/withdraw", 404)
    staff.get(f"{group}/members/{people['Rosa'].id}/remove")
    staff.post(f"{group}/members/{people['Rosa'].id}/remove")
    cohort.join_code_expires_at = NOW
    staff.get(group)
    staff.post(f"{group}/archive")
    for address in (group, invitations, f"{group}/edit", "/cohorts"):
        staff.get(address)
    staff.post(f"{new}/archive")
    for address in (new, f"{new}/invitations", "/cohorts"):
        staff.get(address)
    staff.post(f"{new}/invitations", 410, addresses="d@example.org")
    staff.post(f"{group}/unarchive")
    staff.post(programme, 422)
    staff.post(programme, 422, name="x" * 90, time_zone="Mars")
    make_programme(session, "Hilltop")
    staff.post(programme, 422, name="Hilltop", time_zone="America/Chicago")
    staff.post(programme, name="Riverside", time_zone="America/Chicago")
    for email in ("", "x", "nobody@example.org", people["Tess"].email):
        staff.post(f"{programme}/staff", 422, email=email, role="king" if email == "x" else "author")
    staff.post(f"{programme}/staff", email=people["Rosa"].email, role="coordinator")
    for user, role in ((people["Rosa"], "trainer"), (people["Colin"], "author"), (people["Rosa"], "king")):
        staff.post(f"{programme}/staff/{user.id}", role=role)
    for name in ("Rosa", "Tess"):
        staff.get(f"{programme}/staff/{people[name].id}/remove")
        staff.post(f"{programme}/staff/{people[name].id}/remove")
    staff.get(f"{programme}/staff/{people['Colin'].id}/remove")
    staff.post(f"{programme}/staff/{people['Colin'].id}/remove", 409)
    staff.end("groups of staff")
    mail = outbox()[0]
    lines = [line for line in mail.get_content().splitlines() if not line.startswith("http")]
    assert not [line for line in [str(mail["Subject"]), *lines] if untranslated(line)]


@only_sqlite
def test_pages_of_staff_without_a_group(walk: Callable[..., Walk], session: Session, now: datetime) -> None:
    admin = walk(make_user(session, "Ada", is_admin=True))
    admin.get("/cohorts")
    programme = make_programme(session, "Hilltop")
    admin.get("/cohorts")
    admin.get(f"/programmes/{programme.id}")
    admin.end("no groups")


@only_sqlite
def test_pages_of_groups_for_learners(
    walk: Callable[..., Walk], people: dict[str, User], session: Session
) -> None:
    cohort = session.scalars(select(Cohort)).one()
    (sent,) = invite(session, cohort, ["d@example.org"], now=NOW)
    link = f"/invitations/{tokens.make_invitation_token(SETTINGS['secret_key'], sent.id)}"
    code = f"/join/{cohort.join_code}"
    visitor, member, newcomer = walk(), walk(people["Sam"]), walk(make_user(session, "Dana"))
    for address in (code, link):
        visitor.get(address)
    for person in (member, newcomer):
        for address in ("/groups", "/join", code, link):
            person.get(address)
    newcomer.post("/join", 422)
    newcomer.post("/join", 422, code="CCCCCCCC")
    newcomer.get("/join/CCCCCCCC", 404)
    newcomer.get("/invitations/forged", 410)
    for address in (code, link):
        newcomer.post(address)
    member.post(code)
    member.post(link, 410)
    newcomer.get(f"/groups/{cohort.id}/leave")
    cohort.archived_at = NOW
    newcomer.get("/groups")
    newcomer.get(code, 410)
    newcomer.post(f"/groups/{cohort.id}/leave")
    for _wrong in range(19):
        newcomer.client.get("/join/CCCCCCCC")
    newcomer.get("/join/CCCCCCCC", 429)
    for person in (visitor, member):
        person.end("groups")
    newcomer.end("groups of learners")


@only_sqlite
def test_pages_of_sittings_for_staff(
    walk: Callable[..., Walk],
    people: dict[str, User],
    session: Session,
    clock_hands: time_machine.Traveller,
    sign_in: Callable[[FlaskClient, User], None],
) -> None:
    staff, learner = walk(people["Colin"]), walk(people["Sam"])
    cohort = session.scalars(select(Cohort)).one()
    base = f"/cohorts/{cohort.id}/sittings"
    empty = make_cohort(session, session.get_one(Programme, cohort.programme_id), "Second course")
    staff.get(f"/cohorts/{empty.id}/sittings")
    staff.get(base)
    staff.get(f"{base}/new")
    staff.post(f"{base}/new", 422)
    form = {"name": "Week 6", "content": "mock:house_readiness", "size": "10", "attempt_limit": "2"}
    form |= {"opens_at": "2026-03-03T09:00", "closes_at": "2026-11-01T01:30", "feedback": "window"}
    form |= {"whom": "some", "people": str(people["Sam"].id)}
    for wrong in (
        {"name": "\x01" * 90, "closes_at": "2026-03-08T02:30", "opens_at": "x", "whom": "x"},
        {"closes_at": "2026-03-01T09:00", "feedback": "each", "people": ""},
        {"closes_at": "2026-03-03T09:00", "opens_at": "2026-03-04T09:00", "content": "x", "feedback": "x"},
    ):
        staff.post(f"{base}/new", 422, **form | wrong)
    made = staff.post(f"{base}/new", **form).location
    for tail in ("", "/edit", "/progress", "/cancel", f"/people/{people['Sam'].id}"):
        staff.get(made + tail)
    staff.post(f"{made}/people/{people['Sam'].id}", 422, time_multiplier="7", added_minutes="999")
    staff.post(f"{made}/people/{people['Sam'].id}", 422, time_multiplier="1", added_minutes="x")
    learner.post(f"/sittings/{made.rsplit('/', 1)[1]}/start")
    for multiplier, minutes in (("1.5", "10"), ("", "0")):
        staff.post(f"{made}/people/{people['Sam'].id}", time_multiplier=multiplier, added_minutes=minutes)
    staff.get(f"{made}/time")
    staff.post(f"{made}/time", 422, amount="x", unit="x", whom="x")
    for amount, unit, whom in (("1", "minutes", ""), ("20", "percent", str(people["Sam"].id))):
        staff.get(f"{made}/time?amount={amount}&unit={unit}&whom={whom}")
        staff.post(f"{made}/time", amount=amount, unit=unit, whom=whom)
    staff.post(f"{made}/time", 422, amount="240", unit="minutes", whom="")
    first = session.scalars(select(TimeAdded.id)).first()
    staff.get(f"{made}/time")
    staff.post(f"{made}/time/{first}/undo")
    staff.get(f"{made}/edit")
    staff.post(f"{made}/edit", 422, closes_at="2026-03-04T09:00")
    staff.post(f"{made}/edit", closes_at="2026-11-01T01:40", people=str(people["Rosa"].id))
    learner.post(
        f"/attempts/{session.scalars(select(Attempt.id).order_by(Attempt.id.desc())).first()}/hand-in"
    )
    for address in (made, base, f"/cohorts/{cohort.id}"):
        staff.get(address)
    staff.post(f"{made}/cancel")
    staff.get(f"{made}/edit", 409)
    staff.post(f"/cohorts/{cohort.id}/archive")
    staff.get(f"{base}/new", 410)
    for address in (made, base):
        staff.get(address)
    staff.post(f"/cohorts/{empty.id}/archive")
    staff.get(f"/cohorts/{empty.id}/sittings")
    staff.end("sittings of staff")


@only_sqlite
def test_pages_of_sittings_for_learners(
    walk: Callable[..., Walk],
    people: dict[str, User],
    session: Session,
    clock_hands: time_machine.Traveller,
    sign_in: Callable[[FlaskClient, User], None],
    translated: Flask,
    outbox: Callable[[], list[EmailMessage]],
) -> None:
    sam = people["Sam"]
    learner = walk(sam)
    cohort = session.scalars(select(Cohort)).one()
    mock = make_sitting(session, cohort, feedback="window", closes_at=NOW + timedelta(minutes=60))
    later = make_sitting(session, cohort, opens_at=NOW + timedelta(hours=1), attempt_limit=3)
    missed = make_sitting(session, cohort, opens_at=NOW - timedelta(hours=3), closes_at=NOW)
    quiet = make_sitting(session, cohort, mode="practice", feedback="end")
    silent = make_sitting(session, cohort, mode="practice", feedback="window", attempt_limit=2)
    open_one = make_sitting(session, cohort, mode="practice")
    for sitting in (mock, later, missed, quiet, silent, open_one):
        learner.get(f"/sittings/{sitting.id}")
    learner.post(f"/sittings/{later.id}/start")
    address = learner.post(f"/sittings/{mock.id}/start").location
    for page in (f"{address}/1", f"{address}/review", f"/sittings/{mock.id}", "/home", "/groups"):
        learner.get(page)
    learner.post(f"{address}/hand-in")
    for page in (f"{address}/results", f"/sittings/{mock.id}", "/home", "/groups", "/practice"):
        learner.get(page)
    for sitting in (quiet, silent):
        address = learner.post(f"/sittings/{sitting.id}/start").location
        learner.get(f"{address}?show=1")
        learner.post(address, choice="1")
        learner.get(address)
        learner.post(address.rsplit("/", 1)[0] + "/2", skip="1")
        learner.get(address.rsplit("/", 1)[0] + "/2")
        learner.get(address.rsplit("/", 1)[0])
        learner.get(f"/sittings/{sitting.id}")
    learner.post(address.rsplit("/", 1)[0] + "/end")
    learner.get(f"/sittings/{silent.id}")
    learner.post("/mocks/house_readiness/start", time_multiplier="untimed")
    other = make_sitting(session, cohort)
    learner.get(f"/sittings/{other.id}")
    learner.post(f"/sittings/{other.id}/start")
    session.commit()
    assert translated.test_cli_runner().invoke(cli, ["sittings", "announce"]).exit_code == 0
    cohort.archived_at = NOW
    other.cancelled_at = NOW
    for sitting in (other, open_one, silent):
        learner.get(f"/sittings/{sitting.id}")
    clock_hands.shift(timedelta(days=1))
    sign_in(learner.client, sam)
    for page in (f"/sittings/{quiet.id}", f"/sittings/{mock.id}", "/home"):
        learner.get(page)
    learner.end("sittings of learners")
    mail = outbox()[-1]
    lines = [line for line in mail.get_content().splitlines() if not line.startswith("http")]
    assert not [line for line in [str(mail["Subject"]), *lines] if untranslated(line)]


STATUSES = (401, 403, 413, 415, 429, 500, 503)


@only_sqlite
def test_errors_of_every_kind(walk: Callable[..., Walk], translated: Flask) -> None:
    translated.config["WTF_CSRF_ENABLED"] = True
    for status in STATUSES:
        translated.add_url_rule(f"/raise/{status}", f"raise{status}", _raise(status))
    visitor = walk()
    visitor.get("/nowhere", 404)
    visitor.post("/login", 400)
    visitor.check(visitor.client.delete("/login"), "DELETE /login", 405)
    for status in STATUSES:
        for headers in ({}, {"Accept": "application/json"}):
            response = visitor.client.get(f"/raise/{status}", headers=headers)
            visitor.check(response, f"/raise/{status}", 404 if status == 403 else status)
    visitor.end("errors")


def _raise(status: int) -> Callable[[], str]:
    @public
    def view() -> str:
        abort(status)

    return view


FOR_MACHINES = {"exams.receipt", "exams.time", "health.alive", "health.ready", "static"}


def test_every_page_is_walked(app: Flask) -> None:
    pages = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert pages - FOR_MACHINES == set().union(*WALKED.values()), "walk the new page, and name it in WALKED"


# The messages themselves


@pytest.mark.parametrize("message", [each for each in MESSAGES if isinstance(each, tuple)])
def test_both_forms_of_a_plural_have_the_same_values(message: tuple[str, str]) -> None:
    one, many = ({found for found in PLACEHOLDER.findall(form) if found != "%%"} for form in message)
    assert one == many
    assert many & {"%(num)s", "%(num)d"}


def test_a_message_is_whole() -> None:
    """A fragment with a blank at its edge is glued to another: other languages want another order."""
    texts = [text for message in MESSAGES for text in ([message] if isinstance(message, str) else message)]
    assert not [text for text in texts if text != text.strip() or not text]
    assert not {"and", "or", "of", "on", "in", "to", "with", "by", "the"} & set(texts)


def test_a_word_has_one_spelling() -> None:
    assert not [place for message, place in MESSAGES.items() if "e-mail" in str(message).lower()]


CALL = re.compile(r"\b(?:_|_l|gettext|lazy_gettext|ngettext)\(")


def test_no_message_is_glued_or_formatted_before_it_is_looked_up() -> None:
    """_(f"…"), _("…" + x) and _("…" % x) are never found in a catalogue."""
    wrong = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KEYWORDS:
                texts = node.args[: 2 if node.func.id == "ngettext" else 1]
                wrong += [
                    f"{path.name}:{node.lineno}" for text in texts if not isinstance(text, ast.Constant)
                ]
    # i18n.py hands on what it is given.
    assert not [place for place in wrong if not place.startswith("i18n.py")]


def template_calls() -> Iterator[tuple[str, str, set[str]]]:
    """Place, message and names of the values of each call in a template."""
    environment = Environment(extensions=["jinja2.ext.i18n"])
    for path in sorted((PACKAGE / "templates").rglob("*.*")):
        for call in environment.parse(path.read_text("utf-8")).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name in KEYWORDS and call.args:
                first = call.args[0]
                assert isinstance(first, nodes.Const), f"{path.name}:{call.lineno}: give the text itself"
                names = {keyword.key for keyword in call.kwargs}
                names |= {"num"} if call.node.name == "ngettext" else set()
                yield f"{path.name}:{call.lineno}", first.value, names


def code_calls() -> Iterator[tuple[str, str, set[str]]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (
                isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KEYWORDS
            ):
                continue
            text = node.args[0]
            if isinstance(text, ast.Constant) and all(keyword.arg for keyword in node.keywords):
                names = {str(keyword.arg) for keyword in node.keywords}
                names |= {"num"} if node.func.id == "ngettext" else set()
                yield f"{path.name}:{node.lineno}", str(text.value), names


def test_values_and_placeholders_of_a_message_fit() -> None:
    wrong = []
    for place, text, given in [*template_calls(), *code_calls()]:
        wanted = set(re.findall(r"%\((\w+)\)[sd]", text))
        if wanted - given or given - wanted - {"num"}:
            wrong.append(f"{place}: {text!r} wants {sorted(wanted)} and gets {sorted(given)}")
    assert not wrong


def test_a_percent_sign_is_written_as_its_place_wants_it() -> None:
    """Templates always fill in; code only when there are values."""
    wrong = [
        f"{place}: {text!r}"
        for place, text, given in [*((*call[:2], {"x"}) for call in template_calls()), *code_calls()]
        if ("%" in re.sub(r"%\(\w+\)[sd]|%%", "", text)) or ("%%" in text and not given)
    ]
    assert not wrong


def test_scripts_and_styles_bring_no_words_of_their_own() -> None:
    """Words reach scripts by data attributes."""
    said = []
    for path in sorted((PACKAGE / "static").glob("*/*.*")):
        if path.parent.name == "js":
            code = re.sub(r"//.*|/\*.*?\*/", "", path.read_text("utf-8"))
            said += [
                f"{path.name}: {text}" for text in re.findall(r"[\"'`]([A-Z][a-z]+ [a-z][^\"'`]*)", code)
            ]
        if path.suffix == ".css":
            said += re.findall(r"content:\s*\"[^\"]*[A-Za-z]{2}[^\"]*\"", path.read_text("utf-8"))
    assert not said


def test_the_made_up_language_keeps_placeholders() -> None:
    assert pseudo("Item %(n)s of {n}: 100 %%") == "⟦Ítém %(n)s óf {n}: 100 %%⟧"


def test_messages_are_found_in_code_and_templates() -> None:
    found = extract("python", io.BytesIO(b"_('one')\nngettext('a', 'b', 2)\n_l('two')"), keywords=KEYWORDS)
    assert [message for _line, message, *_ in found] == ["one", ("a", "b"), "two"]
    suffixes = {Path(place.rpartition(":")[0]).suffix for places in MESSAGES.values() for place in places}
    assert suffixes == {".py", ".html", ".txt"}
