import datetime
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import yaml

from quizapp.core.bank import BANK_FILE, LoadedBank, Place, load_bank, load_items
from quizapp.core.canonical import content_hash
from quizapp.core.item_checks import Checks
from quizapp.core.problems import MOST_SHOWN_PER_FILE, Problem, has_errors, shortened
from quizapp.core.reference import Reference, Support, Taxonomy

TODAY = datetime.date(2026, 6, 1)
META = {"id": "core", "title": "Core", "lang": "en", "licence": "CC-BY-4.0"}
REFERENCE = Reference(
    Taxonomy.model_validate(
        {
            "principles": [
                {"id": name, "name": name, "definition": "d", "looks_like": "l", "why_it_matters": "w"}
                for name in ("active_listening", "support_choice")
            ],
            "missteps": [
                {
                    "id": name,
                    "name": name,
                    "tag": "t",
                    "definition": "d",
                    "looks_like": "l",
                    "near": "active_listening",
                    "instead": "i",
                }
                for name in ("interrogate", "platitudes", "giving_advice", "fact_error")
            ],
            "domains": [
                {"id": "relationship", "name": "R", "short_name": "R", "description": "d", "house_share": 1}
            ],
            "standards": [{"id": "CC01", "name": "n", "group": "g"}],
            "sources": {"cc": {"title": "Competencies"}},
        }
    ),
    Support.model_validate(
        {
            "checked_on": "2026-01-01",
            "review_by": "2027-01-01",
            "jurisdiction": "US",
            "intro": "i",
            "crisis_line": {"name": "988", "short": "988", "call": "988", "source": "cc"},
            "lines": [],
        }
    ),
)


OTHER_STEM = "Ben calls after a long day at work. Which reply fits the role of a peer **best**?"


def words(count: int, word: str = "word") -> str:
    return " ".join([word] * count)


def item(number: int = 1, **changes: Any) -> dict[str, Any]:
    """An item without any problem, even in a strict bank."""
    return {
        "id": f"rel-{number:04}",
        "type": "single_best",
        "kind": "first_response",
        "status": "live",
        "lang": "en",
        "jurisdiction": "national",
        "domain": "relationship",
        "principle": "active_listening",
        "standards": ["CC01"],
        "level": "application",
        "situation": f"scene-{number}",
        "stem": "Ana says that she is tired. What is the **best** first response?",
        "options": [
            {"text": f"One {words(6)}", "misstep": "interrogate", "rationale": words(15)},
            {"text": f"Two {words(6)}", "key": True, "rationale": words(30)},
            {"text": f"Three {words(6)}", "misstep": "platitudes", "rationale": words(15)},
        ],
        "sources": ["cc"],
    } | changes


def with_option(data: dict[str, Any], index: int, **changes: Any) -> dict[str, Any]:
    options = [dict(each) for each in data["options"]]
    options[index] |= changes
    return data | {"options": options}


def dump(data: object) -> bytes:
    return yaml.dump(data, sort_keys=False, allow_unicode=True, Dumper=yaml.CSafeDumper).encode()


def load(
    *items: Mapping[str, Any], meta: Mapping[str, Any] = META, others: tuple[Place, ...] = (), **files: bytes
) -> LoadedBank:
    """A bank of one file with these items, and more files by stem."""
    content = {BANK_FILE: dump(dict(meta)), "items.yaml": dump([dict(each) for each in items])}
    content |= {f"{stem}.yaml": data for stem, data in files.items()}
    return load_bank(content, REFERENCE, TODAY, folder="banks/core/", others=others)


def found(bank: LoadedBank) -> list[tuple[str, str]]:
    return [(problem.severity, problem.rule) for problem in bank.problems]


STRICT = META | {"strict": True}
STATE_ITEM = item(jurisdiction=["OH"], checked_on="2026-05-01", review_by="2027-05-01")


def test_a_bank_in_order_is_loaded() -> None:
    loaded = load(item(1), item(2, stem=OTHER_STEM), meta=STRICT)
    assert loaded.problems == []
    assert loaded.bank is not None
    assert [each.id for each in loaded.bank.items] == ["rel-0001", "rel-0002"]
    assert loaded.bank.meta.strict


def test_a_bank_with_one_wrong_item_is_withheld_whole() -> None:
    loaded = load(item(1), item(2, kind="guess"))
    assert loaded.bank is None
    assert [place.id for place in loaded.places] == ["rel-0001"]


def test_a_problem_names_place_rule_item_and_what_would_be_right() -> None:
    text = b"- id: rel-0001\n  type: single_best\n  corect: 1\n"
    problems = load_bank({BANK_FILE: dump(META), "a.yaml": text}, REFERENCE, TODAY, folder="core/").problems
    unknown = next(problem for problem in problems if problem.rule == "unknown-field")
    assert (unknown.file, unknown.line, unknown.column, unknown.item) == ("core/a.yaml", 3, 3, "rel-0001")
    assert str(unknown).startswith("core/a.yaml:3:3: error unknown-field: unknown field 'corect'")
    assert sum(problem.rule == "missing-field" for problem in problems) == 10


@pytest.mark.parametrize(
    ("changes", "rule", "told"),
    [
        ({"stemm": "x"}, "unknown-field", "did you mean stem?"),
        ({"kind": "guess"}, "unknown-value", "first_response"),
        ({"status": "done"}, "unknown-value", "retired"),
        ({"type": "essay"}, "unknown-item-type", "single_best"),
        ({"type": ["a"]}, "unknown-item-type", "a list"),
        ({"stem": 12}, "wrong-type", "quotes"),
        ({"stem": ""}, "wrong-form", "empty"),
        ({"situation": "Party slip"}, "wrong-form", "party-slip"),
        ({"id": "REL 1"}, "wrong-form", "wrr-0001"),
        ({"options": "none"}, "wrong-type", "list"),
        ({"lint_ok": [{"rule": "stem-words"}]}, "missing-field", "reason"),
        ({"checked_on": "1.5.2026"}, "wrong-form", "YYYY-MM-DD"),
        ({"checked_on": 2026}, "wrong-form", "YYYY-MM-DD"),
        ({"checked_on": "2026-02-30"}, "wrong-form", "day"),
        ({"jurisdiction": "Ohio"}, "unknown-value", "national"),
        ({"jurisdiction": []}, "wrong-value", "at least 1"),
        ({"domain": "relationships"}, "unknown-domain", "did you mean relationship?"),
        ({"principle": "active_listning"}, "unknown-principle", "did you mean active_listening?"),
        ({"standards": ["CC99"]}, "unknown-standard", "CC99"),
        ({"standards": ["CC01", "CC01"]}, "repeated-standard", "twice"),
        ({"sources": ["wiki"]}, "unknown-source", "wiki"),
        ({"stem": "Call {hotline} now?"}, "unknown-variable", "crisis_line"),
        ({"stem": "Call {crisis_line now?"}, "unknown-variable", "crisis_line"),
        ({"situation": "2026-05-01"}, "date-as-text", "review_by"),
        ({"checked_on": "2026-05-01"}, "review-date", "review_by"),
        ({"review_by": "2027-05-01"}, "review-date", "checked_on"),
        ({"checked_on": "2026-05-01", "review_by": "2026-05-01"}, "review-date", "later"),
        ({"checked_on": "2026-07-01", "review_by": "2027-05-01"}, "review-date", "future"),
        ({"jurisdiction": ["OH"]}, "state-item", "checked_on"),
        (STATE_ITEM | {"sources": []}, "state-item", "sources"),
        (STATE_ITEM | {"jurisdiction": ["XX"]}, "unknown-state", "XX"),
        (with_option(item(), 0, misstep="interogate"), "unknown-misstep", "did you mean interrogate?"),
        (with_option(item(), 0, misstep="active_listening"), "unknown-misstep", ""),
        (with_option(item(), 0, misstep=None), "wrong-option-fields", "misstep"),
        (with_option(item(), 0, misstep="fact_error"), "fact-error", "recall"),
        (with_option(item(), 0, key=True, misstep=None), "one-key", "one only"),
        (with_option(item(), 0, rationale=None), "wrong-type", "rationale"),
        (with_option(item(), 0, text=f"two {words(6, 'WORD')}"), "option-repeated", "own text"),
        ({"options": item()["options"][:2]}, "option-count", "3 to 5"),
    ],
)
def test_a_wrong_item_is_told(changes: dict[str, Any], rule: str, told: str) -> None:
    loaded = load(item(1) | changes)
    assert loaded.bank is None
    problem = next(each for each in loaded.problems if each.rule == rule)
    assert told in problem.message
    assert problem.severity == "error"
    assert problem.line > 0
    assert problem.item == (item(1) | changes)["id"]


def test_all_problems_of_a_bank_are_told_at_once() -> None:
    loaded = load(
        item(1, domain="x", kind="guess"),
        item(2, principle="y"),
        more=b"- [",
        meta=META | {"lang": "english"},
    )
    assert {problem.rule for problem in loaded.problems} >= {
        "unknown-value",
        "unknown-principle",
        "yaml-syntax",
        "wrong-form",
    }
    assert {problem.file for problem in loaded.problems} == {
        "banks/core/bank.yaml",
        "banks/core/items.yaml",
        "banks/core/more.yaml",
    }


def test_an_id_is_used_once_in_a_file_across_files_and_banks() -> None:
    other = Place("other/a.yaml", 0, "rel-0003", "x", "live")
    loaded = load(item(1), item(1), item(3), more=dump([item(1, situation="z")]), others=(other,))
    repeated = [problem for problem in loaded.problems if problem.rule == "duplicate-id"]
    assert [(problem.file, problem.item) for problem in repeated] == [
        ("banks/core/items.yaml", "rel-0001"),
        ("banks/core/items.yaml", "rel-0003"),
        ("banks/core/more.yaml", "rel-0001"),
    ]
    assert "other/a.yaml" in repeated[1].message


@pytest.mark.parametrize(
    ("meta", "second", "is_error"),
    [
        (META, {}, False),
        (STRICT, {}, True),
        (STRICT, {"status": "retired"}, False),
        (STRICT, {"status": "draft"}, False),
    ],
)
def test_live_items_of_a_strict_bank_share_no_situation(
    meta: dict[str, Any], second: dict[str, Any], is_error: bool
) -> None:
    loaded = load(item(1, situation="same"), item(2, situation="same", stem=OTHER_STEM, **second), meta=meta)
    assert [problem.rule for problem in loaded.problems] == ["shared-situation"] * is_error


LIMITS: list[tuple[str, Callable[[dict[str, Any]], dict[str, Any]]]] = [
    ("stem-words", lambda data: data | {"stem": " ".join(["Yes yes yes yes yes."] * 10)}),
    ("stem-sentences", lambda data: data | {"stem": "One. Two. Three. Four. Five?"}),
    ("sentence-words", lambda data: data | {"stem": words(16) + "?"}),
    ("option-words", lambda data: with_option(data, 0, text=["Only five words in", "this"][0])),
    ("option-words", lambda data: with_option(data, 0, text=words(19))),
    ("option-length-ratio", lambda data: with_option(data, 0, text=words(10))),
    ("key-rationale-words", lambda data: with_option(data, 1, rationale=words(24))),
    ("key-rationale-words", lambda data: with_option(data, 1, rationale=words(61))),
    ("rationale-words", lambda data: with_option(data, 0, rationale=words(11))),
    ("rationale-words", lambda data: with_option(data, 0, rationale=words(31))),
    (
        "item-words",
        lambda data: (
            data
            | {
                "stem": " ".join(["Yes yes yes yes yes yes yes yes yes yes."] * 4),
                "options": [
                    option | {"text": f"{name} {words(16)}"}
                    for name, option in zip(
                        "abcde", [*data["options"], *data["options"][:1] * 2], strict=True
                    )
                ],
            }
        ),
    ),
]


@pytest.mark.parametrize(("rule", "change"), LIMITS)
def test_a_strict_bank_warns_of_long_and_short_texts(
    rule: str, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    data = change(item())
    loaded = load(data, meta=STRICT)
    assert ("warning", rule) in found(loaded)
    assert not has_errors(loaded.problems)
    assert loaded.bank is not None
    assert load(data).problems == []
    waived = data | {"lint_ok": [{"rule": rule, "reason": "A name needs it."}]}
    assert rule not in {problem.rule for problem in load(waived, meta=STRICT).problems}


NEGATIVE = "Ana says that she is tired. Which reply does **not** fit the role of a peer?"
HIDDEN = NEGATIVE.replace("*", "")


@pytest.mark.parametrize(
    ("stem", "meta", "changes", "rules"),
    [
        (NEGATIVE, STRICT, {}, [("warning", "negative-stem")]),
        (NEGATIVE, STRICT, {"lint_ok": [{"rule": "negative-stem", "reason": "The code says it so."}]}, []),
        (HIDDEN, STRICT, {}, [("error", "hidden-negative")]),
        (HIDDEN, STRICT, {"lint_ok": [{"rule": "hidden-negative", "reason": "The code says it so."}]}, []),
        (HIDDEN, STRICT, {"status": "draft"}, [("error", "hidden-negative")]),
        (HIDDEN, STRICT, {"status": "retired"}, []),
        (HIDDEN, META, {}, []),
    ],
)
def test_items_of_strict_banks_are_searched_for_flaws(
    stem: str, meta: dict[str, Any], changes: dict[str, Any], rules: list[tuple[str, str]]
) -> None:
    assert found(load(item(1, stem=stem, **changes), meta=meta)) == rules


@pytest.mark.parametrize(
    ("meta", "second", "is_error"),
    [(STRICT, {}, True), (META, {}, False), (STRICT, {"status": "draft"}, False)],
)
def test_live_items_of_a_strict_bank_are_no_copies(
    meta: dict[str, Any], second: dict[str, Any], is_error: bool
) -> None:
    loaded = load(item(1), item(2, **second), meta=meta)
    assert found(loaded) == [("error", "near-copy")] * is_error
    assert (loaded.bank is None) == is_error
    for problem in loaded.problems:
        assert problem.item == "rel-0002"
        assert "are those of rel-0001 in banks/core/items.yaml; " in problem.message


def test_a_copy_in_another_file_is_found() -> None:
    loaded = load(item(1), meta=STRICT, more=dump([item(2)]))
    assert [(problem.file, problem.rule) for problem in loaded.problems] == [
        ("banks/core/more.yaml", "near-copy")
    ]


def test_an_error_cannot_be_waived() -> None:
    data = item(domain="x", lint_ok=[{"rule": "unknown-domain", "reason": "I want it."}])
    assert found(load(data)) == [("error", "unknown-domain")]


def test_an_overdue_review_is_a_warning() -> None:
    loaded = load(STATE_ITEM | {"checked_on": "2025-05-01", "review_by": "2026-05-31"})
    assert found(loaded) == [("warning", "review-overdue")]
    assert loaded.bank is not None
    assert found(load(STATE_ITEM | {"review_by": "2026-06-01"})) == []


def test_a_retired_id_is_a_warning() -> None:
    old = {"id": "old_way", "retired": True, "replaced_by": "platitudes"}
    missteps = [each.model_dump() for each in REFERENCE.taxonomy.missteps]
    more = Taxonomy.model_validate(
        REFERENCE.taxonomy.model_dump() | {"missteps": [*missteps, missteps[0] | old]}
    )
    checks = Checks(reference=Reference(more, REFERENCE.support), today=TODAY, strict=False)
    problems = load_items(dump([with_option(item(), 0, misstep="old_way")]), "a.yaml", checks).problems
    assert [(each.severity, each.message) for each in problems] == [
        ("warning", "old_way is retired; use platitudes")
    ]


def test_a_known_variable_is_no_problem() -> None:
    assert found(load(with_option(item(), 0, text="Call {crisis_line} right away for this"))) == []


@pytest.mark.parametrize("data", [b"", b"a: 1\n", b"just text\n"])
def test_an_items_file_is_a_list(data: bytes) -> None:
    assert found(load(more=data)) == [("error", "items-file")]


def test_an_items_file_may_be_an_empty_list() -> None:
    assert found(load(more=b"[]\n")) == []


def test_an_entry_that_is_no_item_is_told_without_losing_the_others() -> None:
    loaded = load(item(1), more=b"- text\n- [1]\n- null\n")
    assert found(loaded) == [("error", "wrong-type")] * 3
    assert [place.id for place in loaded.places] == ["rel-0001"]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"id": "Core!"}, "wrong-form"),
        ({"sources": ["wiki"]}, "unknown-source"),
        ({"owner": "x"}, "unknown-field"),
    ],
)
def test_a_wrong_bank_file_is_told(changes: dict[str, Any], rule: str) -> None:
    assert found(load(item(), meta=META | changes)) == [("error", rule)]


def test_without_a_reference_everything_else_is_still_checked() -> None:
    content = {BANK_FILE: dump(META), "a.yaml": dump([item(1, domain="x"), item(2, kind="guess")])}
    problems = load_bank(content, None, TODAY).problems
    assert [problem.rule for problem in problems] == ["unknown-value"]


def test_thousands_of_problems_are_counted_and_the_first_shown() -> None:
    checks = Checks(reference=REFERENCE, today=TODAY, strict=False)
    problems = load_items(dump([item(n, domain="x") for n in range(1500)]), "a.yaml", checks).problems
    shown = shortened(problems)
    assert len(problems) == 1500
    assert len(shown) == MOST_SHOWN_PER_FILE + 1
    assert shown[-1].rule == "more-problems"
    assert shown[-1].message.startswith("1300 more problems")
    assert shown[:2] == sorted(shown[:2])


def test_an_error_is_shown_before_many_warnings() -> None:
    rows = [Problem("a.yaml", line, 1, "warning", "w", None, "m") for line in range(1, 500)]
    error = Problem("a.yaml", 900, 1, "error", "e", None, "m")
    assert error in shortened([*rows, error])
    assert shortened(rows)[-1].severity == "warning"


def test_the_hash_depends_on_content_alone() -> None:
    one = load(item(1)).bank
    other = load(dict(reversed(item(1, key_basis="standards", lint_ok=[], content_note=None).items()))).bank
    changed = load(with_option(item(1), 0, rationale="Other.")).bank
    assert one is not None
    assert other is not None
    assert changed is not None
    assert content_hash(one.items[0]) == content_hash(other.items[0]) != content_hash(changed.items[0])
