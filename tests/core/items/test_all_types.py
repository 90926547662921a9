"""What holds for every question of every type, under each of its rules."""

import json
import random
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import pairwise, permutations
from math import prod
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from quizapp.core.canonical import content_hash, plain
from quizapp.core.items import ITEM_TYPES, ItemType, parse_item
from quizapp.core.items.conversation import BranchingItem
from tests.core.items import samples
from tests.core.items.random_questions import MAKERS, Asked, questions
from tests.core.items.samples import SAMPLES, Data, leaks

# Scores


def test_every_type_has_its_makers() -> None:
    assert set(MAKERS) == set(SAMPLES) == set(ITEM_TYPES)


@given(questions())
def test_a_random_question_is_in_shape(asked: Asked) -> None:
    assert asked.kind.check(asked.item) == []


@given(questions())
def test_points_lie_between_the_lowest_and_the_maximum_and_are_exact(asked: Asked) -> None:
    kind, item = asked.kind, asked.item
    low, high = kind.lowest(item), kind.maximum(item)
    for answer in asked.answers:
        score = kind.score(item, answer, kind.rule_id(item))
        assert low <= score.points <= high == score.maximum
        assert type(score.points) is type(score.maximum) is type(low) is Fraction
        assert all(type(part.points) is type(part.maximum) is Fraction for part in score.parts)


@given(questions())
def test_the_key_earns_the_maximum_and_no_answer_more(asked: Asked) -> None:
    kind, item = asked.kind, asked.item
    right, wrong = kind.sample_answers(item)
    assert asked.points(right) == kind.maximum(item) == asked.points(kind.key_answer(item))
    assert asked.points(wrong) < kind.maximum(item)
    assert kind.is_complete(item, kind.key_answer(item))


@given(questions())
def test_every_pattern_is_there_once_and_complete(asked: Asked) -> None:
    kind, item = asked.kind, asked.item
    count = kind.pattern_count(item)
    assume(count <= 5000)
    patterns = [json.dumps(answer) for answer in kind.patterns(item)]
    assert len(set(patterns)) == len(patterns) == count
    assert all(kind.is_complete(item, json.loads(answer)) for answer in patterns)


@pytest.mark.parametrize("name", ITEM_TYPES)
def test_an_unknown_rule_is_refused(name: str) -> None:
    kind, item = ITEM_TYPES[name], parse_item(SAMPLES[name])
    asks: list[Callable[[str], object]] = [
        lambda rule: kind.score(item, kind.key_answer(item), rule),
        lambda rule: kind.maximum(item, rule),
        lambda rule: kind.lowest(item, rule),
        lambda rule: kind.chance(item, rule),
    ]
    for ask in asks:
        with pytest.raises(ValueError, match="unknown scoring rule"):
            ask(f"{name}/guessed@1")


@pytest.mark.parametrize(("name", "other"), list(permutations(ITEM_TYPES, 2)))
def test_an_answer_of_another_type_is_refused(name: str, other: str) -> None:
    kind, item = ITEM_TYPES[name], parse_item(SAMPLES[name])
    foreign = ITEM_TYPES[other].key_answer(parse_item(SAMPLES[other]))
    for rule in kind.rules:
        with pytest.raises(ValueError, match=r"needs|has no|must be"):
            kind.score(item, foreign, rule)


# What the order of a file and the names in it change: nothing


def moved(data: Data, answer: Data, rng: random.Random) -> tuple[Data, Data]:
    """The same question with its options in another order in the file, and the answer with them."""
    kind = data["type"]
    if kind == "case":
        pairs = [moved(*pair, rng) for pair in zip(data["parts"], answer["parts"], strict=True)]
        return data | {"parts": [each for each, _ in pairs]}, {"parts": [each for _, each in pairs]}
    if kind == "branching":
        return _moved_turns(data, answer, rng)
    new_places = rng.sample(range(len(data["options"])), len(data["options"]))
    back = {old: new for new, old in enumerate(new_places)}
    panel = {
        name: _reordered(value, new_places) if isinstance(value, list) else value
        for name, value in data.get("panel", {}).items()
    }
    other = data | {"options": _reordered(data["options"], new_places)} | ({"panel": panel} if panel else {})
    return other, {name: _moved_value(name, value, new_places, back) for name, value in answer.items()}


def _reordered(rows: list[Any], places: list[int]) -> list[Any]:
    return [rows[place] for place in places]


def _moved_value(name: str, value: Any, places: list[int], back: dict[int, int]) -> Any:
    """Indexes are looked up; of lists with one value for each option the values move."""
    if name == "options":
        return sorted(back[index] for index in value)
    return _reordered(value, places) if isinstance(value, list) else back[value]


def _moved_turns(data: Data, answer: Data, rng: random.Random) -> tuple[Data, Data]:
    """The replies of each turn move, the turns after the first one too, and all of them get new names."""
    turns, path = data["turns"], answer["path"]
    names = {turn["id"]: f"name{number}" for number, turn in enumerate(rng.sample(turns, len(turns)))}
    orders = {turn["id"]: rng.sample(range(len(turn["replies"])), len(turn["replies"])) for turn in turns}
    by_id = {turn["id"]: turn for turn in turns}
    new_path, name = [], turns[0]["id"]
    for index in path:
        new_path.append(orders[name].index(index))
        name = by_id[name]["replies"][index].get("next")
    others = [
        turn
        | {
            "id": names[turn["id"]],
            "replies": [
                reply | ({"next": names[reply["next"]]} if "next" in reply else {})
                for reply in _reordered(turn["replies"], orders[turn["id"]])
            ],
        }
        for turn in (turns[0], *rng.sample(turns[1:], len(turns) - 1))
    ]
    return data | {"turns": others}, {"path": new_path}


@given(questions())
def test_the_order_and_the_names_of_a_file_change_no_score(asked: Asked) -> None:
    data, answer = moved(asked.data, asked.answer, asked.rng)
    other = Asked(data, parse_item(data), asked.seed)
    assert other.kind.check(other.item) == []
    assert other.points(answer) == asked.points(asked.answer)
    assert other.kind.maximum(other.item) == asked.kind.maximum(asked.item)
    assert other.kind.missteps_chosen(other.item, answer) == asked.kind.missteps_chosen(
        asked.item, asked.answer
    )


# Answering


def partial(kind: ItemType, item: Any, answer: Data, rng: random.Random) -> Data | None:
    """The answer with some of it missing, as it is when somebody is called away; None for nothing at all."""
    (name, value), *rest = answer.items()
    if name == "path":
        return {"path": value[: rng.randint(1, len(value))]}
    if name == "parts":
        parts = [
            partial(ITEM_TYPES[part.type], part, given, rng) if rng.random() < 0.7 else None
            for part, given in zip(item.parts, value, strict=True)
        ]
        return None if set(map(str, parts)) == {"None"} else {"parts": parts}
    if name == "options":
        return {"options": sorted(rng.sample(value, rng.randint(1, len(value))))}
    if isinstance(value, list):
        kept = [each if rng.random() < 0.5 else None for each in value]
        return None if set(kept) == {None} else {name: kept}
    return answer | {rest[0][0]: None} if rest and rng.random() < 0.7 else answer


def shown_in(asked: Asked) -> Any:
    return asked.kind.shuffle(asked.item, asked.rng)


def as_posted(asked: Asked, order: Any, answer: Data | None) -> Data | None:
    """The answer after a page has posted it; reply by reply where earlier ones stay."""
    kind, item = asked.kind, asked.item
    if not kind.in_steps or answer is None:
        return kind.parse(item, order, kind.posted(item, order, answer))
    standing = None
    for length in range(1, len(answer["path"]) + 1):
        fields = kind.posted(item, order, {"path": answer["path"][:length]})
        standing = kind.parse(item, order, fields, standing)
    return standing


@given(questions())
def test_posting_an_answer_gives_the_same_answer(asked: Asked) -> None:
    order = shown_in(asked)
    some = partial(asked.kind, asked.item, asked.answer, asked.rng)
    for answer in (None, asked.answer, some):
        assert as_posted(asked, order, answer) == answer
        assert json.loads(json.dumps(answer)) == answer
    if some is not None:
        assert asked.kind.lowest(asked.item) <= asked.points(some) <= asked.kind.maximum(asked.item)


@given(questions())
def test_every_option_is_shown_once_and_nothing_that_gives_the_key_away(asked: Asked) -> None:
    kind, item, order = asked.kind, asked.item, shown_in(asked)
    some = partial(kind, item, asked.answer, asked.rng)
    for answer in (None, some, asked.answer):
        question = kind.question(item, order, answer)
        assert not leaks(question)
        json.dumps(question)  # nothing but plain data
    texts = sorted(option.text for _path, option in item.every_option())
    if item.type not in ("branching", "case"):
        assert sorted(row["text"] for row in kind.question(item, order, None)["options"]) == texts
        assert sorted(row["text"] for row in kind.review(item, order, None)["options"]) == texts


@given(questions())
def test_the_page_shows_the_same_for_an_answer_and_for_its_fields(asked: Asked) -> None:
    assume(not asked.kind.in_steps)
    kind, item, order = asked.kind, asked.item, shown_in(asked)
    fields = kind.posted(item, order, asked.answer)
    assert kind.question(item, order, asked.answer) == kind.question(item, order, None, fields)


@given(questions())
def test_the_missteps_chosen_are_among_those_offered(asked: Asked) -> None:
    offered = asked.kind.missteps_offered(asked.item)
    for answer in (asked.answer, partial(asked.kind, asked.item, asked.answer, asked.rng)):
        met = asked.kind.missteps_offered(asked.item, answer)
        assert asked.kind.missteps_chosen(asked.item, answer) <= met <= offered
    assert asked.kind.missteps_chosen(asked.item, None) == frozenset()


# Scoring again


@given(questions())
def test_scoring_again_by_the_stored_rule_gives_the_stored_score(asked: Asked) -> None:
    kind, item, answer, rule = asked.kind, asked.item, asked.answer, asked.kind.rule_id(asked.item)
    score = kind.score(item, answer, rule)
    stored = json.loads(json.dumps({"content": plain(item), "answer": answer, "rule": rule}))
    again = parse_item(stored["content"])
    assert again == item
    assert content_hash(again) == content_hash(item)
    assert kind.score(again, stored["answer"], stored["rule"]) == score


@given(questions())
def test_a_usual_rule_written_out_changes_no_score(asked: Asked) -> None:
    data = {name: value for name, value in asked.data.items() if name != "rule"}
    usual = asked.kind.usual_rule(asked.item)
    items = [parse_item(data), parse_item(data | {"rule": usual})]
    assert {asked.kind.rule_id(item) for item in items} == {usual}
    assert len({asked.kind.score(item, asked.answer, usual).points for item in items}) == 1


# Guessing


def mean(asked: Asked) -> Fraction:
    answers = list(asked.kind.patterns(asked.item))
    return sum((asked.points(answer) for answer in answers), Fraction(0)) / len(answers)


SMALL = ("single_best", "multiple_response", "multiple_true_false", "best_worst", "ranking", "rating")


@given(questions(SMALL))
def test_chance_is_the_mean_of_all_complete_answers(asked: Asked) -> None:
    assert asked.kind.chance(asked.item) == mean(asked)


@settings(max_examples=25)
@given(questions(("case",)))
def test_the_chance_of_a_case_is_the_mean_too(asked: Asked) -> None:
    assume(asked.kind.pattern_count(asked.item) <= 2000)
    assert asked.kind.chance(asked.item) == mean(asked)


@given(questions(("branching",)))
def test_the_chance_of_a_conversation_weighs_each_way_by_its_likelihood(asked: Asked) -> None:
    item = asked.item
    assert isinstance(item, BranchingItem)

    def likelihood(path: list[int]) -> Fraction:
        return prod((Fraction(1, len(turn.replies)) for turn in _met(item, path)), start=Fraction(1))

    ways = [answer["path"] for answer in asked.kind.patterns(item)]
    assert sum(map(likelihood, ways)) == 1
    assert asked.kind.chance(item) == sum(asked.points({"path": way}) * likelihood(way) for way in ways)


def _met(item: BranchingItem, path: list[int]) -> Iterator[Any]:
    by_id = {turn.id: turn for turn in item.turns}
    turn = item.turns[0]
    yield turn
    for index, _later in pairwise(path):
        turn = by_id[turn.replies[index].next or ""]
        yield turn


@given(st.data())
def test_chance_has_the_closed_forms(data: st.DataObject) -> None:
    def chance(made: Data, rule: str | None = None) -> Fraction:
        return ITEM_TYPES[made["type"]].chance(parse_item(made), rule)

    m = data.draw(st.integers(3, 5))
    assert chance(samples.single_best(0, m)) == Fraction(1, m)
    assert chance(samples.best_worst(0, 1, m), "best_worst/half_each@1") == Fraction(1, m)
    ranks = data.draw(st.permutations(range(1, m + 1)))
    assert chance(samples.ranking(ranks)) == 1 - Fraction(m * m - 1, 3) / (m * m // 2)
    rated = data.draw(st.lists(st.none() | st.integers(1, 4), max_size=3))
    assert chance(samples.rating([4, 1, *rated])) == Fraction(3, 8)
    count = data.draw(st.integers(4, 8))
    n = data.draw(st.integers(1, count - 1))
    assert chance(samples.multiple_response(range(n), count, choose=n)) == Fraction(n, count)


def test_the_chance_of_ranking_three_four_and_five() -> None:
    chances = [ITEM_TYPES["ranking"].chance(parse_item(samples.ranking(range(1, m + 1)))) for m in (3, 4, 5)]
    assert chances == [Fraction(1, 3), Fraction(3, 8), Fraction(1, 3)]


@given(st.integers(4, 8), st.data())
def test_choosing_everything_pays_by_no_rule_but_per_option(count: int, data: st.DataObject) -> None:
    keys = data.draw(st.integers(1, count // 2))
    item = parse_item(samples.multiple_response(range(keys), count))
    kind = ITEM_TYPES["multiple_response"]
    everything = {"options": list(range(count))}
    for rule in ("plus_minus", "all_or_nothing", "ripkey", "moodle_fractions"):
        assert kind.score(item, everything, f"multiple_response/{rule}@1").points == 0
    assert kind.score(item, everything, "multiple_response/per_option@1").points == Fraction(keys, count)
