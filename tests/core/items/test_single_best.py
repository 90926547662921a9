import json
import random
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from quizapp.core.items import ITEM_TYPES, InvalidResponse, checks, item_type, parse_item
from quizapp.core.items.single_best import SingleBestItem

SINGLE_BEST = ITEM_TYPES["single_best"]
RULE = "single_best/key@1"
MISSTEPS = ["blame_person", "platitudes", "fix_it_reflex", "interrogate"]


def make_item(key: int = 1, options: int = 4, **changes: Any) -> SingleBestItem:
    """An item in shape whose key is at index `key`."""
    item = parse_item(item_data(key, options, **changes))
    assert isinstance(item, SingleBestItem)
    return item


def item_data(key: int = 1, options: int = 4, **changes: Any) -> dict[str, Any]:
    missteps = iter(MISSTEPS)
    return {
        "id": "wrr-0001",
        "type": "single_best",
        "kind": "first_response",
        "status": "live",
        "lang": "en",
        "jurisdiction": "national",
        "domain": "wellness_relapse_resilience",
        "principle": "empathy_not_blame",
        "level": "application",
        "situation": "party-slip",
        "stem": "Maria drank at a party. What is the **best** first response?",
        "options": [
            {"text": f"Reply {index}", "rationale": f"Because {index}."}
            | ({"key": True} if index == key else {"misstep": next(missteps)})
            for index in range(options)
        ],
    } | changes


def with_option(item: dict[str, Any], index: int, **changes: Any) -> dict[str, Any]:
    options = [dict(option) for option in item["options"]]
    options[index] = {k: v for k, v in (options[index] | changes).items() if v is not None}
    return item | {"options": options}


@st.composite
def items(draw: st.DrawFn) -> SingleBestItem:
    options = draw(st.integers(3, 5))
    return make_item(key=draw(st.integers(0, options - 1)), options=options)


@st.composite
def items_in_order(draw: st.DrawFn) -> tuple[SingleBestItem, tuple[int, ...]]:
    item = draw(items())
    return item, SINGLE_BEST.shuffle(item, random.Random(draw(st.integers())))


@given(items())
def test_scores_lie_between_nothing_and_the_maximum(item: SingleBestItem) -> None:
    for index in range(len(item.options)):
        score = SINGLE_BEST.score(item, {"option": index}, RULE)
        assert 0 <= score.points <= score.maximum == SINGLE_BEST.maximum(item) == Fraction(1)


@given(items())
def test_the_key_earns_the_maximum_and_a_wrong_option_nothing(item: SingleBestItem) -> None:
    right, wrong = SINGLE_BEST.sample_answers(item)
    assert SINGLE_BEST.score(item, right, RULE).points == SINGLE_BEST.maximum(item)
    assert SINGLE_BEST.score(item, wrong, RULE).points == 0


@given(items(), st.integers())
def test_shuffling_keeps_every_option_once(item: SingleBestItem, seed: int) -> None:
    order = SINGLE_BEST.shuffle(item, random.Random(seed))
    assert sorted(order) == list(range(len(item.options)))
    assert order == SINGLE_BEST.shuffle(item, random.Random(seed))


@given(items_in_order())
def test_the_score_of_a_text_does_not_depend_on_the_shuffle(
    shown: tuple[SingleBestItem, tuple[int, ...]],
) -> None:
    item, order = shown
    for option in SINGLE_BEST.question(item, order, None)["options"]:
        answer = SINGLE_BEST.parse(item, order, {"choice": [option["value"]]})
        assert answer is not None
        chosen = next(each for each in item.options if each.text == option["text"])
        assert SINGLE_BEST.score(item, answer, RULE).points == int(chosen.key)


@given(items_in_order())
def test_posting_an_answer_gives_the_same_answer(shown: tuple[SingleBestItem, tuple[int, ...]]) -> None:
    item, order = shown
    for answer in [None, *({"option": index} for index in range(len(item.options)))]:
        assert SINGLE_BEST.parse(item, order, SINGLE_BEST.posted(item, order, answer)) == answer
        assert json.loads(json.dumps(answer)) == answer


def test_the_key_is_equally_likely_at_every_place() -> None:
    item, rng = make_item(key=0), random.Random(1)
    places = [SINGLE_BEST.shuffle(item, rng).index(0) for _ in range(4000)]
    assert all(900 < places.count(place) < 1100 for place in range(4))


@pytest.mark.parametrize(
    ("values", "code"),
    [
        (["5"], "unknown_choice"),
        (["0"], "unknown_choice"),
        (["-1"], "unknown_choice"),
        (["01"], "unknown_choice"),
        ([" 1"], "unknown_choice"),
        (["١"], "unknown_choice"),
        (["1.0"], "unknown_choice"),
        (["key"], "unknown_choice"),
        (["9" * 100_000], "unknown_choice"),
        (["\x00"], "unknown_choice"),
        (["1", "2"], "choose_one"),
        (["1", "1"], "choose_one"),
    ],
)
def test_a_post_that_is_no_answer_is_refused(values: list[str], code: str) -> None:
    with pytest.raises(InvalidResponse) as refusal:
        SINGLE_BEST.parse(make_item(), (0, 1, 2, 3), {"choice": values})
    assert refusal.value.code == code
    assert str(refusal.value)


@pytest.mark.parametrize("fields", [{}, {"choice": []}, {"choice": [""]}, {"other": ["1"]}])
def test_a_post_without_a_choice_is_no_answer(fields: dict[str, list[str]]) -> None:
    assert SINGLE_BEST.parse(make_item(), (0, 1, 2, 3), fields) is None


@pytest.mark.parametrize("answer", [{}, {"option": 4}, {"option": -1}, {"option": "1"}, {"option": True}])
def test_an_answer_of_another_item_is_not_scored(answer: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="has no option"):
        SINGLE_BEST.score(make_item(), answer, RULE)


def test_an_unknown_scoring_rule_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown scoring rule"):
        SINGLE_BEST.score(make_item(), {"option": 0}, "single_best/key@2")


@given(items_in_order())
def test_the_open_question_says_nothing_about_the_key(shown: tuple[SingleBestItem, tuple[int, ...]]) -> None:
    item, order = shown
    question = SINGLE_BEST.question(item, order, {"option": 2})
    assert {frozenset(option) for option in question["options"]} == {frozenset({"value", "text", "chosen"})}
    text = json.dumps(question)
    assert not any(word in text for word in ("rationale", "key", "Because", *MISSTEPS))
    assert [option["chosen"] for option in question["options"]] == [index == 2 for index in order]


def test_the_review_shows_everything_in_the_order_that_the_learner_saw() -> None:
    options = SINGLE_BEST.review(make_item(key=1), (3, 1, 0, 2), {"option": 3})["options"]
    assert options[0] == {
        "value": "1",
        "text": "Reply 3",
        "chosen": True,
        "is_key": False,
        "misstep": "fix_it_reflex",
        "shows": None,
        "fits": None,
        "rationale": "Because 3.",
        "index": 3,
        "panel": None,
    }
    assert [option["is_key"] for option in options] == [False, True, False, False]


def test_plain_wrong_facts_are_no_missteps() -> None:
    item = parse_item(with_option(item_data(kind="recall"), 0, misstep="fact_error"))
    assert SINGLE_BEST.missteps_offered(item) == {"platitudes", "fix_it_reflex"}
    assert SINGLE_BEST.missteps_chosen(item, {"option": 0}) == frozenset()
    assert SINGLE_BEST.missteps_chosen(item, {"option": 2}) == {"platitudes"}
    assert SINGLE_BEST.missteps_chosen(item, {"option": 1}) == frozenset()
    assert SINGLE_BEST.missteps_chosen(item, None) == frozenset()


def spot_misstep() -> dict[str, Any]:
    data = item_data(kind="spot_misstep")
    for index in (0, 2, 3):
        data = with_option(data, index, misstep=None, fits="active_listening")
    return with_option(data, 1, shows="blame_person")


def test_a_spotted_misstep_is_not_a_chosen_one() -> None:
    item = parse_item(spot_misstep())
    assert SINGLE_BEST.check(item) == []
    assert SINGLE_BEST.missteps_offered(item) == frozenset()
    assert SINGLE_BEST.missteps_chosen(item, {"option": 1}) == frozenset()


@given(items())
def test_an_item_in_shape_has_no_findings(item: SingleBestItem) -> None:
    assert SINGLE_BEST.check(item) == []


@pytest.mark.parametrize(
    ("data", "path", "rule"),
    [
        (item_data(options=2), ("options",), "option-count"),
        (item_data(key=9, options=3), ("options",), "one-key"),
        (with_option(item_data(), 2, key=True, misstep=None), ("options", 2, "key"), "one-key"),
        (with_option(item_data(), 3, text=" reply  0 "), ("options", 3, "text"), "option-repeated"),
        (with_option(item_data(), 1, misstep="platitudes"), ("options", 1, "misstep"), "key-fields"),
        (with_option(item_data(), 1, shows="platitudes"), ("options", 1, "shows"), "key-fields"),
        (with_option(item_data(), 0, misstep=None), ("options", 0), "wrong-option-fields"),
        (with_option(item_data(), 0, fits="active_listening"), ("options", 0, "fits"), "wrong-option-fields"),
        (with_option(item_data(), 0, misstep="fact_error"), ("options", 0, "misstep"), "fact-error"),
        (with_option(spot_misstep(), 1, shows=None), ("options", 1), "key-fields"),
        (with_option(spot_misstep(), 0, fits=None), ("options", 0), "wrong-option-fields"),
        (
            with_option(spot_misstep(), 0, misstep="platitudes"),
            ("options", 0, "misstep"),
            "wrong-option-fields",
        ),
    ],
)
def test_a_broken_structure_is_found(data: dict[str, Any], path: tuple[object, ...], rule: str) -> None:
    findings = SINGLE_BEST.check(parse_item(data))
    assert [(finding.path, finding.rule) for finding in findings] == [(path, rule)]
    assert findings[0].severity == "error"


def with_votes(*best: int, **changes: Any) -> dict[str, Any]:
    return item_data(panel={"n": 10, "held_on": "2026-05-01", "best": list(best)}, **changes)


def test_credit_by_the_panel_is_there_to_look_at() -> None:
    item = parse_item(with_votes(2, 8, 0, 0, rule="single_best/panel_share@1"))
    assert SINGLE_BEST.check(item) == []
    shares = [SINGLE_BEST.score(item, {"option": n}, SINGLE_BEST.rule_id(item)).points for n in range(4)]
    assert shares == [Fraction(1, 4), 1, 0, 0]
    with pytest.raises(ValueError, match="needs the votes"):
        SINGLE_BEST.score(make_item(), {"option": 0}, "single_best/panel_share@1")


@pytest.mark.parametrize(
    ("data", "path", "rule"),
    [
        (item_data(rule="single_best/panel_share@1"), ("rule",), "panel"),
        (with_votes(5, 4, 0, 0, rule="single_best/panel_share@1"), ("options",), "key-earns-less"),
        (item_data(rule="single_best/key@2"), ("rule",), "unknown-rule"),
        (with_votes(5, 4, 0), ("panel", "best"), "panel"),
        (with_votes(5, 4, 2, 0), ("panel", "best"), "panel"),
    ],
)
def test_a_rule_or_a_panel_that_does_not_fit_is_found(
    data: dict[str, Any], path: tuple[object, ...], rule: str
) -> None:
    findings = SINGLE_BEST.check(parse_item(data))
    assert [(finding.path, finding.rule) for finding in findings] == [(path, rule)]


def test_a_panel_carries_the_key_that_most_chose() -> None:
    assert list(SINGLE_BEST.panel_doubts(parse_item(with_votes(1, 8, 1, 0)))) == []
    for data in (with_votes(3, 7, 0, 0), with_votes(8, 1, 1, 0), item_data()):
        (doubt,) = SINGLE_BEST.panel_doubts(parse_item(data))
        assert (doubt.path, doubt.rule) == (("panel",), "panel-doubts-key")


def test_the_review_tells_how_many_of_the_panel_chose_each_option() -> None:
    rows = SINGLE_BEST.review(parse_item(with_votes(2, 8, 0, 0)), (1, 0, 2, 3), None)["options"]
    assert [row["panel"]["votes"] for row in rows] == [8, 2, 0, 0]
    assert rows[0]["panel"] == {"votes": 8, "n": 10, "is_made_up": False}


def test_more_options_than_five_are_found() -> None:
    data = item_data()
    extra = [{"text": f"More {n}", "misstep": "overpromise", "rationale": "No."} for n in range(2)]
    findings = SINGLE_BEST.check(parse_item(data | {"options": data["options"] + extra}))
    assert [finding.rule for finding in findings] == ["option-count"]


@pytest.mark.parametrize(
    "changes",
    [
        {"tpye": "x"},
        {"kind": "guess"},
        {"stem": "  "},
        {"stem": 12},
        {"id": "WRR 1"},
        {"situation": "Party slip"},
        {"jurisdiction": "Ohio"},
        {"jurisdiction": ["ohio"]},
        {"checked_on": 20261121},
        {"checked_on": "21.11.2026"},
        {"checked_on": "2026-02-30"},
        {"checked_on": "2026-11-21T10:00:00"},
        {"options": [{"text": "A", "key": "yes", "rationale": "B"}]},
        {"options": [{"text": "A"}]},
    ],
)
def test_wrong_fields_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        parse_item(item_data() | changes)


OPTION_DATA = st.fixed_dictionaries(
    {
        "text": st.sampled_from(["Stay here", "stay  HERE", "Stay\nhere ", "Go", "Ask", "Wait"]),
        "rationale": st.just("R"),
    },
    optional={
        "key": st.booleans(),
        "misstep": st.sampled_from(["blame_person", "fact_error"]),
        "shows": st.just("blame_person"),
        "fits": st.just("empathy_not_blame"),
    },
)


@given(st.lists(OPTION_DATA, min_size=1, max_size=6), st.sampled_from(["why", "recall", "spot_misstep"]))
def test_the_quick_look_at_options_passes_none_that_has_a_mistake(options: list[Any], kind: str) -> None:
    item = parse_item(item_data() | {"options": options, "kind": kind})
    assert isinstance(item, SingleBestItem)
    in_order = checks.picks_one_in_order(item, 3, 5)
    found = [
        *checks.count(len(item.options), 3, 5),
        *checks.one_key(item.options),
        *checks.repeats(item.options),
        *checks.key_fields(item, item.options),
    ]
    assert not (in_order and found)


@pytest.mark.parametrize("kind", ["why", "recall", "spot_misstep"])
def test_the_quick_look_passes_options_in_order(kind: str) -> None:
    is_spot = kind == "spot_misstep"
    key = {"shows": "blame_person"} if is_spot else {}
    other = {"fits": "empathy_not_blame"} if is_spot else {"misstep": "blame_person"}
    rows: list[dict[str, Any]] = [{"text": "One.", "rationale": "R", "key": True} | key]
    rows += [{"text": text, "rationale": "R"} | other for text in ("Two.", "Three.")]
    item = parse_item(item_data() | {"options": rows, "kind": kind})
    assert isinstance(item, SingleBestItem)
    assert checks.picks_one_in_order(item, 3, 5)


def test_dates_and_states_are_read() -> None:
    item = make_item(jurisdiction=["OH", "PA"], checked_on="2026-11-21")
    assert item.states == ("OH", "PA")
    assert str(item.checked_on) == "2026-11-21"
    assert make_item().states is None


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown item type 'essay'"):
        parse_item(item_data() | {"type": "essay"})
    with pytest.raises(ValueError, match="unknown item type"):
        item_type("essay")


def test_stored_json_gives_the_same_item() -> None:
    item = make_item(checked_on="2026-11-21", jurisdiction=["OH"])
    assert parse_item(json.loads(item.model_dump_json())) == item
