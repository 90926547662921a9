"""Items for tests of the linter, made from what a test is about."""

from collections.abc import Mapping, Sequence
from typing import Any

from quizapp.core.items import Item, parse_item

STEM = "Ana did not sleep and worries about her rent. What is the **best** first response?"
KEY = '"That sounds hard. What would help you most today?"'
WRONG = (
    '"Try a walk each evening, it helped me a lot."',
    '"It will pass, you are stronger than that."',
    '"I will call your landlord for you today."',
)


def single(
    stem: str = STEM, *, key: str = KEY, wrong: Sequence[str] = WRONG, number: int = 1, **changes: Any
) -> Item:
    """An item with one key, which is its first option."""
    options = [
        {"text": key, "key": True, "rationale": "It asks her first and leaves the choice with her."},
        *({"text": text, "misstep": "giving_advice", "rationale": "It comes too early."} for text in wrong),
    ]
    return made("single_best", {"stem": stem, "options": options, **changes}, number)


def made(name: str, fields: Mapping[str, Any], number: int = 1) -> Item:
    """An item of a type with these fields."""
    return parse_item(
        {
            "id": f"rel-{number:04}",
            "type": name,
            "kind": "first_response",
            "status": "live",
            "lang": "en",
            "jurisdiction": "national",
            "domain": "relationship_communication",
            "principle": "active_listening",
            "level": "application",
            "situation": f"scene-{number}",
            "sources": [],
        }
        | dict(fields)
    )
