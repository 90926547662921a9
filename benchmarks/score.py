"""What scoring costs: a form of mixed items as at hand-in, and stored answers again, as a regrade does it."""

import datetime
import gc
import itertools
import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

import click

from benchmarks import machine
from benchmarks.report import Row, at_least, at_most, figure
from benchmarks.sampling import Plan
from quizapp.banks.files import read_folder
from quizapp.config import PROJECT
from quizapp.core.bank import load_bank
from quizapp.core.items import ITEM_TYPES, Answer, Item
from quizapp.core.scoring import ONE, ZERO

FORM, FORMS_A_ROUND = 75, 20
MOST_FORM = 5.0  # milliseconds
LEAST_RESCORED = 100_000  # a second
EACH_TYPE = 2_000  # responses a round
MOST_PATTERNS = 500  # of an item, to choose answers from


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A response as it comes back from the database: the item is parsed, the answer is a JSON mapping."""

    item: Item
    answer: Answer
    rule_id: str
    points: Fraction


def run(plan: Plan) -> list[Row]:
    """Measure, and hand back the figures."""
    count = plan.responses[0]
    print(f"{machine.describe()}; {plan.rounds} rounds, {count:,} responses to rescore", flush=True)
    rng = random.Random(7)
    by_type = _items_by_type()
    form = _responses(rng, _mixed(by_type, FORM))
    bulk = _responses(rng, _cycled(by_type["single_best"], count))
    of_type = {name: _responses(rng, _cycled(items, EACH_TYPE)) for name, items in by_type.items()}
    took: dict[str, list[float]] = {name: [] for name in ("form", "bulk", "bare", *of_type)}
    differing = 0
    gc.freeze()  # or a collection within a measured stretch would look through all the answers made above
    with click.progressbar(range(plan.rounds), label="Scoring", file=sys.stderr) as rounds:
        for _ in rounds:
            took["form"].append(_seconds(partial(_hand_in, form), FORMS_A_ROUND))
            took["bulk"].append(_seconds(partial(_regrade, bulk)))
            took["bare"].append(_seconds(partial(_compare, bulk)))
            for name, responses in of_type.items():
                took[name].append(_seconds(partial(_regrade, responses)))
            differing += sum(map(_regrade, (form, bulk, *of_type.values())))
    return _figures(took, count, differing)


def _figures(took: dict[str, list[float]], count: int, differing: int) -> list[Row]:
    middle = {name: statistics.median(seconds) for name, seconds in took.items()}
    ratio = statistics.median(ours / bare for ours, bare in zip(took["bulk"], took["bare"], strict=True))
    rows = [
        at_most(f"score and maximum of {FORM} mixed items", middle["form"] * 1000, "ms", MOST_FORM),
        at_least("responses rescored a second, R1", count / middle["bulk"], "/s", LEAST_RESCORED),
        at_most("responses whose score differs from the stored one", differing, "responses", 0),
        figure("rescoring under R1 / comparing with a bare key", ratio, "x"),
    ]
    types = [name for name in middle if name in ITEM_TYPES]
    return rows + [figure(f"{name}: a response", middle[name] / EACH_TYPE * 1e6, "us") for name in types]


def _items_by_type() -> dict[str, list[Item]]:
    """The shipped items."""
    found: dict[str, list[Item]] = {name: [] for name in ITEM_TYPES}
    today = datetime.datetime.now(datetime.UTC).date()
    for files in read_folder(PROJECT / "question_banks").banks.values():
        bank = load_bank(files, None, today).bank
        assert bank, "the shipped banks have an error; see `quizapp bank check`"
        for item in bank.items:
            found[item.type].append(item)
    return found


def _mixed(by_type: dict[str, list[Item]], count: int) -> list[Item]:
    """So many items, the types taken in turns."""
    turns = zip(*(itertools.cycle(items) for items in by_type.values()), strict=True)
    return list(itertools.islice(itertools.chain.from_iterable(turns), count))


def _cycled(items: Sequence[Item], count: int) -> list[Item]:
    return list(itertools.islice(itertools.cycle(items), count))


def _responses(rng: random.Random, items: Sequence[Item]) -> list[Stored]:
    """A random complete answer to each item, after a way through JSON."""
    choices: dict[str, list[Answer]] = {}
    stored = []
    for item in items:
        kind = ITEM_TYPES[item.type]
        if item.id not in choices:
            choices[item.id] = list(itertools.islice(kind.patterns(item), MOST_PATTERNS))
        answer = json.loads(json.dumps(rng.choice(choices[item.id])))
        rule = kind.rule_id(item)
        points = kind.score(item, answer, rule).points
        stored.append(Stored(item=item, answer=answer, rule_id=rule, points=points))
    return stored


def _hand_in(form: Sequence[Stored]) -> tuple[Fraction, Fraction]:
    raw = most = ZERO
    for each in form:
        kind = ITEM_TYPES[each.item.type]
        raw += kind.score(each.item, each.answer, kind.rule_id(each.item)).points
        most += kind.maximum(each.item)
    return raw, most


def _regrade(responses: Sequence[Stored]) -> int:
    """How many scores change."""
    changed = 0
    for each in responses:
        score = ITEM_TYPES[each.item.type].score(each.item, each.answer, each.rule_id)
        changed += score.points != each.points
    return changed


def _compare(responses: Sequence[Stored]) -> int:
    """The least that could be done under R1: look the key up and compare."""
    items = {each.item.id: each.item for each in responses}
    keys = {name: ITEM_TYPES[item.type].key_answer(item)["option"] for name, item in items.items()}
    changed = 0
    for each in responses:
        points = ONE if each.answer["option"] == keys[each.item.id] else ZERO
        changed += points != each.points
    return changed


def _seconds(work: Callable[[], object], times: int = 1) -> float:
    """Processor time of the work, once."""
    began = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - began) / times
