from datetime import date, timedelta

import pytest

from quizapp.core.exam_facts import LoadedExams, load_exams
from tests.core.test_blueprint import BANKS, OURS, TODAY

SMALL = """
exams:
  - id: somewhere
    name: Peer Specialist
    place: Somewhere
    summary: An exam.
    facts:
      - {fact: 50 items, source: il_exam, seen_as: Read in a copy.}
    checked_on: 2026-11-26
"""


def load(text: str = SMALL, today: date = TODAY) -> LoadedExams:
    return load_exams(text.encode(), "q/exams.yaml", OURS, today)


def test_the_shipped_exams_are_in_order() -> None:
    loaded = load_exams((BANKS / "exams.yaml").read_bytes(), "exams.yaml", OURS, TODAY)
    assert loaded.problems == []
    assert [exam.id for exam in loaded.exams.exams] == [
        "florida",
        "georgia",
        "new_york",
        "north_carolina",
        "ohio",
        "texas",
        "washington",
        "wisconsin",
        "ncprss",
    ]
    for exam in loaded.exams.exams:
        for fact in exam.facts:
            assert fact.source or "Not confirmed" in fact.seen_as


@pytest.mark.parametrize(
    ("old", "new", "line", "rule"),
    [
        ("source: il_exam", "source: nowhere", 8, "unknown-source"),
        ("place: Somewhere", "plaice: Somewhere", 5, "unknown-field"),
        ("checked_on: 2026-11-26", "checked_on: 2026", 9, "wrong-form"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_shows(old: str, new: str, line: int, rule: str) -> None:
    loaded = load(SMALL.replace(old, new))
    assert loaded.exams.exams == ()
    assert (line, rule) in {(problem.line, problem.rule) for problem in loaded.problems}


def test_facts_of_more_than_a_year_ago_are_told_and_stay() -> None:
    checked = date(2026, 11, 26)
    assert load(today=checked + timedelta(days=365)).problems == []
    old = load(today=checked + timedelta(days=366))
    assert [(problem.line, problem.severity, problem.rule) for problem in old.problems] == [
        (9, "warning", "facts-old")
    ]
    assert [exam.id for exam in old.exams.exams] == ["somewhere"]
