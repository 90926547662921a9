import datetime
from pathlib import Path

import pytest

from quizapp.core.reference import LoadedReference, load_reference

BANKS = Path(__file__).parents[2] / "question_banks"
TODAY = datetime.date(2026, 12, 1)
TAXONOMY = """
principles:
  - {id: one, name: One, definition: d, looks_like: l, why_it_matters: w, standards: [S1]}
  - {id: two, name: Two, definition: d, looks_like: l, why_it_matters: w}
missteps:
  - {id: wrong, name: Wrong, tag: t, definition: d, looks_like: l, near: one, instead: i}
domains:
  - {id: area, name: Area, short_name: A, description: d, house_share: 3}
standards:
  - {id: S1, name: First, group: g}
sources:
  src: {title: A source, url: 'https://example.org'}
"""
SUPPORT = """
checked_on: 2026-11-21
review_by: 2027-05-21
jurisdiction: US
intro: Reach out.
crisis_line: {name: '988', short: '988', call: '988', source: src}
lines:
  - {id: a, name: A, kind: crisis, who_for: w, how: h, source: src}
"""


def load(taxonomy: str = TAXONOMY, support: str = SUPPORT, today: datetime.date = TODAY) -> LoadedReference:
    return load_reference(taxonomy.encode(), support.encode(), today, "q/")


def test_our_own_reference_is_in_order_and_complete() -> None:
    loaded = load_reference(
        (BANKS / "taxonomy.yaml").read_bytes(), (BANKS / "support.yaml").read_bytes(), TODAY
    )
    assert loaded.problems == []
    assert loaded.reference is not None
    taxonomy = loaded.reference.taxonomy
    assert (len(taxonomy.principles), len(taxonomy.missteps), len(taxonomy.domains)) == (50, 56, 11)
    assert sum(each.from_seed for each in taxonomy.principles) == 24
    assert sum(each.from_seed for each in taxonomy.missteps) == 18
    assert sum(each.house_share for each in taxonomy.domains) == 300
    assert "fact_error" in taxonomy.misstep_by_id


def test_texts_are_filled_from_the_support_file() -> None:
    reference = load().reference
    assert reference is not None
    assert reference.fill("Call {crisis_line} now, {name}.") == "Call 988 now, {name}."


@pytest.mark.parametrize(
    ("old", "new", "place", "rule"),
    [
        ("id: two", "id: one", "q/taxonomy.yaml:4", "duplicate-id"),
        ("near: one", "near: three", "q/taxonomy.yaml:6", "unknown-principle"),
        ("standards: [S1]", "standards: [S2]", "q/taxonomy.yaml:3", "unknown-standard"),
        ("house_share: 3", "house_share: many", "q/taxonomy.yaml:8", "wrong-type"),
        ("id: two", "id: two, replaced_by: three", "q/taxonomy.yaml:4", "unknown-principle"),
        ("sources:", "sourcs:", "q/taxonomy.yaml:11", "unknown-field"),
        ("near: one", "near: one, from_seed: 'yes'", "q/taxonomy.yaml:6", "wrong-type"),
    ],
)
def test_a_wrong_taxonomy_is_told_and_withheld(old: str, new: str, place: str, rule: str) -> None:
    loaded = load(taxonomy=TAXONOMY.replace(old, new))
    assert loaded.reference is None
    assert (f"{loaded.problems[-1].file}:{loaded.problems[-1].line}", loaded.problems[-1].rule) == (
        place,
        rule,
    )


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("call: '988', source: src", "call: '988', source: xyz", "unknown-source"),
        ("how: h, source: src", "how: h, source: xyz", "unknown-source"),
        ("kind: crisis", "kind: chat", "unknown-value"),
        ("call: '988'", "call: 988", "wrong-type"),
        ("2026-11-21", "soon", "wrong-form"),
    ],
)
def test_a_wrong_support_file_is_told_and_withheld(old: str, new: str, rule: str) -> None:
    loaded = load(support=SUPPORT.replace(old, new, 1))
    assert loaded.reference is None
    assert [problem.rule for problem in loaded.problems] == [rule]


def test_problems_of_both_files_are_told_at_once() -> None:
    loaded = load(taxonomy="a: [", support="b: 1")
    assert {problem.file for problem in loaded.problems} == {"q/taxonomy.yaml", "q/support.yaml"}


def test_lines_that_were_not_checked_in_time_are_a_warning() -> None:
    loaded = load(today=datetime.date(2027, 5, 22))
    assert loaded.reference is not None
    assert [(each.severity, each.rule) for each in loaded.problems] == [("warning", "review-overdue")]
    assert load(today=datetime.date(2027, 5, 21)).problems == []
