"""The item types. To add one: write its module and name it here."""

from collections.abc import Mapping
from typing import Any

from quizapp.core.items.base import (
    FACT_ERROR,
    Answer,
    Finding,
    InvalidResponse,
    Item,
    ItemType,
    Option,
    Score,
)
from quizapp.core.items.single_best import SingleBest

__all__ = [
    "FACT_ERROR",
    "ITEM_TYPES",
    "Answer",
    "Finding",
    "InvalidResponse",
    "Item",
    "ItemType",
    "Option",
    "Score",
    "item_type",
    "parse_item",
]

ITEM_TYPES: dict[str, ItemType] = {kind.name: kind for kind in (SingleBest(),)}


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
