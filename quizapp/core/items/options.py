"""What types with one list of options share."""

from collections.abc import Sequence
from typing import Any

from quizapp.core.items.base import Answer, Fields, InvalidResponse, ItemType, OptionQuestion, Order
from quizapp.core.panel import Panel


class OneListType(ItemType):
    """A type whose questions have one list of options."""

    def plain_order(self, question: OptionQuestion) -> tuple[int, ...]:
        """0 to m - 1."""
        return tuple(range(len(question.options)))


def values(order: Order) -> dict[str, int]:
    """What a page posts for each option, its place from 1, and the option it stands for.

    Only exactly these strings are values: without int(), " 1", "01" and a million digits are refused.
    """
    return {str(position): index for position, index in enumerate(order, start=1)}


def one_value(fields: Fields, name: str) -> str | None:
    """The one value of a field; None when it is empty.

    :raises InvalidResponse: when there are several.
    """
    found = [value for value in fields.get(name, ()) if value]
    if len(found) > 1:
        raise InvalidResponse("choose_one", "Please choose one response only.")
    return found[0] if found else None


def one_of(fields: Fields, name: str, known: dict[str, Any]) -> Any | None:
    """What the one value of a field stands for; None when it is empty.

    :raises InvalidResponse: when it stands for nothing.
    """
    value = one_value(fields, name)
    if value is None:
        return None
    if value not in known:
        raise InvalidResponse("unknown_choice", "That response is not on this page. Please choose again.")
    return known[value]


def first(fields: Fields, name: str) -> str | None:
    """The first value of a field, as a page shows it again; None when there is none."""
    return next(iter(fields.get(name, ())), None)


def chosen_index(question: OptionQuestion, value: Any) -> int:
    """An option's index out of an answer; ValueError for an answer that belongs to another item."""
    if type(value) is not int or not 0 <= value < len(question.options):
        raise ValueError(f"this question has no option {value!r}")
    return value


def aligned(question: OptionQuestion, answer: Answer, name: str, allowed: Sequence[Any]) -> list[Any]:
    """One value for each option out of an answer; ValueError for an answer that belongs to another item."""
    found = answer.get(name)
    if not isinstance(found, list) or len(found) != len(question.options):
        raise ValueError(f"this question needs {len(question.options)} {name}")
    for value in found:
        # True is 1 and 1.0 is 1 for `in`: the type has to be the same too.
        if value is not None and not any(type(value) is type(each) and value == each for each in allowed):
            raise ValueError(f"{value!r} is none of {list(allowed)}")
    return found


def shown(question: OptionQuestion, order: Order) -> list[dict[str, Any]]:
    """The options in display order, with the values that stand for them."""
    return [{"value": value, "text": question.options[index].text} for value, index in values(order).items()]


def told(question: OptionQuestion, order: Order) -> list[dict[str, Any]]:
    """The options in display order with all that may be told after scoring."""
    rows = []
    for row, index in zip(shown(question, order), order, strict=True):
        option = question.options[index]
        tags = {"misstep": option.misstep, "shows": option.shows, "fits": option.fits}
        rows.append(row | tags | {"is_key": option.key, "rationale": option.rationale, "index": index})
    return rows


def panel_share(panel: Panel | None, votes: str, index: int) -> dict[str, Any] | None:
    """How many of a panel chose an option; None without such votes."""
    counts = None if panel is None else getattr(panel, votes)
    if panel is None or counts is None:
        return None
    return {"votes": counts[index], "n": panel.n, "is_made_up": panel.demonstration}
