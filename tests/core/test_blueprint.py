from datetime import date, timedelta
from pathlib import Path

import pytest

from quizapp.core.blueprint import ExamBlueprint, LoadedBlueprint, load_blueprint
from quizapp.core.canonical import plain
from quizapp.core.reference import Taxonomy
from quizapp.core.yaml_text import read_yaml

BANKS = Path(__file__).parents[2] / "question_banks"
FILES = sorted((BANKS / "blueprints").glob("*.yaml"))
OURS = Taxonomy.model_validate(read_yaml((BANKS / "taxonomy.yaml").read_bytes(), "taxonomy.yaml").data)
TODAY = date(2026, 12, 1)
BLUEPRINT = """
id: small
name: A small exam
short_name: Small
board: A board
items: 5
minutes: 10
breaks: [{after_item: 3, minutes: 5}]
form: {care: 3, rights: 2}
domains:
  - {id: care, name: Care, from: [role_and_values, choice_and_planning]}
  - {id: rights, name: Rights, from: [advocacy_rights]}
weights: none
weights_note: We split them.
pass_rule: {kind: percent, percent: 76}
provenance: [{fact: 5 items, source: null, seen_as: chosen}]
checked_on: 2026-11-21
disclaimer: This is practice.
"""


def load(old: str = "", new: str = "") -> LoadedBlueprint:
    assert old in BLUEPRINT
    return load_blueprint(BLUEPRINT.replace(old, new, 1).encode(), "small.yaml", OURS, TODAY)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_our_blueprints_are_in_order(path: Path) -> None:
    loaded = load_blueprint(path.read_bytes(), path.name, OURS, TODAY)
    assert loaded.problems == []
    assert loaded.blueprint is not None
    assert loaded.blueprint.id == path.stem
    assert sum(loaded.blueprint.form.values()) == loaded.blueprint.items
    assert {
        ours for names in loaded.blueprint.board_map.sources.values() for ours in names
    } == OURS.domain_by_id.keys()


def test_the_house_check_and_the_four_domain_form_have_their_counts() -> None:
    forms = {
        path.stem: ExamBlueprint.model_validate(read_yaml(path.read_bytes(), "").data).form for path in FILES
    }
    assert list(forms["house_readiness"].values()) == [4, 5, 5, 5, 6, 4, 4, 8, 3, 3, 3]
    assert list(forms["icrc_pr_2013"].values()) == [16, 16, 16, 27]


def test_a_blueprint_in_order_is_loaded_and_reads_back_from_plain_data() -> None:
    blueprint = load().blueprint
    assert blueprint is not None
    assert blueprint.board_map.sources == {
        "care": ("role_and_values", "choice_and_planning"),
        "rights": ("advocacy_rights",),
    }
    assert blueprint.domain_names == {"care": "Care", "rights": "Rights"}
    assert ExamBlueprint.model_validate(plain(blueprint)) == blueprint


@pytest.mark.parametrize(
    ("old", "new", "line", "rule"),
    [
        ("from: [advocacy_rights]", "from: [advocacy_rights], tags: [CC99]", 12, "unknown-standard"),
        ("care: 3,", "care: 4,", 9, "form-sum"),
        ("form: {care: 3, rights: 2}", "form: {care: 3, rightz: 2}", 9, "unknown-domain"),
        ("form: {care: 3, rights: 2}", "form: {care: 5}", 12, "form-count"),
        ("[advocacy_rights]", "[advocacy]", 12, "unknown-domain"),
        ("id: rights", "id: care", 12, "duplicate-id"),
        ("after_item: 3", "after_item: 5", 8, "break"),
        ("[{after_item: 3", "[{after_item: 3, minutes: 9}, {after_item: 3", 8, "break"),
        ("kind: percent, percent: 76", "kind: percent", 15, "pass-rule"),
        ("kind: percent, percent: 76", "kind: raw, raw: 9, of: 5", 15, "pass-rule"),
        ("percent: 76", "percent: 760", 15, "wrong-value"),
        ("source: null", "source: nowhere", 16, "unknown-source"),
        ("items: 5", "items: five", 6, "wrong-type"),
        ("weights: none", "weights: guess", 13, "unknown-value"),
        ("minutes: 10", "minuts: 10", 7, "unknown-field"),
        ("checked_on: 2026-11-21", "checked_on: 2026", 17, "wrong-form"),
    ],
)
def test_a_wrong_blueprint_is_told_and_withheld(old: str, new: str, line: int, rule: str) -> None:
    loaded = load(old, new)
    assert loaded.blueprint is None
    assert (line, rule) in {(problem.line, problem.rule) for problem in loaded.problems}


def test_facts_that_nobody_checked_for_a_year_are_told_and_hold_nothing_back() -> None:
    checked = date(2026, 11, 21)
    data = BLUEPRINT.encode()
    assert load_blueprint(data, "small.yaml", OURS, checked + timedelta(days=365)).problems == []
    old = load_blueprint(data, "small.yaml", OURS, checked + timedelta(days=366))
    assert [(problem.line, problem.severity, problem.rule) for problem in old.problems] == [
        (17, "warning", "facts-old")
    ]
    assert old.blueprint is not None


def test_without_a_taxonomy_the_rest_is_still_checked() -> None:
    data = BLUEPRINT.replace("[advocacy_rights]", "[advocacy]").replace("care: 3,", "care: 4,").encode()
    assert [problem.rule for problem in load_blueprint(data, "small.yaml", None, TODAY).problems] == [
        "form-sum"
    ]
