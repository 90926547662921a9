"""Pick the best of three to five options."""

import random
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Literal

from quizapp.core.items.base import (
    FACT_ERROR,
    Answer,
    Finding,
    InvalidResponse,
    Item,
    Option,
    Path,
    Score,
)

FIELD = "choice"
MIN_OPTIONS, MAX_OPTIONS = 3, 5


class SingleBestItem(Item):
    """An item with one key among its options."""

    type: Literal["single_best"]


class SingleBest:
    """One right option earns the point; any other earns nothing (rule R1: 1 if the choice is the key)."""

    name = "single_best"
    rule_id = "single_best/key@1"
    model = SingleBestItem

    def shuffle(self, item: Item, rng: random.Random) -> tuple[int, ...]:
        """A display order in which every option is equally likely at every place."""
        order = list(range(len(item.options)))
        rng.shuffle(order)
        return tuple(order)

    def parse(self, item: Item, order: Sequence[int], fields: Mapping[str, Sequence[str]]) -> Answer | None:
        """{"option": i}; None when nothing was chosen."""
        values = [value for value in fields.get(FIELD, ()) if value]
        if not values:
            return None
        if len(values) > 1:
            raise InvalidResponse("choose_one", "Please choose one response only.")
        # Only exactly these strings are values: without int(), " 1", "01" and a million digits are refused.
        shown = {str(position): option for position, option in enumerate(order, start=1)}
        if values[0] not in shown:
            raise InvalidResponse("unknown_choice", "That response is not on this page. Please choose again.")
        return {"option": shown[values[0]]}

    def posted(self, item: Item, order: Sequence[int], answer: Answer | None) -> dict[str, list[str]]:
        """The posted fields of an answer."""
        if answer is None:
            return {}
        return {FIELD: [str(tuple(order).index(_chosen(item, answer)) + 1)]}

    def score(self, item: Item, answer: Answer, rule_id: str) -> Score:
        """One point for the key."""
        if rule_id != self.rule_id:
            raise ValueError(f"unknown scoring rule {rule_id!r}")
        return Score(Fraction(item.options[_chosen(item, answer)].key), self.maximum(item))

    def maximum(self, item: Item) -> Fraction:
        """One point."""
        return Fraction(1)

    def question(self, item: Item, order: Sequence[int], answer: Answer | None) -> dict[str, Any]:
        """Stem and option texts in the shown order."""
        return {"field": FIELD, "stem": item.stem, "options": list(_shown(item, order, answer))}

    def review(self, item: Item, order: Sequence[int], answer: Answer | None) -> dict[str, Any]:
        """The question with key, rationales and missteps."""
        options = [
            shown
            | item.options[index].model_dump(exclude={"text", "key"})
            | {"is_key": item.options[index].key}
            for shown, index in zip(_shown(item, order, answer), order, strict=True)
        ]
        return {"field": FIELD, "stem": item.stem, "options": options}

    def missteps_offered(self, item: Item) -> frozenset[str]:
        """The missteps of the wrong options."""
        return frozenset().union(*(_missteps(option) for option in item.options))

    def missteps_chosen(self, item: Item, answer: Answer | None) -> frozenset[str]:
        """The misstep of the chosen option."""
        return frozenset() if answer is None else _missteps(item.options[_chosen(item, answer)])

    def sample_answers(self, item: Item) -> tuple[Answer, Answer]:
        """The key, and the first wrong option."""
        keys = [option.key for option in item.options]
        return {"option": keys.index(True)}, {"option": keys.index(False)}

    def check(self, item: Item) -> list[Finding]:
        """The rules on options: how many, one key, a misstep for each wrong one, no text twice."""
        findings = [*_check_count(item), *_check_keys(item), *_check_repeats(item)]
        for index, option in enumerate(item.options):
            check = _check_key if option.key else _check_wrong
            findings += check(item, option, ("options", index))
        return findings


def _chosen(item: Item, answer: Answer) -> int:
    """The chosen option's index; ValueError for an answer that belongs to another item."""
    index = answer.get("option")
    if type(index) is not int or not 0 <= index < len(item.options):
        raise ValueError(f"item {item.id} has no option {index!r}")
    return index


def _shown(item: Item, order: Sequence[int], answer: Answer | None) -> Iterator[dict[str, Any]]:
    chosen = None if answer is None else _chosen(item, answer)
    for position, index in enumerate(order, start=1):
        yield {"value": str(position), "text": item.options[index].text, "chosen": index == chosen}


def _missteps(option: Option) -> frozenset[str]:
    return frozenset({option.misstep} if option.misstep and option.misstep != FACT_ERROR else ())


def _check_count(item: Item) -> Iterator[Finding]:
    count = len(item.options)
    if not MIN_OPTIONS <= count <= MAX_OPTIONS:
        message = f"the item has {count} options; write {MIN_OPTIONS} to {MAX_OPTIONS}"
        yield Finding(("options",), "error", "option-count", message)


def _check_keys(item: Item) -> Iterator[Finding]:
    keys = [index for index, option in enumerate(item.options) if option.key]
    if not keys:
        yield Finding(
            ("options",), "error", "one-key", "no option is the key; mark the best one with key: true"
        )
    for index in keys[1:]:
        message = "a second option is marked as the key; leave key: true on the best one only"
        yield Finding(("options", index, "key"), "error", "one-key", message)


def _check_repeats(item: Item) -> Iterator[Finding]:
    seen: dict[str, int] = {}
    for index, option in enumerate(item.options):
        first = seen.setdefault(" ".join(option.text.split()).casefold(), index)
        if first != index:
            message = f"this option says the same as option {first + 1}; every option needs its own text"
            yield Finding(("options", index, "text"), "error", "option-repeated", message)


def _check_key(item: Item, option: Option, path: Path) -> Iterator[Finding]:
    """The key has no misstep of its own; in spot_misstep it shows one."""
    for field in ("misstep", "fits"):
        if getattr(option, field) is not None:
            yield Finding(
                (*path, field), "error", "key-fields", f"{field} belongs to wrong options, not to the key"
            )
    if item.kind == "spot_misstep" and option.shows is None:
        message = "in a spot_misstep item the key says which misstep it is; add shows: <misstep>"
        yield Finding(path, "error", "key-fields", message)
    if item.kind != "spot_misstep" and option.shows is not None:
        yield Finding(
            (*path, "shows"), "error", "key-fields", "shows belongs to the key of a spot_misstep item only"
        )


def _check_wrong(item: Item, option: Option, path: Path) -> Iterator[Finding]:
    """A wrong option has exactly one misstep; in spot_misstep it fits a principle instead."""
    needed, foreign = ("fits", "misstep") if item.kind == "spot_misstep" else ("misstep", "fits")
    if getattr(option, needed) is None:
        of_what = "principle" if needed == "fits" else "misstep"
        message = f"a wrong option of a {item.kind} item needs {needed}: <{of_what}>"
        yield Finding(path, "error", "wrong-option-fields", message)
    for field in (foreign, "shows"):
        if getattr(option, field) is not None:
            message = f"{field} does not belong to a wrong option of a {item.kind} item; use {needed}"
            yield Finding((*path, field), "error", "wrong-option-fields", message)
    if option.misstep == FACT_ERROR and item.kind != "recall":
        message = f"{FACT_ERROR} is for recall items; name the misstep that the option embodies"
        yield Finding((*path, "misstep"), "error", "fact-error", message)
