"""Plain data of an item of each type, in shape unless a test says otherwise."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle
from typing import Any

from quizapp.core.items import Item, parse_item

Data = dict[str, Any]

MISSTEPS = ("blame_person", "platitudes", "fix_it_reflex", "interrogate")
# The fields that no page may show while an attempt is open.
SECRETS = frozenset(
    {
        *("key", "is_key", "is_worst_key", "rationale", "misstep", "shows", "fits", "rank", "rating"),
        *("credit", "earns", "earned", "points", "panel", "index"),
    }
)


def item(kind: str, **fields: Any) -> Data:
    """What every type needs, and its own fields."""
    return {
        "id": "wrr-0001",
        "type": kind,
        "kind": "first_response",
        "status": "live",
        "lang": "en",
        "jurisdiction": "national",
        "domain": "wellness_relapse_resilience",
        "principle": "empathy_not_blame",
        "level": "application",
        "situation": "party-slip",
        "stem": "Maria drank at a party. What would you say?",
    } | fields


def options(fields: Iterable[Data]) -> list[Data]:
    """Options with these fields beside text and rationale; those that are asked for get a misstep."""
    missteps = cycle(MISSTEPS)
    rows = []
    for number, each in enumerate(fields):
        own = {name: value for name, value in each.items() if name != "is_wrong"}
        wrong = {"misstep": next(missteps)} if each.get("is_wrong") else {}
        rows.append({"text": f"Reply {number}", "rationale": f"Because {number}."} | wrong | own)
    return rows


def _keyed(keys: Iterable[int], count: int) -> list[Data]:
    wanted = set(keys)
    return options({"key": True} if index in wanted else {"is_wrong": True} for index in range(count))


def single_best(key: int = 1, count: int = 4, **changes: Any) -> Data:
    return item("single_best", options=_keyed([key], count)) | changes


def multiple_response(keys: Iterable[int] = (0, 2, 5), count: int = 6, **changes: Any) -> Data:
    return item("multiple_response", options=_keyed(keys, count)) | changes


def multiple_true_false(true: Iterable[int] = (0, 2), count: int = 4, **changes: Any) -> Data:
    return item("multiple_true_false", options=_keyed(true, count)) | changes


def best_worst(best: int = 1, worst: int = 3, count: int = 4, **changes: Any) -> Data:
    rows = _keyed([best], count)
    if 0 <= worst < count:
        rows[worst]["worst"] = True
    return item("best_worst", options=rows) | changes


def ranking(ranks: Sequence[int] = (3, 1, 2, 5, 4), **changes: Any) -> Data:
    half = len(ranks) + 1
    rows = options({"rank": rank, "is_wrong": 2 * rank > half} for rank in ranks)
    return item("ranking", options=rows) | changes


def rating(ratings: Sequence[int | None] = (4, 1, 3, 2), **changes: Any) -> Data:
    rows = options({"rating": each, "is_wrong": each in (1, 2)} for each in ratings)
    return item("rating", options=rows) | changes


def part(data: Data) -> Data:
    """The same question as one part of a case: without what says where an item belongs."""
    own = ("type", "kind", "stem", "rule", "panel", "options", "choose", "mapping")
    return {name: data[name] for name in own if name in data}


def case(*parts: Data, **changes: Any) -> Data:
    """A case of these items as parts; else of one that picks the best and one that picks several."""
    each = parts or (single_best(), multiple_response())
    return item("case", parts=[part(one) for one in each]) | changes


def reply(number: int, **fields: Any) -> Data:
    wrong = {} if fields.get("key") else {"misstep": MISSTEPS[number % len(MISSTEPS)]}
    return {"text": f"Reply {number}", "rationale": f"Because {number}."} | wrong | fields


def turn(name: str, *replies: Data, **changes: Any) -> Data:
    return {"id": name, "says": f"{name} is said.", "replies": list(replies)} | changes


def branching(*turns: Data, **changes: Any) -> Data:
    """A conversation of these turns; else one of two or three, where a wrong reply leads to a way round."""
    usual = (
        turn(
            "start", reply(0, next="back"), reply(1, key=True, next="on"), reply(2, credit="1/4", next="on")
        ),
        turn("back", reply(0, ends="She is tired."), reply(1, key=True, next="on")),
        turn("on", reply(0, key=True, ends="She smiles."), reply(1, credit="1/2", ends="She nods.")),
    )
    return item("branching", turns=list(turns or usual)) | changes


def with_option(data: Data, index: int, **changes: Any) -> Data:
    """The item with another option; None takes a field away."""
    rows = [dict(row) for row in data["options"]]
    rows[index] = {name: value for name, value in (rows[index] | changes).items() if value is not None}
    return data | {"options": rows}


def with_reply(data: Data, turn_index: int, index: int, **changes: Any) -> Data:
    """The same for a reply of a conversation."""
    turns = [dict(each) for each in data["turns"]]
    turns[turn_index] = with_row(turns[turn_index], "replies", index, **changes)
    return data | {"turns": turns}


def with_row(data: Data, name: str, index: int, **changes: Any) -> Data:
    rows = [dict(row) for row in data[name]]
    rows[index] = {key: value for key, value in (rows[index] | changes).items() if value is not None}
    return data | {name: rows}


def panel(n: int = 10, **said: Any) -> Data:
    return {"n": n, "held_on": "2026-05-01"} | said


def read(data: Data) -> Item:
    return parse_item(data)


SAMPLES: dict[str, Data] = {
    "single_best": single_best(),
    "multiple_response": multiple_response(),
    "multiple_true_false": multiple_true_false(),
    "best_worst": best_worst(),
    "ranking": ranking(),
    "rating": rating(),
    "case": case(),
    "branching": branching(),
}


def said(data: Any) -> Iterator[tuple[str, str]]:
    """Every field name in what a page shows, with "name", and every text, with "text"."""
    if isinstance(data, dict):
        for name, value in data.items():
            yield "name", name
            yield from said(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from said(value)
    elif isinstance(data, str):
        yield "text", data


def leaks(data: Any) -> set[str]:
    """What a page tells although it must not before scoring."""
    names = {text for kind, text in said(data) if kind == "name"} & SECRETS
    texts = [text for kind, text in said(data) if kind == "text"]
    return names | {word for word in ("Because", *MISSTEPS) if any(word in text for text in texts)}
