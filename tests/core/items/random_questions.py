"""Random questions in shape, of every type and by each of its rules."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

from hypothesis import strategies as st

from quizapp.core.items import ITEM_TYPES, Item, ItemType, parse_item
from tests.core.items import samples
from tests.core.items.samples import Data

MOST_TRIED = 200  # answers to one question


def _rule(draw: st.DrawFn, name: str, *without: str) -> Data:
    """No rule, or one of the type's."""
    rules = [rule for rule in ITEM_TYPES[name].rules if rule not in without]
    rule = draw(st.sampled_from([None, *rules]))
    return {"rule": rule} if rule else {}


def _some(draw: st.DrawFn, count: int, least: int, most: int) -> list[int]:
    return draw(st.lists(st.sampled_from(range(count)), min_size=least, max_size=most, unique=True))


def single_best(draw: st.DrawFn) -> Data:
    count = draw(st.integers(3, 5))
    key = draw(st.integers(0, count - 1))
    votes = [draw(st.integers(0, 4)) + 5 * (index == key) for index in range(count)]
    return samples.single_best(
        key, count, panel=samples.panel(n=25, best=votes), **_rule(draw, "single_best")
    )


def multiple_response(draw: st.DrawFn) -> Data:
    count = draw(st.integers(4, 7))
    keys = _some(draw, count, 1, count // 2)
    if draw(st.booleans()):
        maps = ("multiple_response/map_response@1", "multiple_response/moodle_fractions@1")
        rule = _rule(draw, "multiple_response", *maps)
        return samples.multiple_response(keys, count, choose=len(keys), **rule)
    data = samples.multiple_response(
        keys, count, **_rule(draw, "multiple_response", "multiple_response/select_n@1")
    )
    if data.get("rule") == "multiple_response/map_response@1":
        bounds = {"lower": draw(st.sampled_from([None, 0, "-1/2"])), "upper": 1}
        data["mapping"] = {"default": draw(st.sampled_from([0, "-1/3"]))} | {
            name: value for name, value in bounds.items() if value is not None
        }
        credits = ["1/2"] * len(keys)
    elif data.get("rule") == "multiple_response/moodle_fractions@1":
        credits = [str(Fraction(1, len(keys)))] * len(keys)
    else:
        return data
    if draw(st.booleans()):
        for key, credit in zip(keys, credits, strict=True):
            data = samples.with_option(data, key, credit=credit)
    return data


def multiple_true_false(draw: st.DrawFn) -> Data:
    count = draw(st.integers(3, 7))
    true = _some(draw, count, 1, count - 1)
    return samples.multiple_true_false(true, count, **_rule(draw, "multiple_true_false"))


def best_worst(draw: st.DrawFn) -> Data:
    count = draw(st.integers(3, 6))
    best, worst = _some(draw, count, 2, 2)
    return samples.best_worst(best, worst, count, **_rule(draw, "best_worst"))


def ranking(draw: st.DrawFn) -> Data:
    ranks = draw(st.permutations(range(1, draw(st.integers(3, 6)) + 1)))
    if draw(st.booleans()):
        ranks = [1 if rank == 2 else rank for rank in ranks]  # two that share the first places
    return samples.ranking(ranks, **_rule(draw, "ranking"))


def rating(draw: st.DrawFn) -> Data:
    rest = draw(st.lists(st.none() | st.integers(1, 4), min_size=1, max_size=4))
    return samples.rating(draw(st.permutations([4, 1, *rest])), **_rule(draw, "rating"))


def branching(draw: st.DrawFn) -> Data:
    """Turns in a row of which replies may leave some out; the key leads through all of them."""
    count = draw(st.integers(2, 5))
    turns = []
    for number in range(count):
        width = draw(st.integers(2, 4))
        key = draw(st.integers(0, width - 1))
        replies = []
        for index in range(width):
            later = range(number + 1, count)
            # Every way has two turns, and every turn is led to by the key of the one before it.
            led = (
                number + 1
                if index == key
                else draw(st.sampled_from([*later, None] if number else later or [None]))
            )
            where = {"ends": f"End {index}."} if led is None or led >= count else {"next": f"turn{led}"}
            credit = draw(st.sampled_from([None, "1/4", 0.5]))
            fields = {"key": True} if index == key else {"credit": credit} if credit else {}
            replies.append(samples.reply(index, **where, **fields))
        turns.append(samples.turn(f"turn{number}", *replies))
    return samples.branching(*turns, **_rule(draw, "branching"))


PARTS: dict[str, Callable[[st.DrawFn], Data]] = {
    "single_best": single_best,
    "multiple_response": multiple_response,
    "multiple_true_false": multiple_true_false,
    "best_worst": best_worst,
    "ranking": ranking,
    "rating": rating,
}


def case(draw: st.DrawFn) -> Data:
    names = draw(st.lists(st.sampled_from(sorted(PARTS)), min_size=2, max_size=3))
    return samples.case(*(PARTS[name](draw) for name in names), **_rule(draw, "case"))


MAKERS = PARTS | {"branching": branching, "case": case}


@dataclass(frozen=True)
class Asked:
    """A question in shape, with its data, and a seed for what else is drawn."""

    data: Data
    item: Item
    seed: int

    @property
    def kind(self) -> ItemType:
        return ITEM_TYPES[self.item.type]

    @property
    def rng(self) -> random.Random:
        return random.Random(self.seed)

    @property
    def answers(self) -> list[Data]:
        """Some complete answers, the key among them."""
        return [self.kind.key_answer(self.item), *islice(self.kind.patterns(self.item), MOST_TRIED)]

    @property
    def answer(self) -> Data:
        return self.rng.choice(self.answers)

    def points(self, answer: Data, rule: str | None = None) -> Fraction:
        return self.kind.score(self.item, answer, rule or self.kind.rule_id(self.item)).points


@st.composite
def questions(draw: st.DrawFn, names: Sequence[str] = tuple(MAKERS)) -> Asked:
    data = MAKERS[draw(st.sampled_from(names))](draw)
    return Asked(data, parse_item(data), draw(st.integers(0, 2**32)))
