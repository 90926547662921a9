"""Before handing in, nothing that reaches the browser says which option is the key."""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from html import unescape
from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from quizapp.accounts.models import User
from quizapp.banks.models import ItemRevision
from quizapp.core.items import ITEM_TYPES
from quizapp.core.items.single_best import SingleBestItem
from quizapp.core.reference import Taxonomy
from quizapp.core.yaml_text import read_yaml
from tests.content import FOLDER
from tests.exams.walk import HOUSE, ICRC, SQLITE_ONLY, Mock, attempt_items, begin_mock, plain, single_best

SignIn = Callable[[FlaskClient, User], None]
TELLING = re.compile(
    r"\b(is_)?key\b|rationale|misstep|correct|right|wrong|best_|answer-best|distractor", re.I
)
# Where the page's own script keeps unsent changes, and the legend of the palette: nothing about an item.
HARMLESS = re.compile(r"form data-key \d+:\d+:\d*|p class palette-key")


class Attributes(HTMLParser):
    """Every attribute of a page as (tag, name, value)."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str, str]] = []
        self.comments: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [(tag, name, value or "") for name, value in attrs]

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


@pytest.fixture
def items(session: Session, content: None) -> list[SingleBestItem]:
    return [single_best(row) for row in session.scalars(select(ItemRevision.content))]


@pytest.fixture
def secrets(items: list[SingleBestItem]) -> list[str]:
    """Every text that would tell: rationales, and the ids, names and tags of missteps and principles."""
    taxonomy = Taxonomy.model_validate(
        read_yaml((FOLDER / "taxonomy.yaml").read_bytes(), "taxonomy.yaml").data
    )
    rationales = {plain(option.rationale) for item in items for option in item.options}
    ids = {option.misstep or option.shows or option.fits or "" for item in items for option in item.options}
    named = {text for misstep in taxonomy.missteps for text in (misstep.name, misstep.tag)}
    stems = " ".join(plain(text) for item in items for text in (item.stem, *(o.text for o in item.options)))
    ids |= {item.principle for item in items}
    assert len(rationales) > 200
    return [text for text in rationales | ids | {plain(name) for name in named} if text and text not in stems]


def everything_sent(answer: TestResponse) -> str:
    text = re.sub(r"</?(strong|em|p|br|b|i)>", "", unescape(answer.text))
    return " ".join(f"{answer.headers}\n{text}".split())


@SQLITE_ONLY
@pytest.mark.parametrize("blueprint", [ICRC, HOUSE])
def test_nothing_in_a_running_exam_tells_the_key(
    client: FlaskClient, session: Session, secrets: list[str], alice: User, sign_in: SignIn, blueprint: str
) -> None:
    sign_in(client, alice)
    mock = begin_mock(client, blueprint)
    found = attempt_items(session, mock.id)
    seen = list(walk(mock, len(found)))
    assert len(seen) > 4 * len(found)
    for answer in seen:
        text = everything_sent(answer)
        told = [secret for secret in secrets if secret in text]
        assert not told, (answer.request.path, told)
    for answer in seen:
        if answer.mimetype == "text/html":
            page = Attributes(answer.text)
            assert not page.comments
            telling = [
                found
                for found in page.found
                if not HARMLESS.fullmatch(" ".join(found))
                and (TELLING.search(found[1]) or TELLING.search(found[2]))
            ]
            assert not _besides_icons(telling), answer.request.path


def _besides_icons(found: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    return [each for each in found if "chevron-right" not in each[2] and "sprite.svg" not in each[2]]


def walk(mock: Mock, count: int) -> Iterator[TestResponse]:
    """All that a browser is sent from the start to the page before handing in."""
    yield mock.client.get("/mocks")
    yield mock.client.get("/home")
    for position in range(1, count + 1):
        yield mock.page(position)
        yield mock.send(position, "1")
        mock.bases[position] = 1
        yield mock.page(position)
        yield mock.send(position, "2", base=0)  # the answer to a conflict
        if position % 10 == 0:
            yield mock.move(position, "next", choice="3", base="0")  # the page of a conflict
            yield mock.move(position, "flag", choice="1", base="1")
            yield mock.send(position, "9")
            yield mock.page("review")
    yield mock.client.get("/home")
    yield mock.client.get(f"/mocks/{ICRC}")
    yield mock.page("results")


@SQLITE_ONLY
def test_option_values_are_places_and_nothing_else(
    client: FlaskClient, session: Session, content: None, alice: User, sign_in: SignIn
) -> None:
    sign_in(client, alice)
    mock = begin_mock(client)
    for position, (item, order) in enumerate(attempt_items(session, mock.id), start=1):
        page = mock.page(position).text
        values = re.findall(r'<input type="radio" name="choice" value="([^"]*)">', page)
        assert values == [str(number + 1) for number in range(len(item.options))]
        texts = [
            plain(unescape(text))
            for text in re.findall(r'class="option-text"[^>]*>(.*?)</span></label>', page)
        ]
        shown = [plain(re.sub(r"</?\w+>", "", text)) for text in texts]
        assert shown == [plain(item.options[index].text) for index in order]


@SQLITE_ONLY
def test_place_of_the_key_is_uniform_and_independent_of_its_place_in_the_file(
    items: list[SingleBestItem],
) -> None:
    """Chi-square with a fixed seed; the critical values leave one chance in a thousand."""
    rng = random.Random(20260303)
    four = [item for item in items if len(item.options) == 4]
    table: Counter[tuple[int, int]] = Counter()
    for _round in range(50):
        for item in four:
            order = ITEM_TYPES[item.type].shuffle(item, rng)
            in_file = [option.key for option in item.options].index(True)
            table[in_file, order.index(in_file)] += 1
    shown = Counter({place: sum(table[row, place] for row in range(4)) for place in range(4)})
    assert sum(shown.values()) >= 400
    assert _chi_square([shown[place] for place in range(4)], [sum(shown.values()) / 4] * 4) < 16.27  # 3 df
    rows = [sum(table[row, place] for place in range(4)) for row in range(4)]
    expected = [rows[row] / 4 for row in range(4) for _place in range(4)]
    observed = [table[row, place] for row in range(4) for place in range(4)]
    assert _chi_square(observed, expected) < 37.70  # at most 15 df, whatever the file does


def _chi_square(observed: list[int], expected: list[float]) -> float:
    return sum(
        (seen - wanted) ** 2 / wanted for seen, wanted in zip(observed, expected, strict=True) if wanted
    )


@SQLITE_ONLY
def test_started_exams_show_the_key_everywhere_alike(
    client: FlaskClient, session: Session, content: None, alice: User, sign_in: SignIn
) -> None:
    """The same through the pages: ten exams, whose seeds are the product's own."""
    sign_in(client, alice)
    places: Counter[int] = Counter()
    for _exam in range(10):
        mock = begin_mock(client, ICRC)
        for item, order in attempt_items(session, mock.id):
            if len(order) == 4:
                places[order.index([option.key for option in item.options].index(True))] += 1
        mock.hand_in()
    total = sum(places.values())
    assert total >= 400
    # 99.9999 %: the seeds are new in each run, and a test must not fail once a month by chance.
    assert _chi_square([places[place] for place in range(4)], [total / 4] * 4) < 30.66
