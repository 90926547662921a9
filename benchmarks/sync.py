"""What loading banks costs: read and checked, stored for the first time, again without change, with one edit.

Against PyYAML's C loader, which merely parses the same files, with the garbage collector off.
"""

import datetime
import gc
import itertools
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import click
import yaml
from sqlalchemy.orm import Session

from benchmarks import machine
from benchmarks.report import Row, at_most, figure
from benchmarks.sampling import Plan
from quizapp import schema
from quizapp.banks import services
from quizapp.banks.files import FolderContent, load_content, read_folder
from quizapp.config import PROJECT
from quizapp.db import make_engine

ITEMS, FILE_ITEMS, FEW = 10_000, 100, 300
MOST_LOADED, MOST_STORED, MOST_AGAIN, MOST_EDITED = 0.3, 1.2, 0.05, 1 / 50
NOW = datetime.datetime(2026, 12, 1, tzinfo=datetime.UTC)
BANK = "generated"
META = "id: generated\ntitle: Generated\nlicence: CC-BY-4.0\nlang: en\ndescription: Made to measure.\n"
MEGABYTE = 1024  # ru_maxrss counts kilobytes


def run(plan: Plan) -> list[Row]:
    """Measure, and hand back the figures."""
    count = ITEMS if plan.responses[0] > ITEMS else FEW
    print(f"{machine.describe()}; {plan.rounds} rounds, {count:,} items", flush=True)
    took: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = make_folder(Path(name), count)
        with click.progressbar(range(plan.rounds), label="Loading", file=sys.stderr) as rounds:
            for _ in rounds:
                for step, seconds in _measure(folder).items():
                    took.setdefault(step, []).append(seconds)
        peak = _peak(folder)
    middle = {step: statistics.median(values) for step, values in took.items()}
    bare = middle["bare"]
    return [
        figure(f"{count:,} items, parsed by PyYAML's C loader", bare, "s"),
        at_most("read and checked / parsed", middle["load"] / bare, "x", MOST_LOADED),
        at_most(
            "read, checked and stored for the first time / parsed", middle["first"] / bare, "x", MOST_STORED
        ),
        at_most("loaded again without change / parsed", middle["again"] / bare, "x", MOST_AGAIN),
        at_most("one file of 100 edited / first load", middle["edited"] / middle["first"], "x", MOST_EDITED),
        figure("read, checked and stored for the first time", middle["first"], "s"),
        figure("of it: read and checked", middle["load"], "s"),
        figure("one file of 100 edited", middle["edited"] * 1000, "ms"),
        figure("loaded again without change", middle["again"] * 1000, "ms"),
        figure("most memory of a process that stores them", peak, "MB"),
    ]


def make_folder(folder: Path, count: int) -> Path:
    """A folder with the shipped items in turns, each with an id and a situation of its own, 100 in a file."""
    root = PROJECT / "question_banks"
    (folder / BANK).mkdir(parents=True)
    for name in ("taxonomy.yaml", "support.yaml"):
        (folder / name).write_bytes((root / name).read_bytes())
    (folder / BANK / "bank.yaml").write_text(META)
    texts = [
        text for path in sorted((root / "core").glob("*.yaml")) for text in _items(path.read_text("utf-8"))
    ]
    made = (_renamed(text, number) for number, text in enumerate(itertools.cycle(texts)))
    for number in range(count // FILE_ITEMS):
        file = folder / BANK / f"items-{number:03}.yaml"
        file.write_text("\n".join(itertools.islice(made, FILE_ITEMS)), "utf-8")
    return folder


def _items(text: str) -> list[str]:
    """The items of a file as they are written."""
    return [part.rstrip() + "\n" for part in re.split(r"^(?=- id: )", text, flags=re.MULTILINE)[1:]]


def _renamed(text: str, number: int) -> str:
    text = re.sub(r"^- id: .*$", f"- id: gen-{number:05}", text, count=1, flags=re.MULTILINE)
    return re.sub(r"^  situation: .*$", f"  situation: scene-{number}", text, count=1, flags=re.MULTILINE)


def _measure(folder: Path) -> dict[str, float]:
    """Seconds of processor time of each step."""
    content = read_folder(folder)
    files = content.banks[BANK]
    seconds = {"bare": _without_collector(lambda: _parse(files))}
    seconds["load"] = _seconds(lambda: load_content(content, NOW.date()))
    with tempfile.TemporaryDirectory() as name:
        engine = make_engine(f"sqlite:///{Path(name) / 'content.sqlite3'}")
        schema.upgrade(engine)
        with Session(engine) as session:
            seconds["first"] = _seconds(lambda: _sync(session, content))
            seconds["again"] = _seconds(lambda: _sync(session, content))
            edited = _edited(content)
            seconds["edited"] = _seconds(lambda: _sync(session, edited))
        engine.dispose()
    return seconds


def _parse(files: Mapping[str, bytes]) -> None:
    for data in files.values():
        yaml.load(data, yaml.CSafeLoader)


def _sync(session: Session, content: FolderContent) -> None:
    report = services.sync(session, content, NOW)
    session.commit()
    assert not report.withheld, report.problems[:3]


def _edited(content: FolderContent) -> FolderContent:
    """The same with a word of one item changed."""
    files = dict(content.banks[BANK])
    files["items-001.yaml"] = files["items-001.yaml"].replace(
        b"rationale: >-\n", b"rationale: >-\n        Well:\n", 1
    )
    assert files != content.banks[BANK]
    return FolderContent(
        name=content.name,
        taxonomy=content.taxonomy,
        support=content.support,
        blueprints={},
        banks={BANK: files},
    )


def _seconds(act: Callable[[], object]) -> float:
    gc.collect()
    began = time.process_time()
    act()
    return time.process_time() - began


def _without_collector(act: Callable[[], object]) -> float:
    gc.disable()
    try:
        return _seconds(act)
    finally:
        gc.enable()


def _peak(folder: Path) -> float:
    """The most memory, in MB, of a process of its own that stores the folder for the first time."""
    code = f"from benchmarks.sync import print_peak; print_peak({str(folder)!r})"
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    return float(told.stdout)


def print_peak(folder: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        engine = make_engine(f"sqlite:///{Path(name) / 'content.sqlite3'}")
        schema.upgrade(engine)
        with Session(engine) as session:
            _sync(session, read_folder(Path(folder)))
        engine.dispose()
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE)
