import datetime
import json
import os
import re
import shlex
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from quizapp.banks.files import Content, find_root, load_content, read_folder
from quizapp.banks.score_command import score
from quizapp.config import PROJECT
from quizapp.core import limits
from quizapp.core.items import ITEM_TYPES
from quizapp.core.problems import Problem
from quizapp.core.yaml_text import MAX_BYTES

TODAY = datetime.date(2026, 6, 1)
GUIDE = (PROJECT / "question_banks" / "README.md").read_text("utf-8")
Edit = Callable[[str, str, str], None]


def load(folder: Path) -> Content:
    return load_content(read_folder(folder, "q"), TODAY)


def told(problems: list[Problem]) -> list[tuple[str, str]]:
    return [(problem.file, problem.rule) for problem in problems]


def test_the_shipped_banks_are_in_order() -> None:
    content = load_content(read_folder(PROJECT / "question_banks"), datetime.date(2026, 12, 1))
    assert content.problems == []
    assert set(content.blueprints) >= {"house_readiness", "icrc_pr_2013"}
    live = [item for item in content.banks["core"].items if item.status == "live"]
    assert content.banks["core"].meta.strict
    assert len(live) >= 300


# What the core bank promises: so many items of each kind and level, and how often at least each principle is
# keyed and each misstep offered; more where the product began with it.
KINDS = {
    "first_response": 80,
    "next_step": 70,
    "fits_the_role": 55,
    "spot_misstep": 35,
    "why": 30,
    "recall": 30,
}
LEVELS = {"application": 210, "comprehension": 60, "recall": 30}
DOMAINS = {
    "role_and_values": 24,
    "relationship_communication": 30,
    "lived_experience_modeling": 27,
    "choice_and_planning": 30,
    "wellness_relapse_resilience": 36,
    "resources_community": 21,
    "advocacy_rights": 24,
    "ethics_boundaries_privacy": 48,
    "crisis_trauma_safety": 21,
    "culture_language_harm_reduction": 21,
    "professional_practice": 18,
}
PRINCIPLE_FLOOR, SEED_PRINCIPLE_FLOOR = 4, 6
MISSTEP_FLOOR, SEED_MISSTEP_FLOOR, MISSTEP_CEILING = 8, 15, 45


def test_the_core_bank_covers_what_it_promises() -> None:
    content = load_content(read_folder(PROJECT / "question_banks"), datetime.date(2026, 12, 1))
    assert content.reference
    taxonomy = content.reference.taxonomy
    live = [item for item in content.banks["core"].items if item.status == "live"]
    assert Counter(item.domain for item in live) == DOMAINS
    assert Counter(item.kind for item in live) == KINDS
    assert Counter(item.level for item in live) == LEVELS
    keyed = Counter(item.principle for item in live)
    floors = {
        each.id: SEED_PRINCIPLE_FLOOR if each.from_seed else PRINCIPLE_FLOOR
        for each in taxonomy.principles
        if not each.retired
    }
    assert {name: keyed[name] for name, floor in floors.items() if keyed[name] < floor} == {}
    offered = Counter(
        option.misstep for item in live for _path, option in item.every_option() if option.misstep
    )
    floors = {
        each.id: SEED_MISSTEP_FLOOR if each.from_seed else MISSTEP_FLOOR
        for each in taxonomy.missteps
        if not each.retired
    }
    assert {name: offered[name] for name, floor in floors.items() if offered[name] < floor} == {}
    assert max(offered[name] for name in floors) <= MISSTEP_CEILING


def test_the_examples_in_the_guide_for_authors_are_in_order(folder: Path) -> None:
    bank, items, *parts, blueprint = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
    for name in ("taxonomy.yaml", "support.yaml", "language.yaml"):
        shutil.copy(PROJECT / "question_banks" / name, folder)
    (folder / "blueprints" / "tiny.yaml").write_text(blueprint, "utf-8")
    shutil.rmtree(folder / "ohio")
    shutil.rmtree(folder / "core")
    (folder / "core").mkdir()
    (folder / "core" / "bank.yaml").write_text(bank.replace("strict: true", "strict: false"), "utf-8")
    (folder / "core" / "items.yaml").write_text(items, "utf-8")
    (example,) = yaml.safe_load(items)
    examples = [example_item(example, yaml.safe_load(part), number) for number, part in enumerate(parts)]
    (folder / "core" / "others.yaml").write_text(json.dumps(examples, default=str), "utf-8")
    content = load(folder)
    assert content.problems == []
    assert {item.type for item in content.banks["core"].items} == set(ITEM_TYPES)
    assert any(item.panel for item in content.banks["core"].items)
    assert list(content.blueprints) == ["small_check"]


def example_item(whole: dict[str, Any], part: dict[str, Any], number: int) -> dict[str, Any]:
    """An example that tells only what differs from the whole one."""
    name = {"id": f"exa-{number:04}", "situation": f"example-{number}"}
    shared = whole if "options" in part or "panel" in part else {k: whole[k] for k in whole if k != "options"}
    return shared | name | part


def test_the_guide_names_every_rule_and_every_limit() -> None:
    assert [rule for kind in ITEM_TYPES.values() for rule in kind.rules if f"| `{rule}` |" not in GUIDE] == []
    table = GUIDE.split("| rule | limit |")[1].split("\n\n")[0]
    told = [tuple(map(int, re.findall(r"\d+", line.split("|", 2)[2]))) for line in table.splitlines()[2:]]
    assert told == [
        (limits.STEM_WORDS, limits.SCENE_WORDS, limits.STEM_SENTENCES, limits.SENTENCE_WORDS),
        limits.OPTION_WORDS,
        tuple(map(int, str(limits.LENGTH_RATIO).split("."))),
        (limits.ITEM_WORDS, limits.OTHER_ITEM_WORDS),
        limits.KEY_RATIONALE_WORDS,
        (*limits.RATIONALE_WORDS, *limits.OTHER_RATIONALE_WORDS),
    ]


@pytest.mark.parametrize("words", re.findall(r"^quizapp score (.+?)(?: +#.*)?$", GUIDE, re.MULTILINE))
def test_the_scores_in_the_guide_can_be_typed(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)
    assert CliRunner().invoke(score, shlex.split(words)).exit_code == 0


def test_a_folder_is_read_with_its_banks_and_blueprints(folder: Path) -> None:
    content = load(folder)
    assert content.problems == []
    assert content.reference is not None
    assert list(content.blueprints) == ["tiny"]
    assert {name: len(bank.items) for name, bank in content.banks.items()} == {"core": 3, "states": 1}


def test_other_files_and_folders_are_left_alone(folder: Path) -> None:
    (folder / "README.md").write_text("Hello")
    (folder / "notes.yaml").write_text("a: [")
    (folder / "notes").mkdir()
    (folder / "notes" / "todo.yaml").write_text("a: [")
    (folder / ".git").mkdir()
    (folder / ".git" / "bank.yaml").write_text("a: [")
    (folder / "core" / ".draft.yaml").write_text("a: [")
    (folder / "core" / "picture.png").write_bytes(b"\x89PNG")
    (folder / "core" / "deeper.yaml").mkdir()
    os.mkfifo(folder / "core" / "pipe.yaml")
    assert load(folder).problems == []


def test_a_file_with_another_ending_is_pointed_out(folder: Path) -> None:
    (folder / "core" / "more.yml").write_text("- a")
    content = load(folder)
    assert [str(problem) for problem in content.problems] == [
        "q/core/more.yml:0:0: warning file-name: this file is not read; its name must end with .yaml and hold"
        " no unusual characters"
    ]
    assert "core" in content.banks


@pytest.mark.parametrize("name", ["taxonomy.yaml", "support.yaml"])
def test_a_missing_file_is_told_and_the_items_are_still_checked(folder: Path, edit: Edit, name: str) -> None:
    (folder / name).unlink()
    edit("core/more.yaml", "kind: first_response", "kind: guess")
    content = load(folder)
    assert content.reference is None
    assert told(content.problems) == [(f"q/{name}", "missing-file"), ("q/core/more.yaml", "unknown-value")]


def test_an_id_is_used_by_one_bank_only(folder: Path, edit: Edit) -> None:
    edit("ohio/oh.yaml", "oh-0001", "rel-0002")
    content = load(folder)
    assert told(content.problems) == [("q/ohio/oh.yaml", "duplicate-id")]
    assert list(content.banks) == ["core"]


def test_banks_and_blueprints_have_their_own_ids(folder: Path, edit: Edit) -> None:
    edit("ohio/bank.yaml", "id: states", "id: core")
    (folder / "blueprints" / "second.yaml").write_bytes((folder / "blueprints" / "tiny.yaml").read_bytes())
    assert sorted(told(load(folder).problems)) == [
        ("q/blueprints/tiny.yaml", "duplicate-id"),
        ("q/ohio/bank.yaml", "duplicate-id"),
    ]


def test_a_name_that_is_no_text_is_pointed_out(folder: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder / "core") + b"/\xff.yaml")).write_text("- a")
    assert told(load(folder).problems) == [("q/core/?.yaml", "file-name")]


def test_a_file_that_cannot_be_read_is_told(folder: Path) -> None:
    # Taking the permission away would not stop root; reading a process's memory from its start fails for all.
    (folder / "core" / "more.yaml").unlink()
    (folder / "core" / "more.yaml").symlink_to("/proc/self/mem")
    assert ("q/core/more.yaml", "unreadable") in told(load(folder).problems)


def test_a_huge_file_is_not_read_whole(folder: Path) -> None:
    with (folder / "core" / "huge.yaml").open("wb") as file:
        file.truncate(10 * MAX_BYTES)
    content = read_folder(folder, "q")
    assert len(content.banks["core"]["huge.yaml"]) == MAX_BYTES + 1
    assert told(load(folder).problems) == [("q/core/huge.yaml", "file-size")]


def test_the_root_is_found_from_any_file_below(folder: Path) -> None:
    assert find_root(folder / "core" / "more.yaml") == folder
    assert find_root(folder / "core") == folder
    assert find_root(folder) == folder
    assert find_root(folder.parent) is None
