"""The item types. To add one: write its module and its template, and name it here."""

from collections.abc import Mapping
from typing import Any

from quizapp.core.items.base import (
    FACT_ERROR,
    Answer,
    Fields,
    Finding,
    InvalidResponse,
    Item,
    ItemType,
    Option,
    Order,
    Part,
    Question,
    Score,
)
from quizapp.core.items.best_worst import BestWorst
from quizapp.core.items.branching import Branching
from quizapp.core.items.case import Case
from quizapp.core.items.multiple_response import MultipleResponse
from quizapp.core.items.multiple_true_false import MultipleTrueFalse
from quizapp.core.items.ranking import Ranking
from quizapp.core.items.rating import Rating
from quizapp.core.items.single_best import SingleBest

__all__ = [
    "FACT_ERROR",
    "ITEM_TYPES",
    "Answer",
    "Fields",
    "Finding",
    "InvalidResponse",
    "Item",
    "ItemType",
    "Option",
    "Order",
    "Part",
    "Question",
    "Score",
    "item_type",
    "parse_item",
]

_KINDS: tuple[ItemType, ...] = (
    SingleBest(),
    MultipleResponse(),
    MultipleTrueFalse(),
    BestWorst(),
    Ranking(),
    Rating(),
    Branching(),
)
ITEM_TYPES: dict[str, ItemType] = {kind.name: kind for kind in (*_KINDS, Case(_KINDS))}


def item_type(name: str) -> ItemType:
    """The type with this name; ValueError when there is none."""
    if name not in ITEM_TYPES:
        raise ValueError(f"unknown item type {name!r}")
    return ITEM_TYPES[name]


def parse_item(data: Mapping[str, Any]) -> Item:
    """The item of plain data, in the model of its type.

    :raises ValueError: for an unknown type, or as pydantic's ValidationError with every field that is wrong.
    """
    return item_type(str(data.get("type"))).model.model_validate(data)
