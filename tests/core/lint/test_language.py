import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from quizapp.config import PROJECT
from quizapp.core.items import parse_item
from quizapp.core.lint import copies
from quizapp.core.lint.language import (
    EVERYWHERE,
    LANGUAGE_FILE,
    LanguageRule,
    LanguageRules,
    Scope,
    load_language,
)
from quizapp.core.lint.linter import GROUPS, lint_item, lint_rules
from tests.core.test_bank import item, with_option

BANKS = PROJECT / "question_banks"
DATA = (BANKS / LANGUAGE_FILE).read_bytes()
PROSE = (Path(__file__).parents[2] / "data" / "lint" / "prose.txt").read_text("utf-8").splitlines()
SMALL = """
lang: en
rules:
  - id: off-the-wagon
    severity: error
    phrases: [fell off the wagon]
    say_instead: returned to use
    reason: It is a picture of moral failure.
    source: nida
    hits: [He fell off the wagon.]
    passes: [He fell off the ladder.]
"""


def shipped() -> LanguageRules:
    rules, problems = load_language(DATA, LANGUAGE_FILE, None)
    assert rules is not None, problems
    return rules


RULES = shipped()
BY_ID = {rule.id: rule for rule in RULES.rules}


def broken(text: str, *scopes: Scope) -> list[str]:
    """The rules that a text breaks and that are reported."""
    return [hit.rule.id for hit in RULES.hits(text, scopes or None) if hit.severity != "info"]


def severities(text: str, *scopes: Scope) -> dict[str, str]:
    return {hit.rule.id: hit.severity for hit in RULES.hits(text, scopes or None)}


@pytest.mark.parametrize("rule", RULES.rules, ids=lambda rule: rule.id)
def test_every_rule_meets_its_examples_and_no_others(rule: LanguageRule) -> None:
    for example in rule.hits:
        assert rule.id in {hit.rule.id for hit in RULES.hits(example, rule.scopes)}, example
    for example in rule.passes:
        assert rule.id not in {hit.rule.id for hit in RULES.hits(example)}, example


@pytest.mark.parametrize(
    "text",
    [
        "Alcoholics Anonymous and Adult Children of Alcoholics meet here.",
        "Non-alcoholic drinks, alcoholic beverages, alcoholic hepatitis",
        "The National Institute on Drug Abuse",
        "The Substance Abuse and Mental Health Services Administration",
        "The law speaks of child abusers, and she left her abuser.",
        "A new sleep habit helps, and the software has users.",
        "The room is clean, the kitchen was clean, and he came clean about the rent.",
        "Hormone replacement therapy and nicotine replacement therapy",
        "Relapse prevention is a topic of the exam.",
        "Co-Dependents Anonymous meets today, and IT is an enabling tool.",
        "The plan suffers from delays, and the denial of the claim came by mail.",
        "It was a borderline pass after a failed attempt.",
        "Grief is normal, and so is the normal range of a lab value.",
        "HIPAA compliance, ADA compliance, and the right to refuse treatment",
        "Treatment-resistant depression is a clinical term.",
        "The criminal justice system and a criminal record",
        "The homeless shelter, the Homeless Management Information System, the sex offender registry",
        "Be patient, and ask about patient rights.",
        "The War on Drugs was a policy.",
    ],
)
def test_what_only_looks_like_a_label_passes(text: str) -> None:
    assert broken(text, *EVERYWHERE) == []


@pytest.mark.parametrize(
    "text", ['Ana says, "I am an addict."', 'He says, "I\'m an alcoholic, and I say so."']
)
def test_people_who_name_themselves_are_only_counted(text: str) -> None:
    assert set(severities(text, "stem").values()) == {"info"}
    assert "error" in severities(text, "rationale").values()


@pytest.mark.parametrize(
    "text",
    [
        'Ana says, "My brother is an addict."',
        'Ana says, "I am tired. He is an addict."',
        "I am an addict, says nobody in quotes.",
        'Ana says, "I am tired." He is an addict.',
    ],
)
def test_words_about_somebody_else_are_reported_in_quotes_too(text: str) -> None:
    assert broken(text, "stem") == ["addict"]


def test_a_rule_on_the_key_looks_at_the_key_only() -> None:
    told = '"You should call a doctor about it today."'
    wrong = parse_item(with_option(item(), 0, text=told))
    key = parse_item(with_option(item(), 1, text=told))
    assert "directive-key" not in {each.rule for each in lint_item(wrong, RULES)}
    found = [each.path for each in lint_item(key, RULES) if each.rule == "directive-key"]
    assert found == [("options", 1, "text")]


def test_the_key_that_shows_a_misstep_may_direct() -> None:
    shown = with_option(item(kind="spot_misstep"), 1, text="You should call her today", shows="giving_advice")
    assert lint_item(parse_item(shown), RULES) == []


@pytest.mark.parametrize("text", ["A peer does not diagnose.", "She cannot promise that to anybody."])
def test_a_key_may_say_what_a_peer_does_not_do(text: str) -> None:
    assert lint_item(parse_item(with_option(item(), 1, text=text)), RULES) == []


def test_an_option_that_shows_the_misstep_may_hold_the_word_and_its_rationale_too() -> None:
    labelled = {"text": "Write that she is a junkie", "rationale": "The word junkie makes her the illness."}
    other = parse_item(with_option(item(), 0, **labelled))
    shown = parse_item(with_option(item(), 0, **labelled, misstep="stigmatizing_language"))
    assert [each.rule for each in lint_item(other, RULES)] == ["addict", "addict"]
    assert lint_item(shown, RULES) == []


def test_a_finding_names_the_words_the_reason_is_in_the_register_and_it_says_what_to_do() -> None:
    (finding,) = lint_item(parse_item(item(stem="She fell off the wagon. What is best?")), RULES)
    assert (finding.path, finding.severity, finding.rule) == (("stem",), "error", "off-the-wagon")
    assert finding.message == "“fell off the wagon”; say instead: returned to use"
    assert lint_rules(RULES)["off-the-wagon"].reason == "It is a picture of moral failure."


def test_the_content_note_and_an_item_in_another_language() -> None:
    assert [each.path for each in lint_item(parse_item(item(content_note="inmates")), RULES)] == [
        ("content_note",)
    ]
    assert lint_item(parse_item(item(stem="She fell off the wagon. ¿Qué?", lang="es")), RULES) == []


def test_every_rule_is_told_once_at_a_place() -> None:
    assert broken("An addict, another addict", *EVERYWHERE) == ["addict", "addict"]
    assert broken("clean and sober", *EVERYWHERE) == ["clean-person"]
    assert broken("an ex-addict and an addict", *EVERYWHERE) == ["former-addict", "addict"]


def test_ordinary_prose_is_left_alone() -> None:
    found = Counter(hit.rule.id for line in PROSE for hit in RULES.hits(line))
    assert len(PROSE) == 200
    assert found == {"absolute-cue": 3}  # which looks at options only
    assert [line for line in PROSE if RULES.hits(line, EVERYWHERE) and "only" not in line] == [
        "The kettle is always on."
    ]


@given(st.text())
def test_any_text_can_be_read_and_is_always_read_alike(text: str) -> None:
    found = RULES.hits(text)
    assert RULES.hits(text) == found
    assert RULES.hits(text, EVERYWHERE) == RULES.hits(text, EVERYWHERE)


WORDS = st.sampled_from(
    ["clean", "and", "sober", "the", "homeless", "'s", '"', "I", "am", "İ", "-", "not", "only", ".", "addict"]
)


@given(st.lists(WORDS).map(" ".join))
def test_hits_are_words_of_the_text(text: str) -> None:
    assert all(hit.words in text for hit in RULES.hits(text, ["stem"]))


# ---- The file ----


@pytest.mark.parametrize(
    ("old", "new", "place", "rule", "told"),
    [
        ("severity: error", "severity: bad", "5:5", "unknown-value", "warning"),
        ("fell off the wagon]", "'(a|b)+']", "6:15", "wrong-form", "made of words"),
        ("[fell off the wagon]", "[]", "6:5", "wrong-value", "at least 1"),
        ("source: nida", "source: wiki", "9:5", "unknown-source", "wiki"),
        ("hits: [He", "hits: [He never", "10:12", "wrong-example", "does not break"),
        ("off the ladder", "off the wagon", "11:14", "wrong-example", "breaks"),
        ("reason:", "resaon:", "8:5", "unknown-field", "did you mean reason?"),
        ("id: off-the-wagon", "id: Off", "4:5", "wrong-form", "hyphens"),
    ],
)
def test_what_is_wrong_with_the_file_is_told_at_its_place(
    old: str, new: str, place: str, rule: str, told: str
) -> None:
    text = SMALL.replace(old, new, 1)
    if rule == "wrong-example" and "never" in new:
        text = text.replace("He never fell off the wagon", "He never fell")
    rules, problems = load_language(text.encode(), "q/language.yaml", {"nida"})
    assert rules is None
    assert [
        (problem.rule, f"{problem.line}:{problem.column}") for problem in problems if problem.rule == rule
    ] == [(rule, place)]
    assert any(told in problem.message for problem in problems)


def test_an_id_is_used_once() -> None:
    twice = SMALL + SMALL.split("rules:\n")[1]
    _rules, problems = load_language(twice.encode(), "q/language.yaml", {"nida"})
    assert [problem.rule for problem in problems] == ["duplicate-id"]


def test_the_small_file_is_in_order() -> None:
    rules, problems = load_language(SMALL.encode(), "q/language.yaml", {"nida"})
    assert rules is not None
    assert problems == []


# ---- The register and the guide ----


def test_rules_of_all_groups_have_ids_of_their_own() -> None:
    names = [rule.id for group in GROUPS for rule in group.RULES]
    names += [rule.id for rule in copies.RULES]
    names += [rule.id for rule in RULES.rules]
    assert len(names) == len(set(names)) == len(lint_rules(RULES))
    assert all(rule.reason.endswith(".") and rule.instead for rule in lint_rules(RULES).values())


def test_the_guide_has_the_table_of_the_rules() -> None:
    guide = (BANKS / "README.md").read_text("utf-8")
    table = re.findall(r"^\| `([a-z-]+)` \| ((?:error|warning|info)[^|]*) \| (.*) \|$", guide, re.MULTILINE)
    told = {name: (severity.split(",")[0], instead) for name, severity, instead in table}
    assert {name: told.get(name) for name in BY_ID} == {
        rule.id: (rule.severity, rule.say_instead) for rule in RULES.rules
    }
    assert "reading-grade" in told


def test_few_options_rehearse_labels() -> None:
    rows: list[Any] = [
        row
        for path in sorted(BANKS.glob("*/*.yaml"))
        if (path.parent / "bank.yaml").is_file() and path.name != "bank.yaml"
        for row in yaml.load(path.read_bytes(), yaml.CSafeLoader)
    ]
    options = [option for row in rows for _path, option in parse_item(row).every_option()]
    shown = sum("stigmatizing_language" in (option.misstep, option.shows) for option in options)
    assert shown <= len(options) / 100
