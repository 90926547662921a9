import json
import re
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from quizapp.banks.commands import bank
from quizapp.config import PROJECT
from quizapp.core.lint import reading
from quizapp.core.lint.linter import lint_rules
from quizapp.core.lint.report import GROUPS

Edit = Callable[[str, str, str], None]
STRICT = ("core/bank.yaml", "strict: false", "strict: true")


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs `quizapp bank lint-report …` beside the folder, without any app."""
    monkeypatch.chdir(folder.parent)
    return lambda *words: CliRunner().invoke(bank, ["lint-report", *words])


def test_the_report_tells_of_each_bank(run: Callable[..., Result]) -> None:
    result = run("question_banks")
    assert result.exit_code == 0
    assert result.stderr == ""
    assert len(re.findall(r"^.+ \(\w+\): \d+ items, \d+ live$", result.stdout, re.MULTILINE)) == 2
    for heading in ("How long the keys are", "What guessers get who see no stem", "Findings by rule"):
        assert heading in result.stdout


def test_one_bank_is_told_alone(run: Callable[..., Result]) -> None:
    (report,) = json.loads(run("question_banks/core", "--json").stdout)
    assert report["bank"] == "core"
    assert report["counts"]["domain"]
    figure = report["figures"][0]
    assert {"group", "name", "value", "n", "bound", "holds", "low", "high", "unit"} == figure.keys()


def test_a_flaw_is_counted_although_it_withholds_the_bank(
    run: Callable[..., Result], folder: Path, edit: Edit
) -> None:
    text = (folder / "core" / "bank.yaml").read_text("utf-8")
    (folder / "core" / "bank.yaml").write_text(
        re.sub(r"^strict:.*\n", "", text, flags=re.M) + "strict: true\n"
    )
    edit("core/more.yaml", "- text: ", "- text: Both of the above  # ")
    (report,) = json.loads(run("question_banks/core", "--json").stdout)
    found = {rule["rule"]: (rule["severity"], rule["found"]) for rule in report["rules"]}
    assert found["all-of-the-above"][0] == "error"


def test_a_waiver_is_counted(run: Callable[..., Result], folder: Path) -> None:
    path = folder / "core" / "more.yaml"
    text = path.read_text("utf-8")
    path.write_text(
        re.sub(r"  lint_ok: \[\]\n", "", text) + "  lint_ok: [{rule: clang, reason: It is a name.}]\n"
    )
    (report,) = json.loads(run("question_banks/core", "--json").stdout)
    (rule,) = [rule for rule in report["rules"] if rule["rule"] == "clang"]
    assert (rule["found"], rule["waived"], rule["severity"]) == (0, 1, "warning")


class _Outline(HTMLParser):
    """What a page loads, and how many pictures and tables it has."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.counts = {"svg": 0, "table": 0, "script": 0}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag in self.counts:
            self.counts[tag] += 1


def test_the_page_stands_alone_with_a_table_for_each_picture(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    page = tmp_path / "report.html"
    result = run("question_banks", "--html", str(page))
    assert result.stdout == f"{page} written\n"
    outline = _Outline()
    outline.feed(page.read_text("utf-8"))
    assert outline.loads == []
    assert outline.counts["script"] == 0
    assert outline.counts["table"] >= outline.counts["svg"] / 2 > 0  # a long label is drawn twice
    assert "prefers-color-scheme: dark" in page.read_text("utf-8")
    assert "@media print" in page.read_text("utf-8")


def test_names_on_the_page_are_text(run: Callable[..., Result], folder: Path, tmp_path: Path) -> None:
    path = folder / "core" / "bank.yaml"
    path.write_text(re.sub(r"^title: .*$", "title: <b>Bold</b>", path.read_text("utf-8"), flags=re.M))
    page = tmp_path / "report.html"
    run("question_banks/core", "--html", str(page))
    assert "&lt;b&gt;Bold&lt;/b&gt;" in page.read_text("utf-8")
    assert "<b>" not in page.read_text("utf-8")


def test_a_path_without_banks_is_refused(run: Callable[..., Result]) -> None:
    result = run("question_banks/blueprints")
    assert result.exit_code == 2
    assert "is no bank and holds none" in result.stderr


def test_many_items_show_how_far_it_is(run: Callable[..., Result], folder: Path) -> None:
    item = (folder / "core" / "more.yaml").read_text("utf-8")
    (name,) = re.findall(r"^- id: (\S+)$", item, re.M)[:1]
    one = "- id: " + item.split("- id: ")[1]
    rows = [one.replace(name, f"rel-{number:05}") for number in range(1001)]
    (folder / "core" / "more.yaml").write_text("\n".join(rows))
    result = run("question_banks/core", "--json")
    assert result.exit_code == 0
    assert "Reading items" in result.stderr
    assert json.loads(result.stdout)[0]["items"] > 1000


def test_the_command_starts_without_flask_and_database() -> None:
    code = (
        "import sys; sys.argv = ['quizapp', 'bank', 'lint-report', 'question_banks/judgement'];"
        "import quizapp.__main__ as m\n"
        "try: m.main()\nexcept SystemExit: pass\n"
        "assert not {'flask', 'sqlalchemy', 'jinja2'} & set(sys.modules), sorted(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=True, capture_output=True)


# The guide


GUIDE = (PROJECT / "question_banks" / "README.md").read_text("utf-8")


def rows(after: str) -> list[list[str]]:
    """The cells of the first table after a heading."""
    table = re.search(r"(?:^\|.*\n)+", GUIDE[GUIDE.index(f"### {after}\n") :], re.MULTILINE)
    assert table
    return [[cell.strip(" `") for cell in line.split("|")[1:-1]] for line in table[0].splitlines()[2:]]


def test_the_guide_tells_every_flaw_with_its_severity() -> None:
    flaws = {rule.id: rule.severity for rule in lint_rules().values() if rule not in reading.RULES}
    assert {row[0]: row[1] for row in rows("Flaws")} == flaws


def test_the_guide_tells_every_group_of_figures() -> None:
    assert [row[0] for row in rows("The bank as a whole")] == list(GROUPS)
