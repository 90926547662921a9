"""The rules of how the program is put together, each with what to do instead.

A rule is a function from one file's text to complaints. It is run on every file, and on an example that
breaks it.
A new module needs a place in MODULES; a new feature one in FEATURES.
"""

import ast
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from quizapp.config import PROJECT
from quizapp.core.items import ITEM_TYPES, parse_item
from quizapp.reports import REPORTS
from tests.content import shipped_rows

PACKAGE = PROJECT / "quizapp"
SOURCES = {path.relative_to(PACKAGE).as_posix(): path for path in sorted(PACKAGE.rglob("*.py"))}
TEMPLATES = {
    path.relative_to(PACKAGE / "templates").as_posix(): path
    for path in sorted((PACKAGE / "templates").rglob("*.*"))
}

# What stands lower must not know what stands higher. Features may import those with a lower number.
FEATURES = {
    "accounts": 1,
    "banks": 2,
    "exams": 3,
    "progress": 4,
    "cohorts": 4,
    "concerns": 4,
    "certificates": 4,
}
FEATURES |= {"reports": 5, "authoring": 5, "api": 6}

# The layers inside a feature; other features may use the first two.
TABLES, WORK, WORDS, PAGES = range(4)
MODULES = {
    "errors": TABLES,
    "models": TABLES,
    "access": TABLES,
    "addresses": TABLES,
    "codes": TABLES,
    "multipliers": TABLES,
    "places": TABLES,
    "tokens": TABLES,
    "files": TABLES,
    "scored": TABLES,
    "sitting_models": TABLES,
    "terms": TABLES,
    "item_rows": WORK,
    "reference_rows": WORK,
    "withdrawing": WORK,
    "queries": WORK,
    "services": WORK,
    "limits": WORK,
    "login": WORK,
    "passwords": WORK,
    "loading": WORK,
    "palette": WORK,
    "starting": WORK,
    "saving": WORK,
    "practising": WORK,
    "certainty": WORK,
    "handing_in": WORK,
    "receipts": WORK,
    "rebuilding": WORK,
    "cohort": WORK,
    "retiming": WORK,
    "pausing": WORK,
    "sitting_queries": WORK,
    "sitting_services": WORK,
    "preparing": WORK,
    "added_time": WORK,
    "results": WORDS,
    "words": WORDS,
    "messages": WORDS,
    "pictures": WORDS,
    "next_step": WORDS,
    "exports": WORDS,
    "sitting_words": WORDS,
    "certainty_words": WORDS,
    "forms": PAGES,
    "routes": PAGES,
    "practice_routes": PAGES,
    "break_routes": PAGES,
    "running": PAGES,
    "programme_routes": PAGES,
    "group_routes": PAGES,
    "own_sitting_routes": PAGES,
    "sitting_forms": PAGES,
    "sitting_routes": PAGES,
    "time_routes": PAGES,
    "staff_routes": PAGES,
    "commands": PAGES,
    "score_command": PAGES,
    "coverage_command": PAGES,
    "lint_report": PAGES,
    "lint_notes": PAGES,
    "reading_bar": PAGES,
    "__init__": PAGES,
}
# Modules beside the features: the ground they stand on, and the roof over them.
GROUND = {
    "assets",
    "clock",
    "config",
    "db",
    "direct",
    "errors",
    "headers",
    "i18n",
    "kept",
    "logs",
    "mail",
    "markup",
    "pagination",
}
GROUND |= {"schema", "urls"}
ROOF = {"__init__", "__main__", "cli", "demo", "erasure", "factory", "health", "models", "pages", "serve"}

# Where tables and work may know the request after all, and why.
KNOW_FLASK = {
    "accounts/access.py": "who is signed in is asked there, and nowhere else",
    "accounts/limits.py": "a try is counted for the network address of its request",
    "accounts/login.py": "the session cookie",
    "accounts/passwords.py": "the profile of the hasher belongs to the app",
    "banks/queries.py": "what a process keeps of the content for a minute belongs to the app",
    "exams/loading.py": "person and position of a request are read in one statement",
}
MAKE_MARKUP = {
    "assets.py": "draws the icons that templates name",
    "markup.py": "cleans authored text",
    "i18n.py": "a translation is trusted, its values are escaped",
    "exams/words.py": "joins squares that a template has made",
}
READ_THE_CLOCK = {"accounts/limits.py": "the interface of its library passes no time"}
READ_THE_CLOCK |= {"accounts/login.py": "idleness ends at the moment of a request"}
MEASURE_DURATIONS = {"logs.py", "banks/queries.py"}

CORE_MAY_IMPORT = {"pydantic", "pydantic_core", "yaml", "yaml_rs", *sys.stdlib_module_names} - {
    *(
        "asyncio",
        "ctypes",
        "http",
        "io",
        "logging",
        "multiprocessing",
        "os",
        "pathlib",
        "secrets",
        "shutil",
        "socket",
    ),
    *("sqlite3", "subprocess", "sys", "tempfile", "threading", "time", "urllib", "uuid"),
}
WEB = {"flask", "flask_babel", "flask_login", "flask_wtf", "werkzeug", "wtforms", "jinja2"}
LONGEST_FILE = 450
LONG_FILES = {"banks/services.py": "a sync reads from top to bottom"}


def imports(source: str) -> Iterator[str]:
    """Every imported module; from a module of ours, `module.name` for each name."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            is_ours = module.split(".")[0] == "quizapp"
            yield from (f"{module}.{alias.name}" for alias in node.names) if is_ours else (module,)


def own_imports(source: str) -> set[str]:
    """Imported files of ours, such as accounts/access.py."""
    return {file_of(name) for name in imports(source) if name.split(".")[0] == "quizapp"}


def file_of(name: str) -> str:
    """The file of a module, or of the module that a name is taken from."""
    parts = name.split(".")[1:]
    for path in ("/".join(parts) + ".py", "/".join([*parts, "__init__.py"])):
        if path in SOURCES:
            return path
    return file_of(name.rpartition(".")[0])


def calls(source: str) -> Iterator[tuple[str, ast.Call]]:
    """Every call with the dotted name of what is called; its last names when the rest is an expression."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            yield dotted(node.func), node


def dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}".lstrip(".")
    return node.id if isinstance(node, ast.Name) else ""


def feature_of(path: str) -> str | None:
    return path.split("/")[0] if "/" in path else None


def layer_of(path: str) -> int:
    return MODULES.get(Path(path).stem, PAGES)


# The rules


def core_is_pure(path: str, source: str) -> Iterator[str]:
    if feature_of(path) != "core":
        return
    for name in imports(source):
        top = name.split(".")[0]
        if top == "quizapp" and not name.startswith("quizapp.core."):
            yield f"imports {name}: core knows nothing of the rest; pass the value in"
        elif top != "quizapp" and top not in CORE_MAY_IMPORT:
            yield f"imports {name}: core is plain Python; pass the value in, or add it to CORE_MAY_IMPORT"
    for name, _node in calls(source):
        if name == "open" or name.rpartition(".")[2] in ("read_text", "read_bytes", "write_text"):
            yield f"calls {name}(): core opens no file; pass its text in"


def randomness_has_a_seed(path: str, source: str) -> Iterator[str]:
    for name, node in calls(source):
        is_generator = name in ("random.Random", "Random")
        if is_generator and not node.args:
            yield f"calls {name}() without a seed: pass one, so that the result can be made again"
        if name.startswith("random.") and not is_generator:
            yield f"calls {name}(): use random.Random(seed), or secrets for what nobody may guess"
    if "random" in imports(source) and re.search(r"^from random import (?!Random$)", source, re.MULTILINE):
        yield "imports a function of random: use random.Random(seed)"


def imports_run_one_way(path: str, source: str) -> Iterator[str]:
    for other in sorted(own_imports(source)):
        if complaint := _wrong_way(path, other):
            yield f"imports {other}: {complaint}"


def _wrong_way(path: str, other: str) -> str | None:
    mine, theirs = feature_of(path), feature_of(other)
    if mine in (None, "core") or theirs == "core":
        return _wrong_way_from_outside(path, other)
    assert mine is not None
    if theirs is None:
        is_roof = Path(other).stem in ROOF
        return "what puts features together must not be known to one; pass the value in" if is_roof else None
    if mine == theirs:
        return None if layer_of(other) <= layer_of(path) else "a lower layer must not know a higher one"
    if FEATURES.get(theirs, 0) >= FEATURES.get(mine, 0):
        return "this feature comes later; pass a value or a function in (see create_app)"
    return None if layer_of(other) <= WORK else "other features may use tables, queries and services only"


def _wrong_way_from_outside(path: str, other: str) -> str | None:
    stem = Path(path).stem
    is_above = feature_of(other) in FEATURES or (feature_of(other) is None and Path(other).stem in ROOF)
    if feature_of(path) is None and stem in GROUND and is_above and other != "__init__.py":
        return "the ground must not know what stands on it"
    return None


def work_knows_no_request(path: str, source: str) -> Iterator[str]:
    if feature_of(path) not in FEATURES or layer_of(path) > WORK or path in KNOW_FLASK:
        return
    for name in imports(source):
        if name.split(".")[0] in WEB:
            yield f"imports {name}: pass the values in, so that commands and tests can call this too"
        if name == "quizapp.db.session" or (name == "quizapp.db" and "db.session" in source):
            yield "uses db.session: take the session as an argument"


def work_gets_its_time(path: str, source: str) -> Iterator[str]:
    is_work = feature_of(path) in FEATURES and layer_of(path) <= WORDS and path not in READ_THE_CLOCK
    if is_work and "clock.py" in own_imports(source):
        yield "imports the clock: take `now` as an argument"


def only_the_clock_reads_the_clock(path: str, source: str) -> Iterator[str]:
    if path == "clock.py":
        return
    readers = r"(datetime|date)\.(now|utcnow|today)|time\.(time|time_ns|localtime|gmtime|ctime)"
    for name, _node in calls(source):
        if re.fullmatch(rf"(.*\.)?({readers})", name):
            yield f"calls {name}(): only clock.py reads the clock; use clock.now(), or take `now`"
        if re.fullmatch(r"(sa\.)?func\.(now|current_timestamp|localtimestamp)", name):
            yield f"calls {name}(): the database's clock is another one; pass `now`"
        if re.fullmatch(r"time\.(monotonic|perf_counter)", name) and path not in MEASURE_DURATIONS:
            yield f"calls {name}(): durations are measured in {', '.join(sorted(MEASURE_DURATIONS))} only"
    if re.search(r"^\s*from time import", source, re.MULTILINE):
        yield "imports from time: only clock.py reads the clock"


def the_starter_commits(path: str, source: str) -> Iterator[str]:
    if feature_of(path) not in FEATURES or layer_of(path) > WORK:
        return
    for name, _node in calls(source):
        if name.rpartition(".")[2] in ("commit", "rollback") or name in ("commit", "rollback"):
            yield f"calls {name}(): a route or a command commits, once; an error undoes the rest"


def item_types_are_asked_nowhere(path: str, source: str) -> Iterator[str]:
    if path.startswith("core/items/"):
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            has_type = any(dotted(side).endswith(".type") for side in sides)
            if has_type and any(isinstance(side, ast.Constant | ast.Tuple | ast.Set) for side in sides):
                yield f"line {node.lineno} asks for a type by name: let ITEM_TYPES[item.type] do it"
        if isinstance(node, ast.Match) and dotted(node.subject).endswith(".type"):
            yield f"line {node.lineno} asks for a type by name: let ITEM_TYPES[item.type] do it"


def markup_is_made_in_one_place(path: str, source: str) -> Iterator[str]:
    if path in MAKE_MARKUP:
        return
    for name, _node in calls(source):
        if name in ("Markup", "markupsafe.Markup"):
            yield "makes trusted markup: markup.py cleans authored text, templates escape the rest"


PYTHON_RULES = [
    core_is_pure,
    randomness_has_a_seed,
    imports_run_one_way,
    work_knows_no_request,
    work_gets_its_time,
    only_the_clock_reads_the_clock,
    the_starter_commits,
    item_types_are_asked_nowhere,
    markup_is_made_in_one_place,
]
Rule = Callable[[str, str], Iterator[str]]


def templates_mark_nothing_as_safe(path: str, source: str) -> Iterator[str]:
    if re.search(r"\|\s*safe\b|autoescape\s+false", source):
        yield "marks text as safe: authored text goes through the filter `authored`, all else is escaped"


def templates_have_nothing_inline(path: str, source: str) -> Iterator[str]:
    for found in re.findall(r"\sstyle\s*=|<style\b|\son[a-z]+\s*=\s*[\"']|javascript:", source):
        yield f"has {found.strip()!r}: the security policy forbids it; use a class or a module"
    for tag in re.findall(r"<script\b[^>]*>", source):
        if "src=" not in tag or 'type="module"' not in tag:
            yield f'has {tag}: a page has one <script type="module" src="{{{{ asset(…) }}}}">'


def templates_name_assets_by_version(path: str, source: str) -> Iterator[str]:
    if re.search(r"url_for\(['\"]static|[\"']/static/", source):
        yield "names a static file without its version: use asset('…')"


def templates_ask_for_no_item_type(path: str, source: str) -> Iterator[str]:
    if re.search(r"\bitem\.type\s*(==|!=|in\b)", source):
        yield "asks for a type by name: include items/<type>.html"


TEMPLATE_RULES = [
    templates_mark_nothing_as_safe,
    templates_have_nothing_inline,
    templates_name_assets_by_version,
    templates_ask_for_no_item_type,
]


def complaints(rule: Rule, files: dict[str, Path]) -> list[str]:
    return [f"{name}: {said}" for name, path in files.items() for said in rule(name, path.read_text("utf-8"))]


@pytest.mark.parametrize("rule", PYTHON_RULES, ids=lambda rule: rule.__name__)
def test_the_code_keeps_the_rule(rule: Rule) -> None:
    assert not complaints(rule, SOURCES)


@pytest.mark.parametrize("rule", TEMPLATE_RULES, ids=lambda rule: rule.__name__)
def test_the_templates_keep_the_rule(rule: Rule) -> None:
    assert not complaints(rule, TEMPLATES)


BAD = [
    (core_is_pure, "core/new.py", "from flask import g"),
    (core_is_pure, "core/new.py", "import sqlalchemy.orm"),
    (core_is_pure, "core/new.py", "from wtforms import Form"),
    (core_is_pure, "core/new.py", "from quizapp import clock"),
    (core_is_pure, "core/items/new.py", "from quizapp.exams import models"),
    (core_is_pure, "core/new.py", "import secrets"),
    (core_is_pure, "core/new.py", "import time"),
    (core_is_pure, "core/new.py", "text = open('a').read()"),
    (core_is_pure, "core/new.py", "text = path.read_text()"),
    (randomness_has_a_seed, "core/new.py", "import random\nrandom.shuffle([1])"),
    (randomness_has_a_seed, "core/new.py", "import random\nrng = random.Random()"),
    (randomness_has_a_seed, "exams/services.py", "from random import choice"),
    (imports_run_one_way, "accounts/models.py", "from quizapp.accounts import queries"),
    (imports_run_one_way, "accounts/queries.py", "from quizapp.accounts.routes import bp"),
    (imports_run_one_way, "accounts/services.py", "def f():\n    from quizapp.accounts import forms"),
    (imports_run_one_way, "exams/starting.py", "from quizapp.exams.words import time_left"),
    (imports_run_one_way, "banks/queries.py", "from quizapp.exams.models import Attempt"),
    (imports_run_one_way, "exams/handing_in.py", "from quizapp.progress import services"),
    (imports_run_one_way, "exams/routes.py", "from quizapp.accounts.forms import LoginForm"),
    (imports_run_one_way, "progress/routes.py", "from quizapp.exams import words"),
    (imports_run_one_way, "exams/routes.py", "from quizapp import pages"),
    (imports_run_one_way, "exams/routes.py", "from quizapp import create_app, db"),
    (imports_run_one_way, "exams/services.py", "import quizapp.progress.queries"),
    (imports_run_one_way, "db.py", "from quizapp.accounts.models import User"),
    (work_knows_no_request, "exams/handing_in.py", "from flask import request"),
    (work_knows_no_request, "accounts/services.py", "from flask_login import current_user"),
    (work_knows_no_request, "exams/starting.py", "from quizapp import db\ndb.session.flush()"),
    (work_gets_its_time, "exams/saving.py", "from quizapp import clock"),
    (work_gets_its_time, "exams/saving.py", "from quizapp.clock import now"),
    (only_the_clock_reads_the_clock, "exams/routes.py", "from datetime import datetime\ndatetime.now()"),
    (
        only_the_clock_reads_the_clock,
        "exams/routes.py",
        "import datetime\ndatetime.datetime.now(datetime.UTC)",
    ),
    (only_the_clock_reads_the_clock, "exams/routes.py", "import time\ntime.time()"),
    (only_the_clock_reads_the_clock, "exams/routes.py", "from time import time"),
    (only_the_clock_reads_the_clock, "exams/routes.py", "import time\ntime.monotonic()"),
    (only_the_clock_reads_the_clock, "accounts/models.py", "from sqlalchemy import func\nfunc.now()"),
    (the_starter_commits, "accounts/services.py", "session.commit()"),
    (the_starter_commits, "exams/queries.py", "db.session.rollback()"),
    (the_starter_commits, "exams/models.py", "self.session().commit()"),
    (item_types_are_asked_nowhere, "exams/routes.py", "if item.type == 'single_best': pass"),
    (item_types_are_asked_nowhere, "exams/routes.py", "if opened.item.type in ('a', 'b'): pass"),
    (item_types_are_asked_nowhere, "exams/routes.py", "match item.type:\n    case 'a': pass"),
    (markup_is_made_in_one_place, "exams/routes.py", "Markup('<b>x</b>')"),
    (templates_mark_nothing_as_safe, "a.html", "{{ text|safe }}"),
    (templates_mark_nothing_as_safe, "a.html", "{% autoescape false %}"),
    (templates_have_nothing_inline, "a.html", '<p style="color: red">'),
    (templates_have_nothing_inline, "a.html", "<style>p { color: red }</style>"),
    (templates_have_nothing_inline, "a.html", '<button onclick="go()">'),
    (templates_have_nothing_inline, "a.html", '<a href="javascript:go()">'),
    (templates_have_nothing_inline, "a.html", "<script>go()</script>"),
    (templates_have_nothing_inline, "a.html", '<script src="a.js"></script>'),
    (templates_name_assets_by_version, "a.html", "{{ url_for('static', filename='a.css') }}"),
    (templates_name_assets_by_version, "a.html", '<img src="/static/a.png">'),
    (templates_ask_for_no_item_type, "a.html", "{% if entry.item.type == 'single_best' %}"),
]


@pytest.mark.parametrize(("rule", "path", "source"), BAD)
def test_the_rule_notices_what_breaks_it(rule: Rule, path: str, source: str) -> None:
    assert list(rule(path, source))


def test_the_rules_let_good_code_be() -> None:
    good = "import random\nfrom quizapp.core.items import Item\nrng = random.Random(7)\nname = func.count()"
    for rule in PYTHON_RULES:
        assert not list(rule("exams/starting.py", good))


# Places and sizes


def test_every_module_has_its_place() -> None:
    wrong = []
    for path in SOURCES:
        feature, stem = feature_of(path), Path(path).stem
        if feature is None and stem not in GROUND | ROOF:
            wrong.append(f"{path}: name it in GROUND or ROOF")
        if feature not in (None, "core") and (feature not in FEATURES or stem not in MODULES):
            wrong.append(f"{path}: name it in FEATURES and MODULES")
    assert not wrong


def test_exceptions_are_still_needed() -> None:
    named = {*KNOW_FLASK, *MAKE_MARKUP, *READ_THE_CLOCK, *MEASURE_DURATIONS, *LONG_FILES}
    assert named <= set(SOURCES)
    for path in KNOW_FLASK:
        assert {name.split(".")[0] for name in imports(SOURCES[path].read_text("utf-8"))} & WEB, path
    for path in READ_THE_CLOCK:
        assert "clock.py" in own_imports(SOURCES[path].read_text("utf-8")), path
    for path in MAKE_MARKUP:
        assert "Markup(" in SOURCES[path].read_text("utf-8"), path


def test_no_file_is_too_long_to_find_things_in() -> None:
    lengths = {name: len(path.read_text("utf-8").splitlines()) for name, path in SOURCES.items()}
    found = {name for name, length in lengths.items() if length > LONGEST_FILE}
    assert found <= set(LONG_FILES), "split it where its ideas part, or say in LONG_FILES why not"


def test_nothing_is_called_after_nothing() -> None:
    """In utils.py things are put and never found; a class called Test… is collected by pytest."""
    assert not {Path(path).stem for path in SOURCES} & {"utils", "helpers", "common", "misc", "manager"}
    classes = [
        f"{name}: {node.name}"
        for name, path in SOURCES.items()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test")
    ]
    assert not classes


# Item types


@pytest.mark.parametrize("name", ITEM_TYPES)
def test_an_item_type_is_complete(name: str) -> None:
    kind = ITEM_TYPES[name]
    assert kind.name == name
    wrong = [rule for rule in kind.rules if not re.fullmatch(rf"{name}/[a-z0-9_]+@[1-9]\d*", rule)]
    assert not wrong, "rules: <type>/<rule>@<version>"
    assert kind.rules
    assert f"core/items/{name}.py" in SOURCES, f"write quizapp/core/items/{name}.py"
    template = TEMPLATES.get(f"items/{name}.html")
    assert template, f"write quizapp/templates/items/{name}.html"
    macros = set(re.findall(r"{%-? macro (\w+)\(", template.read_text("utf-8")))
    assert {"name", "rule", "question", "answered", "review", "pattern"} <= macros, (
        f"items/{name}.html: macros name, rule, question, answered, review, pattern"
    )
    test = PROJECT / "tests" / "core" / "items" / f"test_{name}.py"
    assert test.is_file(), f"write {test.relative_to(PROJECT)}"


@pytest.mark.parametrize("name", ITEM_TYPES)
def test_samples_of_an_item_type_score_as_they_say(name: str) -> None:
    kind = ITEM_TYPES[name]
    rows = next(rows for table, rows in shipped_rows() if table.name == "item_revision")
    samples = [parse_item(row["content"]) for row in rows if row["content"]["type"] == name]
    assert samples, f"write an item of type {name} in question_banks/"
    for item in samples:
        right, wrong = kind.sample_answers(item)
        assert kind.score(item, right, kind.rule_id(item)).points == kind.maximum(item)
        assert kind.score(item, wrong, kind.rule_id(item)).points < kind.maximum(item)


# Reports


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_complete(name: str) -> None:
    assert f"reports/{name}.py" in SOURCES, f"write quizapp/reports/{name}.py"
    assert f"reports/{name}.html" in TEMPLATES, f"write quizapp/templates/reports/{name}.html"
    test = PROJECT / "tests" / "reports" / f"test_{name}.py"
    assert test.is_file(), f"write {test.relative_to(PROJECT)}"
    views = re.findall(r"^def (\w+)\(", SOURCES["reports/routes.py"].read_text("utf-8"), re.MULTILINE)
    commands = re.findall(
        r'^@report\.command\("(\w+)"\)', SOURCES["reports/commands.py"].read_text("utf-8"), re.M
    )
    assert name in views, f"write a view {name} in quizapp/reports/routes.py; test_access.py walks it"
    assert name in commands, f"write a command {name} in quizapp/reports/commands.py"


def test_a_server_carries_nothing_that_only_commands_need() -> None:
    """Each of its processes would hold these for as long as it runs."""
    told = subprocess.run(
        [sys.executable, "-c", "import sys, wsgi; print(*sys.modules)"],
        cwd=PROJECT,
        env=os.environ | {"QUIZAPP_ENVIRONMENT": "testing", "QUIZAPP_SECRET_KEY": secrets.token_urlsafe(48)},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(told.stdout.split())
    assert "quizapp.exams.routes" in loaded
    assert not loaded & {"alembic", "yaml", "yaml_rs", "quizapp.core.lint.linter"}
