from typing import Any

import pytest

from quizapp.core.items import Item
from quizapp.core.lint.linter import lint_item
from tests.core.lint.made import made, single

ASK = " What is the **best** first response?"
DATED: dict[str, Any] = {"sources": ["npg"], "checked_on": "2026-11-01", "review_by": "2027-11-01"}


def rules(item: Item, known: frozenset[str] = frozenset()) -> set[str]:
    return {finding.rule for finding in lint_item(item, None, known)}


@pytest.mark.parametrize(
    ("rule", "stem"),
    [
        ("unexplained-abbreviation", "Ana has questions about her ROI."),
        ("unexplained-abbreviation", "Ana has heard of two ROIs."),
        ("real-person", "Ana quotes Carl Rogers in group."),
        ("real-person", "Ana read what Bill W. wrote."),
        ("real-person", "Ana was at Mayo Clinic."),
        ("stale-fact", "Ana's notes fall under 42 CFR."),
        ("stale-fact", "Ana asks about the Olmstead decision."),
        ("stale-fact", "Ana cites the Rehabilitation Act."),
        ("stale-fact", "In Ana's state 12.5 percent of people wait."),
        ("stale-fact", "Of those who wait, 1 in 5 people leave."),
    ],
)
def test_names_letters_and_facts_are_found(rule: str, stem: str) -> None:
    assert rule in rules(single(stem=stem + ASK))


@pytest.mark.parametrize(
    "stem",
    [
        "Ana has a Wellness Recovery Action Plan (WRAP).",
        "Ana has a Wellness Recovery Action Plan. Her WRAP is new.",
        "Ana uses a plan known as WRAP.",
        "ROI is the form that Ana signed.",
        "Ana watches TV in PA and is OK.",
        "Ana did NOT sleep.",
        "Ana's friends Carla Rogers and Bill Woods call.",
        'Ana says, "I am 90 percent sure."',
        "Ana gives 100 percent.",
        "Ana, 34, owes $20.",
        "Ana asks what the law says.",
        "The Act begins with Ana on stage.",
    ],
)
def test_what_only_looks_like_one_is_let_be(stem: str) -> None:
    assert rules(single(stem=stem + ASK)) == set()


def test_a_fact_with_sources_and_dates_may_stand() -> None:
    stem = "Ana's notes fall under the Rehabilitation Act." + ASK
    assert rules(single(stem=stem, **DATED)) == set()
    assert rules(single(stem=stem, sources=["npg"])) == {"stale-fact"}


def test_letters_that_readers_know_need_no_words() -> None:
    assert rules(single(stem="Ana signed an ROI." + ASK), frozenset({"roi"})) == set()


def test_rationales_are_searched_too() -> None:
    options = [
        {"text": text, "rationale": "The law, HIPAA, says so.", **fields}
        for text, fields in (
            ("Ask her what she wants.", {"key": True}),
            ("Tell her what to do.", {"misstep": "giving_advice"}),
            ("Call her doctor today.", {"misstep": "giving_advice"}),
        )
    ]
    item = made("single_best", {"stem": "Ana is tired." + ASK, "options": options})
    assert rules(item) == {"stale-fact", "unexplained-abbreviation"}
