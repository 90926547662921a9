"""What a panel says about a key."""

from fractions import Fraction
from typing import Any

import pytest

from quizapp.core.items import ITEM_TYPES, parse_item
from quizapp.core.panel_summary import PanelSummary, panel_summaries
from tests.core.test_score_table import FIELDS, KEY, OTHER, options, rating

PANEL = {"n": 15, "held_on": "2026-11-20"}


def summaries(**fields: Any) -> list[PanelSummary]:
    item = parse_item(FIELDS | fields)
    return panel_summaries(ITEM_TYPES[item.type], item)


def single(**panel: Any) -> PanelSummary:
    (found,) = summaries(type="single_best", options=options(OTHER, KEY, OTHER), panel=PANEL | panel)
    return found


def test_an_item_without_a_panel_has_none() -> None:
    assert summaries(type="single_best", options=options(OTHER, KEY, OTHER)) == []


@pytest.mark.parametrize(("votes", "carried"), [(10, False), (11, True)])
def test_the_share_of_the_key_has_its_interval(votes: int, carried: bool) -> None:
    found = single(best=[15 - votes, votes, 0])
    (share,) = found.shares
    assert (share.option, share.claim, share.votes, share.n) == (1, "best", votes, 15)
    assert share.lower < share.share < share.upper
    assert (share.is_carried, found.carries) == (carried, carried)


def test_what_a_panel_was_not_asked_is_left_open() -> None:
    found = single(best=[0, 15, 0])
    assert (found.alpha, found.concordance, found.content_validity) == (None, None, None)
    assert (found.ratings, found.ranks) == ((), ())
    assert found.rounds == 1
    assert not found.demonstration


def test_content_that_most_call_essential_has_a_ratio_above_zero() -> None:
    assert single(essential=12).content_validity == pytest.approx(0.6)
    assert not single(essential=12).carries  # nobody said anything about the key


def test_best_and_worst_are_told_apart() -> None:
    worst = OTHER | {"worst": True}
    panel = PANEL | {"best": [13, 1, 1], "worst": [0, 8, 7]}
    (found,) = summaries(type="best_worst", options=options(KEY, worst, OTHER), panel=panel)
    assert [(each.option, each.claim, each.is_carried) for each in found.shares] == [
        (0, "best", True),
        (1, "worst", False),
    ]
    assert not found.carries


def test_each_statement_has_its_share() -> None:
    panel = PANEL | {"chosen": [14, 2, 8]}
    fields = {"type": "multiple_true_false", "options": options(KEY, OTHER, KEY), "panel": panel}
    (found,) = summaries(**fields)
    assert [(each.claim, each.votes, each.is_carried) for each in found.shares] == [
        ("applies", 14, True),
        ("left", 13, True),
        ("applies", 8, False),
    ]


def test_ratings_are_told_with_their_agreement() -> None:
    split = [1, 4] * 7 + [None]
    panel = PANEL | {"ratings": [[4] * 15, [1] * 14 + [2], split]}
    (found,) = summaries(**rating(4, 1, None), panel=panel)
    assert [(each.key, each.median, each.n, each.is_carried) for each in found.ratings] == [
        (4, Fraction(4), 15, True),
        (1, Fraction(1), 15, True),
        (None, Fraction(5, 2), 14, None),
    ]
    assert found.alpha is not None
    assert 0.3 < found.alpha < 0.8
    assert found.carries


def test_orders_are_told_with_their_agreement() -> None:
    responses = options({"rank": 2}, {"rank": 1}, {"rank": 3, "misstep": "fix_it_reflex"})
    panel = PANEL | {"ranks": [[2] * 13 + [1, None], [1] * 13 + [2, None], [3] * 14 + [None]]}
    (found,) = summaries(type="ranking", options=responses, panel=panel)
    assert [(each.key, each.median) for each in found.ranks] == [(n, Fraction(n)) for n in (2, 1, 3)]
    assert found.ranked == 14
    assert found.concordance is not None
    assert found.concordance > 0.9
    assert found.carries


def test_a_part_is_carried_or_not_by_its_own_panel() -> None:
    part = {"type": "single_best", "kind": "why", "stem": "Why?", "options": options(OTHER, KEY, OTHER)}
    doubtful = part | {"panel": PANEL | {"best": [8, 7, 0]}}
    sure = part | {"panel": PANEL | {"best": [0, 15, 0]}}
    found = summaries(type="case", parts=[doubtful, part, sure])
    assert [(each.path, each.carries) for each in found] == [(("parts", 0), False), (("parts", 2), True)]


def test_a_turn_has_a_panel_of_its_own() -> None:
    ending = {"ends": "They nod."}
    first = {"id": "a", "says": "Hello.", "replies": options(KEY | {"next": "b"}, OTHER | {"next": "b"})}
    second: dict[str, Any] = {"id": "b", "says": "And?", "replies": options(KEY | ending, OTHER | ending)}
    second["panel"] = PANEL | {"best": [12, 3]}
    (found,) = summaries(type="branching", turns=[first, second])
    assert (found.path, found.carries) == (("turns", 1), True)
    assert found.shares[0].text == "Option 0"
