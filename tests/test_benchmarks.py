"""The benchmark's machinery on a few hundred requests. Nothing here is timed: that needs a quiet machine."""

import json
import os
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks import client, cohort, lint, machine, memory, report, save, score, storm, sync
from benchmarks.sampling import QUICK
from benchmarks.servers import POSTGRESQL, SQLITE
from quizapp.config import PROJECT
from quizapp.core.items import ITEM_TYPES
from quizapp.core.lint.copies import near_copies

COUNTED = ("statements", "HTML")
pytestmark = pytest.mark.slow


@pytest.mark.parametrize("database", [SQLITE, POSTGRESQL])
def test_a_short_run_counts_within_its_goals_and_measures_both_apps(database: str) -> None:
    rows = save.run(replace(QUICK, databases=(database,)))
    counted = [row for row in rows if any(word in row.name for word in COUNTED)]
    assert len(counted) == 5
    assert all(row.holds for row in counted), counted
    assert sum(row.goal is not None for row in rows) == 5 + 3 * 2 * len(QUICK.connections) + 2


@pytest.mark.parametrize("database", [SQLITE, POSTGRESQL])
def test_a_short_run_reproduces_the_running_totals(database: str) -> None:
    rows = cohort.run(replace(QUICK, databases=(database,)))
    assert sum(row.goal is not None for row in rows) == 10
    counted = [row for row in rows if "would change" in row.name or "principles in" in row.name]
    assert [row.holds for row in counted] == [True, True]


def test_a_short_run_scores_every_type_as_it_was_stored() -> None:
    rows = score.run(QUICK)
    assert {row.name.partition(":")[0] for row in rows if row.goal is None} >= set(ITEM_TYPES)
    assert [row.holds for row in rows if "differs" in row.name] == [True]
    assert sum(row.goal is not None for row in rows) == 3


@pytest.mark.parametrize("database", [SQLITE, POSTGRESQL])
def test_a_small_storm_loses_nothing(database: str) -> None:
    rows = storm.run(replace(QUICK, databases=(database,)))
    assert sum(row.goal is not None for row in rows) == 8
    counted = [row for row in rows if any(word in row.name for word in ("succeed", "errors", "acknowledged"))]
    assert [row.holds for row in counted] == [True, True, True, None], counted
    assert counted[-1].value > QUICK.learners


def test_a_short_run_lints_items_that_are_no_copies_of_each_other() -> None:
    rows = lint.run(QUICK)
    assert [row.name for row in rows if row.goal is not None] == ["lint of 300 items"]
    _taxonomy, shipped = lint.shipped_items()
    made = lint.varied(shipped, 300, random.Random(7))
    assert len({item.id for item in made}) == 300
    assert len(list(near_copies(made))) < 30


def test_a_short_run_loads_generated_banks_in_every_way() -> None:
    rows = sync.run(QUICK)
    assert [row.goal for row in rows if row.goal] == ["<= 0.3", "<= 1.2", "<= 0.05", "<= 0.02"]
    assert rows[0].name.startswith("300 items")
    assert all(row.value > 0 for row in rows)


@pytest.mark.parametrize("database", [SQLITE, POSTGRESQL])
def test_a_short_run_weighs_both_servers(database: str) -> None:
    rows = memory.run(replace(QUICK, databases=(database,)))
    ratio, ours, bare, start = rows
    assert ratio.value == pytest.approx(ours.value / bare.value, rel=0.02)
    assert (ratio.goal, start.goal) == ("<= 1.6", "<= 1.5")
    assert bare.value > 20


def test_the_command_writes_its_rows_and_ends_well_when_goals_are_missed(tmp_path: Path) -> None:
    file = tmp_path / "rows.json"
    options = ["--quick", "--seconds", "0.2", "--database", SQLITE, "--json", str(file)]
    command = [sys.executable, "-m", "benchmarks", "save", *options]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    rows: list[dict[str, Any]] = json.loads(file.read_text())
    assert {tuple(row) for row in rows} == {("name", "value", "unit", "goal", "holds")}
    assert "goals missed" in done.stdout


def test_the_bare_app_is_short() -> None:
    assert len((PROJECT / "benchmarks" / "bare.py").read_text().splitlines()) <= 80


@pytest.mark.parametrize(("value", "limit", "holds"), [(1.75, 1.75, True), (1.7501, 1.75, False)])
def test_a_goal_is_judged_before_rounding(value: float, limit: float, holds: bool) -> None:
    assert report.at_most("ratio", value, "x", limit).holds is holds
    assert report.at_least("ratio", -value, "x", -limit).holds is holds


def test_a_missed_goal_is_said_in_the_table() -> None:
    assert "MISSED" in report.goals_table([report.at_most("ratio", 2.0, "x", 1.75)])


def test_processor_time_counts_children_that_have_ended() -> None:
    before = machine.tree_seconds(os.getpid())
    subprocess.run([sys.executable, "-c", "sum(range(10_000_000))"], check=True)
    assert machine.tree_seconds(os.getpid()) > before


def test_text_between_marks() -> None:
    assert client.between(b"Location: /a/7\r\nx", b"/a/", b"\r\n") == b"7"
    with pytest.raises(LookupError):
        client.between(b"nothing", b"/a/", b"\r\n")
