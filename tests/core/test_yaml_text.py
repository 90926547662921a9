import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from yaml_rs import loads as fast_loads

from quizapp.core import yaml_text
from quizapp.core.yaml_text import MAX_BYTES, locate, read_yaml
from quizapp.core.yaml_walk import MAX_DEPTH, resolved, walked

BANKS = Path(__file__).parents[2] / "question_banks"
FILES = sorted(BANKS.rglob("*.yaml"))

AWKWARD = """
- no
- yes
- on
- off
- y
- ~
- null
- true
- TRUE
- tRUE
- 1:30
- 12:30:45
- 190:20:30
- 0123
- 08
- -0
- -0.0
- 0o17
- 0x1F
- 0b11
- 1_000
- 1__0
- 1.
- .5
- 1e3
- 1e999
- .inf
- -.INF
- 999999999999999999
- 2026-11-21
- 2026-02-30
- 2026-1-2
- 2026-11-21T10:00:00Z
- 2026-11-21 10:00:00
- '2026-11-21'
- "no"
- 'it''s'
- "a \\"quote\\""
- a:b
- a#b
- -
- ''
- .
- '&a'
- '*a'
- '!a'
- Q & A
- Hello! Come in
- >-
  folded **bold** text
  of two lines

  and a paragraph
- |+
  kept

- "in two
  lines"
- in two
  lines
- {a: 1, b: [x, 'y'], c: {}}
- a: &amp
"""


def problem_of(text: str | bytes) -> tuple[str, int, int]:
    problems = read_yaml(text.encode() if isinstance(text, str) else text, "f.yaml").problems
    assert problems, "no problem was found"
    return problems[0].rule, problems[0].line, problems[0].column


def by_walk(text: str) -> Any:
    walk = walked(text, "f.yaml")
    assert walk.problems == []
    return walk.data


def same(one: Any, other: Any) -> bool:
    """Equal in value and type, all the way down; not-a-number equals itself."""
    return repr(one) == repr(other)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(BANKS)))
def test_both_parsers_read_our_banks_alike(path: Path) -> None:
    parsed = read_yaml(path.read_bytes(), path.name)
    assert parsed.problems == []
    assert parsed.data
    assert same(parsed.data, by_walk(path.read_text("utf-8")))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(BANKS)))
def test_our_banks_take_the_fast_way(path: Path) -> None:
    data = path.read_bytes()
    assert not yaml_text._needs_walk(data, data.decode(), yaml_text._kept(data))


def test_both_parsers_read_awkward_yaml_alike() -> None:
    text = AWKWARD.rsplit("- a: &amp", 1)[0]
    assert same(fast_loads(text, parse_datetime=False), by_walk(text))


@given(st.text(alphabet="0123456789+-._:eExXoObBTtZaAfFnNiIlLuUrRsS~ ", min_size=1, max_size=12))
@example("1_000")
@example("0o7_")
@example(".NaN")
@example("-.iNf")
@example("12:30:45")
@example("24:00:00")
@example("2026-11-21T10:00:00.5+02:00")
@example("0000-01-01")
def test_both_parsers_read_a_plain_scalar_alike(text: str) -> None:
    text = text.strip()
    try:
        value = fast_loads(f"- {text}", parse_datetime=False)
    except ValueError:
        return
    if not isinstance(value, list) or isinstance(value[0], list | dict) or not text:
        return
    assert same(value[0], resolved(text))


@given(
    st.recursive(
        st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp", "Co", "Cn", "Cf"])),
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=4)
        ),
        max_leaves=12,
    )
)
def test_both_parsers_read_any_quoted_data_as_it_is(data: Any) -> None:
    text = json.dumps(data, ensure_ascii=False)
    parsed = read_yaml(text.encode(), "f.yaml")
    assert parsed.problems == []
    assert same(parsed.data, by_walk(text))
    assert same(parsed.data, data)


def test_the_walk_reads_everything_when_the_fast_parser_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_text, "fast_loads", None)
    parsed = read_yaml(b"- no\n- 2026-11-21\n- 12\n", "f.yaml")
    assert parsed.data == ["no", "2026-11-21", 12]
    assert problem_of("a: [1, 2") == ("yaml-syntax", 2, 1)


@pytest.mark.parametrize(
    "text", ["\ufeff- a\r\n- b\r\n", "- a\r- b\r", "---\n- a\n- b\n...\n", "# first\n---\n- a\n- b\n"]
)
def test_marks_and_line_breaks_of_other_systems_are_read(text: str) -> None:
    assert read_yaml(text.encode(), "f.yaml") == yaml_text.Parsed(["a", "b"], [])


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n"])
def test_an_empty_file_is_empty(text: str) -> None:
    assert read_yaml(text.encode(), "f.yaml") == yaml_text.Parsed(None, [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 2\na: 3\n", ("duplicate-key", 3, 1)),
        ("{a: 1, a: 2}", ("duplicate-key", 1, 8)),
        ("- a: 1\n- b: {c: 1, c: 2}\n", ("duplicate-key", 2, 13)),
        ("a: !!str 1", ("tag", 1, 4)),
        ("- !thing\n  a: 1", ("tag", 1, 3)),
        ("!!python/object/apply:os.system [ls]", ("tag", 1, 1)),
        ("a: &x 1\nb: 2", ("anchor", 1, 4)),
        ("a: &x 1\nb: *x", ("anchor", 1, 4)),
        ("a: &a [*a]", ("anchor", 1, 4)),
        ("a: {q: 1}\nb:\n  <<: {c: 1}\n", ("merge-key", 3, 3)),
        ("a: 1\n---\nb: 2\n", ("several-documents", 2, 1)),
        ("--- a\n--- b\n", ("several-documents", 2, 1)),
        ("%YAML 1.1\n---\na: no\n", ("directive", 1, 1)),
        ("%TAG ! tag:x\n---\na: no\n", ("directive", 1, 1)),
        ("a:\n\tb: 1", ("tab", 2, 1)),
        ("a: b\tc", ("tab", 1, 5)),
        ("a: x\x00y", ("control-character", 1, 5)),
        ("a: x\x07y", ("control-character", 1, 5)),
        ("a: b\nc: x\x85y", ("control-character", 2, 5)),
        ("a: x\u2028y", ("control-character", 1, 5)),
        ('a: "x\\0y"', ("control-character", 1, 4)),
        ('a: "x\\x1by"', ("control-character", 1, 4)),
        ('a: "\\u2028"', ("control-character", 1, 4)),
        ("a: *nope", ("alias", 1, 4)),
        ("[a]: b", ("key", 1, 1)),
        ("? {a: b}\n: c", ("key", 1, 3)),
        ("a: " + "9" * 19, ("long-number", 1, 4)),
        ("a: 0x" + "f" * 17, ("long-number", 1, 4)),
        ("a: b: c", ("yaml-syntax", 1, 5)),
        ("a: [1, 2", ("yaml-syntax", 2, 1)),
        ('a: "unclosed', ("yaml-syntax", 1, 13)),
        ("a: @x", ("yaml-syntax", 1, 4)),
        ("- a\nb: c", ("yaml-syntax", 2, 1)),
        ("a:\n  b: 1\n c: 2", ("yaml-syntax", 3, 2)),
    ],
)
def test_what_is_wrong_with_a_text_is_told_with_its_place(text: str, expected: tuple[str, int, int]) -> None:
    assert problem_of(text) == expected
    assert read_yaml(text.encode(), "f.yaml").data is None


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("a: café".encode("latin-1"), ("encoding", 1, 7)),
        ("a: b\nc: café".encode("cp1252"), ("encoding", 2, 7)),
        ("a: café".encode("utf-16"), ("encoding", 1, 1)),
        ("a: b".encode("utf-16-le"), ("control-character", 1, 2)),
        ("a: b".encode("utf-32"), ("encoding", 1, 1)),
        (b"a: \xed\xa0\x80", ("encoding", 1, 4)),
        (b"a: " + b"x" * MAX_BYTES, ("file-size", 1, 1)),
    ],
)
def test_bytes_that_are_no_text_are_told(data: bytes, expected: tuple[str, int, int]) -> None:
    assert problem_of(data) == expected


def test_all_problems_are_told_at_once() -> None:
    problems = read_yaml(b"a: !x 1\nb: &y 2\na: 3\n<<: 4\n", "f.yaml").problems
    assert [(each.line, each.rule) for each in problems] == [
        (1, "tag"),
        (2, "anchor"),
        (3, "duplicate-key"),
        (4, "merge-key"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "- Hello! How are you?\n- Q & A\n- R&D\n- '!important'\n- '&x'\n- a*b * c\n",
        "a: '<'\n",
        "- >-\n  What is the\n  **best** reply?\n",
        "- >-\n  one\n  - two - three - four - five\n",
        "- see https://example.org/?id=12345678901234567890&x=1\n",
        "- '--- not a document'\n",
        '- "a \\"quote\\" and a tab \\t"\n',
    ],
)
def test_plain_texts_with_signs_are_no_problem(text: str) -> None:
    assert read_yaml(text.encode(), "f.yaml").problems == []


def nested(depth: int, form: str) -> str:
    if form == "flow":
        return "[" * depth + "]" * depth
    if form == "dashes":
        return "- " * depth + "x"
    return "".join("  " * level + "a:\n" for level in range(depth))


@pytest.mark.parametrize("form", ["flow", "dashes", "indent"])
def test_depth_ends_at_the_limit(form: str) -> None:
    assert read_yaml(nested(MAX_DEPTH, form).encode(), "f.yaml").problems == []
    assert problem_of(nested(MAX_DEPTH + 1, form))[0] == "too-deep"


def test_places_are_those_of_fields_and_entries() -> None:
    text = "- id: a\n  options:\n    - text: x\n      key: true\n    - {text: y, key: no}\n- id: b\n"
    places = locate(
        text.encode(),
        [
            (),
            (0,),
            (0, "id"),
            (0, "options"),
            (0, "options", 0),
            (0, "options", 0, "key"),
            (0, "options", 1, "key"),
            (1,),
            (1, "id"),
            (1, "stem"),
            (0, "options", 7, "text"),
        ],
    )
    assert places == {
        (): (1, 1),
        (0,): (1, 3),
        (0, "id"): (1, 3),
        (0, "options"): (2, 3),
        (0, "options", 0): (3, 7),
        (0, "options", 0, "key"): (4, 7),
        (0, "options", 1, "key"): (5, 17),
        (1,): (6, 3),
        (1, "id"): (6, 3),
        (1, "stem"): (6, 3),
        (0, "options", 7, "text"): (2, 3),
    }


def test_places_count_characters_not_bytes() -> None:
    assert locate("{é: 1, ü: 2}".encode(), [("ü",)]) == {("ü",): (1, 8)}


HOSTILE = {
    "alias bomb": "''.join(f'a{i}: &a{i} [' + f'*a{i - 1},' * 9 * (i > 0) + 'x]\\n' for i in range(12))",
    "merge keys": "'- &a {x: 1}\\n' + '- {<<: *a}\\n' * 300_000",
    "a scalar of 50 MB": "'a: ' + 'x' * 50_000_000",
    "UTF-16": "('- id: x\\n' * 200_000).encode('utf-16').decode('utf-8', 'surrogateescape')",
    "dates as ids": "'- id: 2026-01-01\\n  type: single_best\\n' * 100_000",
    "thousands of errors": "('- id: X\\n  type: single_best\\n  stem: 1\\n  options: [1]\\n') * 80_000",
    "brackets": "'[' * 50_000",
    "closed brackets": "'[' * 50_000 + ']' * 50_000",
    "hidden brackets": "'[ # ]\\n' * 50_000",
    "braces": "'{a: ' * 50_000",
    "dashes": "'- ' * 50_000 + 'x'",
    "spaced dashes": "'-      ' * 50_000 + 'x'",
    "question marks": "'? ' * 50_000 + 'x'",
    "dashes and question marks": "'- ? ' * 50_000 + 'x'",
    "indentation": "''.join(' ' * i + 'a:\\n' for i in range(3000))",
    "a long plain scalar": "'a: ' + 'x' * 4_999_000",
    "a long quoted scalar": "'a: \"' + '\\\\x41' * 1_249_000 + '\"'",
    "a long key": "'x' * 4_999_000 + ': 1'",
    "a long number": "'a: ' + '9' * 4_999_000",
    "a long hexadecimal number": "'a: 0x' + 'f' * 4_999_000",
    "underscores": "'a: 1' + '_' * 4_999_000",
    "numbers with one hash": "''.join(f'{i * (2**61 - 1)}: 1\\n' for i in range(1, 20_001))",
    "many scalars": "'[' + 'a,' * 2_499_000 + ']'",
    "many empty values": "'-\\n' * 2_499_000",
    "many empty items": "'- {}\\n' * 999_000",
    "items just under the limit": "'- {}\\n' * 299_000",
    "many fields": "'- id: x-1\\n' + ''.join(f'  k{i}: 1\\n' for i in range(140_000))",
    "many options": "'- type: single_best\\n  options: [' + '{},' * 290_000 + ']\\n'",
    "many options in many items": "('- type: single_best\\n  options: [' + '{},' * 1900 + ']\\n') * 150",
    "many standards": "'- type: single_best\\n  standards: [' + '1,' * 290_000 + ']\\n'",
    "many duplicate keys": "'a: 1\\n' * 999_000",
    "many tags": "'- !x a\\n' * 700_000",
    "many documents": "'--- a\\n' * 800_000",
    "a long id": "\"- id: '\" + 'a-' * 2_400_000 + \"!'\\n  type: single_best\\n\"",
    "spaces": "\"- stem: '\" + ' ' * 4_900_000 + \"'\\n  type: single_best\\n\"",
    "exclamation marks": "'!' * 4_999_000",
    "stars": "'*' * 4_999_000",
    "wrong bytes": "'a: ' + '\\udcff' * 4_000_000",
    "comments": "'# x\\n' * 1_200_000",
}

RUN = """
import datetime, json, os, sys, traceback
sys.path.insert(0, {root!r})
from quizapp.core.bank import load_items
from quizapp.core.item_checks import Checks
from quizapp.core.problems import shortened

checks = Checks(reference=None, today=datetime.date(2026, 1, 1), strict=True)
for name, text in json.load(sys.stdin).items():
    data = eval(text).encode("utf-8", "surrogateescape")
    reader, writer = os.pipe()
    child = os.fork()  # each case in its own process, as one may end it; Python itself is started only once
    if not child:
        try:
            os.write(writer, str(len(shortened(load_items(data, "f.yaml", checks).problems))).encode())
        finally:
            os._exit(0)
    os.close(writer)
    _, status, usage = os.wait4(child, 0)
    shown = os.read(reader, 99).decode() or 0
    print(json.dumps([name, status, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, int(shown)]))
"""


@pytest.fixture(scope="module")
def hostile_runs() -> dict[str, list[float]]:
    """For each hostile file: exit status, CPU seconds, MB of memory with Python's own, problems shown."""
    code = RUN.format(root=str(BANKS.parent))
    done = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(HOSTILE), capture_output=True, text=True, check=True
    )
    return {name: numbers for name, *numbers in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_within_bounds(name: str, hostile_runs: dict[str, list[float]]) -> None:
    status, seconds, megabytes, shown = hostile_runs[name]
    assert status == 0
    assert seconds < 2
    assert megabytes < 300
    assert 1 <= shown <= 201
