"""Items of every type in practice and in a mock, through the pages: answered, refused, scored and shown."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.accounts.models import User
from quizapp.banks.models import Item as ItemRow
from quizapp.banks.models import ItemRevision
from quizapp.core.items import ITEM_TYPES, Answer, Item, ItemType, parse_item
from quizapp.exams.models import MOCK, Attempt, Form, ItemResponse
from quizapp.progress.models import Rollup
from tests.content import load
from tests.exams.walk import SQLITE_ONLY, Mock, change_id, everything, plain, shown_text, stored
from tests.factories import NOW, make_set

TYPES = list(ITEM_TYPES)
SignIn = Callable[[FlaskClient, User], None]
Fields = dict[str, list[str]]


@pytest.fixture
def learner(client: FlaskClient, session: Session, alice: User, sign_in: SignIn, now: object) -> FlaskClient:
    load(session, others="live")
    session.commit()
    sign_in(client, alice)
    return client


def one_of_each(session: Session) -> list[str]:
    """The first item of every type without a content note, in the order of TYPES."""
    rows = session.execute(
        select(ItemRow.id, ItemRow.type, ItemRevision.content)
        .join(ItemRevision, ItemRevision.id == ItemRow.current_revision_id)
        .order_by(ItemRow.id)
    ).all()
    found: dict[str, str] = {}
    for row in rows:
        if not row.content.get("content_note") and not row.content.get("rule"):
            found.setdefault(row.type, row.id)
    return [found[name] for name in TYPES]


class Walk:
    """A set of one item of each type, and what a browser would send at each position."""

    def __init__(self, client: FlaskClient, session: Session, learner: User, mode: str = "practice") -> None:
        self.client = client
        self.session = session
        self.id = make_set(session, learner.id, one_of_each(session), mode=mode)
        self.mode = mode
        session.commit()
        entries = session.scalars(
            select(Form.entries).join(Attempt, Attempt.form_id == Form.id).where(Attempt.id == self.id)
        ).one()
        contents = {row.id: row.content for row in session.scalars(select(ItemRevision))}
        self.items = [parse_item(contents[entry["revision"]]) for entry in entries]
        self.orders = [entry["order"] for entry in entries]
        self.mock = Mock(client, self.id)

    def at(self, name: str) -> int:
        return TYPES.index(name) + 1

    def item(self, position: int) -> tuple[ItemType, Item, list[Any]]:
        item = self.items[position - 1]
        return ITEM_TYPES[item.type], item, self.orders[position - 1]

    def url(self, position: int | str) -> str:
        return f"/{'attempts' if self.mode == MOCK else 'practice'}/{self.id}/{position}"

    def steps(self, position: int, answer: Answer) -> list[Fields]:
        """What is posted, one after the other, until this is the answer."""
        kind, item, order = self.item(position)
        if not kind.in_steps:
            return [kind.posted(item, order, answer)]
        path = answer["path"]
        return [kind.posted(item, order, {"path": path[:length]}) for length in range(1, len(path) + 1)]

    def key(self, position: int) -> list[Fields]:
        kind, item, _order = self.item(position)
        return self.steps(position, kind.key_answer(item))

    def post(self, position: int, fields: Fields) -> tuple[int, str]:
        response = self.client.post(self.url(position), data=fields)
        return response.status_code, plain(shown_text(response))

    def answer_all(self) -> None:
        for position in range(1, len(self.items) + 1):
            for fields in self.key(position):
                assert self.post(position, fields)[0] == 303, self.items[position - 1].type


@pytest.fixture
def walk(learner: FlaskClient, session: Session, alice: User) -> Walk:
    return Walk(learner, session, alice)


def test_the_key_of_every_type_earns_the_whole_credit_in_practice(walk: Walk, session: Session) -> None:
    walk.answer_all()
    for position in range(1, len(TYPES) + 1):
        kind, item, _order = walk.item(position)
        row = stored(session, walk.id, position)
        assert row
        assert (row.outcome, row.rule_id) == ("answered", kind.rule_id(item))
        assert row.points == row.maximum == kind.maximum(item)
        assert kind.score(item, row.answer or {}, row.rule_id or "").points == row.points
        page = walk.client.get(walk.url(position))
        text = plain(shown_text(page))
        assert "Yes, that" in text
        for _path, option in item.every_option():
            if not kind.in_steps:
                assert plain(option.rationale) in text
    attempt = session.get_one(Attempt, walk.id)
    assert attempt.submitted_at
    assert attempt.raw_score == attempt.maximum_score == Fraction(len(TYPES))
    text = shown_text(walk.client.get(f"/practice/{walk.id}"))
    assert f"You earned {len(TYPES)} of {len(TYPES)}." in text


@SQLITE_ONLY
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("single_best", "One point for the best response."),
        ("multiple_true_false", "All right earns the point, more than half right earns half of it."),
        ("best_worst", "Half a point for the best, half for the worst."),
        ("ranking", "The closer your order is to the keyed one, the more of the point it earns."),
        ("rating", "its neighbour on the same side, helpful or unhelpful, half of that."),
        ("case", "Each is scored by itself, and the points are added up."),
        ("branching", "Each reply earns up to one point and leads to what comes next."),
    ],
)
def test_the_page_says_in_a_sentence_what_earns_how_much(walk: Walk, name: str, sentence: str) -> None:
    assert sentence in shown_text(walk.client.get(walk.url(walk.at(name))))


BAD: list[tuple[str, Fields, str]] = [
    ("single_best", {}, "Please choose one response before checking."),
    ("multiple_response", {"choice": ["9"]}, "That response is not on this page."),
    ("multiple_response", {"choice": ["1", "1"]}, "That response is not on this page."),
    ("multiple_true_false", {"judge1": ["true"]}, "Something is still open. Please answer every part."),
    ("multiple_true_false", {"judge1": ["perhaps"]}, "That response is not on this page."),
    ("multiple_true_false", {"judge1": ["true", "false"]}, "Please choose one response only."),
    ("best_worst", {"best": ["1"], "worst": ["1"]}, "One response cannot be both the best and the worst."),
    ("best_worst", {"best": ["1"]}, "Something is still open."),
    ("best_worst", {"best": ["77"], "worst": ["1"]}, "That response is not on this page."),
    ("ranking", {"rank1": ["1"], "rank2": ["1"]}, "Two responses have the same number."),
    ("ranking", {"rank1": ["9"]}, "Please use each number from the list once."),
    ("ranking", {"rank1": ["1"], "rank2": ["2"]}, "Something is still open."),
    ("ranking", {"rank1": ["1.0"]}, "Please use each number from the list once."),
    ("rating", {"rate1": ["5"]}, "Please rate each response from 1 to 4."),
    ("rating", {"rate1": ["4"]}, "Something is still open."),
    ("rating", {"rate1": ["0"]}, "Please rate each response from 1 to 4."),
    ("case", {"p1-choice": ["1"]}, "Something is still open."),
    ("case", {"p1-choice": ["99"]}, "That response is not on this page."),
    ("case", {"p9-choice": ["1"]}, "Please choose one response before checking."),
    ("branching", {"turn": ["1"]}, "Please choose one response before checking."),
    ("branching", {"turn": ["2"], "reply": ["1"]}, "The conversation has moved on."),
    ("branching", {"turn": ["1"], "reply": ["9"]}, "That response is not on this page."),
    ("branching", {"turn": ["x"], "reply": ["1"]}, "The conversation has moved on."),
    ("branching", {"reply": ["1"]}, "The conversation has moved on."),
]


@pytest.mark.parametrize(("name", "fields", "message"), BAD)
def test_what_is_no_answer_stays_on_the_page_and_is_not_stored(
    walk: Walk, session: Session, name: str, fields: Fields, message: str
) -> None:
    before = everything(session)
    status, text = walk.post(walk.at(name), fields)
    assert status == 422
    assert message in text
    session.rollback()
    assert everything(session) == before


@SQLITE_ONLY
@pytest.mark.parametrize("name", TYPES)
def test_a_huge_answer_is_refused(walk: Walk, session: Session, name: str) -> None:
    position = walk.at(name)
    wide = {key: ["1" * 5_000] for fields in walk.key(position)[:1] for key in fields}
    assert walk.post(position, wide)[0] == 422
    assert walk.client.post(walk.url(position), data={"choice": "1" * 2_000_000}).status_code == 413
    assert stored(session, walk.id, position) is None


@SQLITE_ONLY
def test_what_was_sent_is_still_there_after_a_message(walk: Walk) -> None:
    response = walk.client.post(walk.url(walk.at("ranking")), data={"rank1": "2", "rank2": "2", "rank3": "1"})
    assert response.text.count('value="2"') >= 2
    response = walk.client.post(walk.url(walk.at("rating")), data={"rate1": "4"})
    assert 'name="rate1" value="4" checked' in response.text


# Conversations


def test_a_conversation_is_kept_reply_by_reply(walk: Walk, session: Session) -> None:
    position = walk.at("branching")
    _kind, item, _order = walk.item(position)
    steps = walk.key(position)
    content: Any = item
    assert walk.post(position, steps[0])[0] == 303
    row = stored(session, walk.id, position)
    assert row
    assert (row.answer, row.outcome, row.points) == ({"path": [walk_key(item)[0]]}, None, Fraction(1))
    text = plain(shown_text(walk.client.get(walk.url(position))))
    said = content.turns[0]
    assert plain(said.says) in text
    assert plain(said.replies[walk_key(item)[0]].text) in text
    assert not any(plain(option.rationale) in text for _path, option in item.every_option())
    # Nothing is scored or counted before its end.
    assert session.get_one(Attempt, walk.id).submitted_at is None
    assert session.scalars(select(Rollup)).all() == []
    # What was said stays said; the same reply again, as after going back, changes nothing.
    other = {"turn": ["1"], "reply": [str(1 + int(steps[0]["reply"][0]) % len(said.replies))]}
    status, text = walk.post(position, other)
    assert (status, "What was said stays said." in text) == (422, True)
    assert walk.post(position, steps[0])[0] == 422
    for fields in steps[1:]:
        assert walk.post(position, fields)[0] == 303
    row = stored(session, walk.id, position)
    assert row
    assert (row.answer, row.outcome, row.version) == ({"path": walk_key(item)}, "answered", len(steps))
    text = shown_text(walk.client.get(walk.url(position)))
    assert "The way you took" in text
    assert "That is the best way through." in text


def walk_key(item: Item) -> list[int]:
    path: list[int] = ITEM_TYPES[item.type].key_answer(item)["path"]
    return path


def test_a_poor_way_is_told_beside_the_best_one(walk: Walk, session: Session) -> None:
    position = walk.at("branching")
    kind, item, _order = walk.item(position)
    poor = min(kind.patterns(item), key=lambda each: kind.score(item, each, kind.rule_id(item)).points)
    for fields in walk.steps(position, poor):
        assert walk.post(position, fields)[0] == 303
    text = plain(shown_text(walk.client.get(walk.url(position))))
    assert "The best way through" in text
    row = stored(session, walk.id, position)
    assert row
    score = kind.score(item, poor, kind.rule_id(item))
    assert (row.points, row.maximum) == (score.points, score.maximum)
    assert row.points is not None
    assert row.points < score.maximum


def test_two_tabs_give_a_turn_one_reply(app: Flask, walk: Walk, session: Session) -> None:
    """Twelve clicks on different replies at once: one is said, the others change nothing."""
    position = walk.at("branching")
    cookie = walk.client.get_cookie("quizapp")
    assert cookie
    session.commit()  # an open transaction of the test would hold SQLite's only write lock

    def say(number: int) -> int:
        tab = app.test_client()
        tab.set_cookie("quizapp", cookie.value)
        return tab.post(walk.url(position), data={"turn": "1", "reply": str(1 + number % 2)}).status_code

    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(say, range(12)))
    assert set(statuses) <= {303, 422}
    row = stored(session, walk.id, position)
    assert row
    assert (row.version, len((row.answer or {})["path"])) == (1, 1)


def test_a_conversation_that_was_begun_can_be_left_out(walk: Walk, session: Session) -> None:
    position = walk.at("branching")
    walk.post(position, walk.key(position)[0])
    assert walk.post(position, {"skip": ["1"]})[0] == 303
    row = stored(session, walk.id, position)
    assert row
    assert (row.outcome, row.answer, row.points) == ("skipped", None, None)
    for other in range(1, len(TYPES)):
        if other != position:
            for fields in walk.key(other):
                walk.post(other, fields)
    for fields in walk.key(len(TYPES)):
        walk.post(len(TYPES), fields)
    attempt = session.get_one(Attempt, walk.id)
    session.refresh(attempt)
    assert (attempt.answered_count, attempt.raw_score) == (len(TYPES) - 1, Fraction(len(TYPES) - 1))


def test_a_set_with_an_unfinished_conversation_goes_on_there_and_can_end(
    walk: Walk, session: Session
) -> None:
    position = walk.at("branching")
    walk.post(position, walk.key(position)[0])
    home = walk.client.get("/practice").text
    assert f"/practice/{walk.id}/1" in home  # nothing is done yet
    assert walk.client.post(f"/practice/{walk.id}/end").status_code == 303
    attempt = session.get_one(Attempt, walk.id)
    assert (attempt.answered_count, attempt.raw_score) == (0, Fraction(0))
    assert walk.client.get(f"/practice/{walk.id}").status_code == 200
    assert walk.post(position, walk.key(position)[1])[0] == 410


# Part of the credit


def test_part_of_the_credit_counts_as_a_part_everywhere(walk: Walk, session: Session, alice: User) -> None:
    position = walk.at("best_worst")
    kind, item, order = walk.item(position)
    key = kind.key_answer(item)
    rest = [index for index in range(len(order)) if index not in key.values()]
    half = {"best": key["best"], "worst": rest[0]}
    assert walk.post(position, kind.posted(item, order, half))[0] == 303
    text = shown_text(walk.client.get(walk.url(position)))
    assert "Part of it fits: 0.50 of 1." in text
    rows = {(row.kind, row.key): row for row in session.scalars(select(Rollup))}
    domain = rows["domain", item.domain]
    assert (domain.n, domain.hits, domain.first_hits) == (1, Fraction(1, 2), Fraction(1, 2))
    assert rows["principle", item.principle].hits == Fraction(1, 2)
    assert all(row.hits == 0 for row in rows.values() if row.kind == "misstep")
    walk.client.post(f"/practice/{walk.id}/end")
    attempt = session.get_one(Attempt, walk.id)
    session.refresh(attempt)
    assert attempt.raw_score == Fraction(1, 2)
    assert "You earned 0.50 of 1." in shown_text(walk.client.get(f"/practice/{walk.id}"))
    assert walk.client.get("/home").status_code == 200


# Mocks


@pytest.fixture
def exam(learner: FlaskClient, session: Session, alice: User) -> Walk:
    return Walk(learner, session, alice, mode=MOCK)


def test_every_type_in_a_mock_is_saved_by_script_and_scored_at_the_end(exam: Walk, session: Session) -> None:
    for position in range(1, len(TYPES) + 1):
        for fields in exam.key(position):
            response = exam.mock.send(position, None, fields=fields)
            assert response.status_code == 200, (TYPES[position - 1], response.text)
            assert response.json
            exam.mock.bases[position] = response.json["version"]
        page = exam.client.get(exam.url(position))
        assert page.status_code == 200
        kind, item, _order = exam.item(position)
        row = stored(session, exam.id, position)
        assert row
        assert row.answer == kind.key_answer(item)
    assert exam.mock.hand_in().status_code == 303
    text = plain(shown_text(exam.client.get(exam.url("results"))))
    assert f"You earned {len(TYPES)} of {len(TYPES)}." in text
    for item in exam.items:
        for _path, option in item.every_option():
            if not ITEM_TYPES[item.type].in_steps:
                assert plain(option.rationale) in text
    rows = session.scalars(select(ItemResponse).where(ItemResponse.attempt_id == exam.id)).all()
    assert {row.rule_id for row in rows} == {ITEM_TYPES[item.type].rule_id(item) for item in exam.items}


def test_every_type_in_a_mock_works_by_its_form_alone(exam: Walk, session: Session) -> None:
    for position in range(1, len(TYPES) + 1):
        for fields in exam.key(position):
            base = stored(session, exam.id, position)
            data = {"base": str(base.version if base else 0), "change_id": change_id(), "to": "stay"}
            response = exam.client.post(exam.url(position), data=data | fields)
            assert response.status_code == 303, TYPES[position - 1]
    exam.mock.hand_in()
    attempt = session.get_one(Attempt, exam.id)
    assert attempt.raw_score == len(TYPES)


@SQLITE_ONLY
@pytest.mark.parametrize(("name", "fields", "message"), [row for row in BAD if "still open" not in row[2]])
def test_what_is_no_answer_changes_nothing_in_a_mock(
    exam: Walk, session: Session, name: str, fields: Fields, message: str
) -> None:
    if "before checking" in message:
        return  # nothing chosen is no change there
    position = exam.at(name)
    response = exam.client.post(exam.url(position), data=fields | {"to": ["next"]})
    assert (response.status_code, message in plain(shown_text(response))) == (422, True)
    assert exam.mock.send(position, None, fields=fields).status_code == 422
    assert stored(session, exam.id, position) is None


def test_an_unfinished_answer_is_saved_and_what_is_missing_earns_nothing(
    exam: Walk, session: Session
) -> None:
    parts: dict[str, tuple[Fields, Fraction]] = {}
    for name in ("multiple_true_false", "best_worst", "ranking", "rating", "case"):
        kind, item, order = exam.item(exam.at(name))
        fields = kind.posted(item, order, kind.key_answer(item))
        first = dict([next(iter(fields.items()))])
        answer = kind.parse(item, order, first)
        assert answer
        assert not kind.is_complete(item, answer)
        parts[name] = first, kind.score(item, answer, kind.rule_id(item)).points
        assert exam.mock.send(exam.at(name), None, fields=first).status_code == 200
    assert (
        exam.mock.send(exam.at("branching"), None, fields=exam.key(exam.at("branching"))[0]).status_code
        == 200
    )
    exam.mock.hand_in()
    for name, (_fields, points) in parts.items():
        row = stored(session, exam.id, exam.at(name))
        assert row
        assert (row.outcome, row.points) == ("answered", points)
    row = stored(session, exam.id, exam.at("branching"))
    assert row
    assert (row.outcome, row.points) == ("answered", Fraction(1))
    row = stored(session, exam.id, exam.at("single_best"))
    assert row
    assert row.outcome == "omitted"
    assert exam.client.get(exam.url("results")).status_code == 200


def test_a_running_mock_tells_no_key_of_any_type(exam: Walk) -> None:
    secrets: set[str] = set()
    seen: set[str] = set()
    for item in exam.items:
        seen |= {plain(option.text) for _path, option in item.every_option()}
        secrets |= {plain(option.rationale) for _path, option in item.every_option()}
    for position in range(1, len(TYPES) + 1):
        texts = [shown_text(exam.client.get(exam.url(position)))]
        for fields in exam.key(position):
            sent = exam.mock.send(position, None, fields=fields)
            exam.mock.bases[position] = (sent.json or {})["version"]
            texts += [sent.text, shown_text(exam.client.get(exam.url(position)))]
        stale = exam.client.post(
            exam.url(position), data=exam.steps(position, _other(exam, position))[-1] | {"to": ["next"]}
        )
        texts.append(shown_text(stale))
        for text in texts:
            assert not [secret for secret in secrets if secret in plain(text)]
            assert "worst_key" not in text
    assert seen


def _other(exam: Walk, position: int) -> Answer:
    kind, item, _order = exam.item(position)
    return next(each for each in kind.patterns(item) if each != kind.key_answer(item))


@SQLITE_ONLY
def test_two_answers_of_any_type_are_shown_side_by_side(exam: Walk) -> None:
    for position in range(1, len(TYPES)):
        kind, item, order = exam.item(position)
        if kind.in_steps:
            continue
        exam.mock.send(position, None, fields=kind.posted(item, order, kind.key_answer(item)))
        other = kind.posted(item, order, _other(exam, position))
        page = exam.client.post(exam.url(position), data=other | {"to": ["next"], "base": ["0"]})
        assert page.status_code == 409, item.type
        assert "Which answer should count?" in shown_text(page)
        for name in other:
            assert f'name="{name}"' in page.text


@SQLITE_ONLY
def test_a_mock_draws_only_the_types_of_its_blueprint(learner: FlaskClient, session: Session) -> None:
    answer = learner.post("/mocks/house_readiness/start", data={"time_multiplier": "1"})
    attempt_id = int(answer.location.rsplit("/", 1)[1])
    entries = session.scalars(
        select(Form.entries).join(Attempt, Attempt.form_id == Form.id).where(Attempt.id == attempt_id)
    ).one()
    types = set(
        session.scalars(select(ItemRow.type).where(ItemRow.id.in_([entry["item"] for entry in entries])))
    )
    assert types == {"single_best"}


def test_times_of_the_steps_add_up(walk: Walk, session: Session) -> None:
    position = walk.at("branching")
    steps = walk.key(position)
    for fields in steps:
        walk.client.post(walk.url(position), data=fields | {"ms": ["2000"]})
    row = stored(session, walk.id, position)
    assert row
    assert row.milliseconds == 2000 * len(steps)
    assert row.saved_at - NOW < timedelta(minutes=1)
