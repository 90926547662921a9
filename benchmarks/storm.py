"""Five hundred learners who start a mock exam within ten seconds and save, while staff read reports."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask, session
from flask_wtf.csrf import generate_csrf
from sqlalchemy import func, select

from benchmarks import history, machine
from benchmarks.history import World
from benchmarks.report import Row, at_most, figure, table
from benchmarks.sampling import Plan
from benchmarks.servers import Server, Store, environment, free_port, open_store, serve
from benchmarks.sides import app_here, production
from benchmarks.storm_load import ARRIVE, POLL, REPORT, SAVE, START, Seat, Storm
from quizapp import clock, db
from quizapp.accounts import login
from quizapp.banks.queries import revisions
from quizapp.cli import cli
from quizapp.cohorts.models import Cohort
from quizapp.cohorts.sitting_services import Plan as SittingPlan
from quizapp.cohorts.sitting_services import create_sitting
from quizapp.config import PROJECT
from quizapp.core.items import ITEM_TYPES, Item
from quizapp.exams.models import MOCK, ItemResponse, ResponseChange

MOST_START, MOST_SAVE, MOST_SLOWER, MOST_GROWTH = 1000.0, 300.0, 2.0, 5.0
ANSWERS_EACH = 100  # of history, so that the report has something to tell
WORKER = "quizapp"
COLUMNS = ["stretch", "request", "number", "per second", "median", "p95", "p99", "longest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What was seen: by the people, and of the machine from the first stretch to the end."""

    storm: Storm
    took: Mapping[str, Sequence[tuple[float, float]]]
    errors: Sequence[str]
    ledger: Mapping[str, Mapping[str, tuple[int, str]]]
    acknowledged: int
    growth: Sequence[float]  # of each worker in the last minute, in percent
    memory: float  # of all workers at the end, in bytes
    app_cores: float
    database_cores: float
    load_cores: float
    other_cores: float

    def milliseconds(self, kind: str, start: float, end: float) -> list[float]:
        """Of what was due in a stretch, shortest first."""
        return sorted(took * 1000 for due, took in self.took.get(kind, ()) if start <= due < end)


def run(plan: Plan) -> list[Row]:
    """Measure, print each stretch, and hand back the figures."""
    workers = 2 * machine.core_count()
    print(f"{machine.describe()}; {plan.learners} learners, {workers} processes", flush=True)
    return [row for kind in plan.databases for row in _run_on(kind, plan, workers)]


def _run_on(kind: str, plan: Plan, workers: int) -> list[Row]:
    with (
        tempfile.TemporaryDirectory(prefix="quizapp-bench-") as folder,
        open_store(kind, Path(folder)) as store,
    ):
        port = free_port()
        settings = production(store, "storm", port)
        variables = {f"QUIZAPP_{name.upper()}": value for name, value in settings.items()}
        with app_here(settings, []) as app:
            storm = _prepare(app, port, plan)
            with serve(None, port, variables, Path(folder) / "storm.log", workers) as server:
                watched = _watch(storm, server, store, workers)
            lost = _lost_updates(app, watched)
    print(f"\n{kind}\n{_stretches(watched)}", flush=True)
    for error in watched.errors[:5]:
        print(f"error: {error}", flush=True)
    return _figures(kind, watched, lost)


# Before


def _prepare(app: Flask, port: int, plan: Plan) -> Storm:
    """A group with a history, a sitting for it, and everybody signed in."""
    began = time.perf_counter()
    people = plan.learners
    world = history.make(app, people, people * ANSWERS_EACH, members=people)
    _command(app, "rollups", "rebuild")
    sitting_id = _give_sitting(app, world)
    if plan.is_prepared:
        _command(app, "attempts", "prepare", str(sitting_id))
    coordinator, *learners = (_seat(app, one) for one in (world.coordinator_id, *world.learner_ids))
    print(f"{people} learners with a history in {time.perf_counter() - began:.0f} s", flush=True)
    return Storm(
        port=port,
        sitting_path=f"/sittings/{sitting_id}",
        report_path=f"/cohorts/{world.cohort_id}/report",
        learners=learners,
        coordinator=coordinator,
        start_within=plan.start_within,
        quiet=plan.quiet_seconds,
        reports=plan.storm_seconds,
        last=plan.storm_seconds / 2,
    )


def _command(app: Flask, *words: str) -> None:
    done = app.test_cli_runner().invoke(cli, words)
    if done.exit_code:
        raise RuntimeError(done.output[-2000:])


def _give_sitting(app: Flask, world: World) -> int:
    now = clock.now()
    plan = SittingPlan(
        name="The storm",
        mode=MOCK,
        blueprint_id="house_readiness",
        focus=None,
        size=None,
        opens_at=now - timedelta(minutes=1),
        closes_at=now + timedelta(days=1),
        attempt_limit=1,
        feedback="end",
        people=None,
    )
    with app.app_context(), db.database().working_session() as opened:
        sitting = create_sitting(opened, opened.get_one(Cohort, world.cohort_id), plan, now=now)
        opened.commit()
        return sitting.id


def _seat(app: Flask, user_id: int) -> Seat:
    """A session as signing in makes it."""
    with app.test_request_context():
        login.begin_session(session, user_id, 1, clock.now())
        token: str = generate_csrf()
        serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        return Seat(cookie=f"quizapp={serializer.dumps(dict(session))}", token=token)


# Meanwhile


@contextmanager
def _crowd(storm: Storm) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "benchmarks.storm_load"]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=PROJECT, env=environment({}), stdin=pipe, stdout=pipe, text=True
    ) as process:
        try:
            assert process.stdin
            process.stdin.write(json.dumps(asdict(storm)))
            process.stdin.close()
            yield process
        finally:
            process.kill()


def _watch(storm: Storm, server: Server, store: Store, workers: int) -> Watched:
    """Let it happen, and look at the memory of the workers and the time of the processors meanwhile."""
    before: dict[int, int] = {}
    began, spent, seen = 0.0, [0.0], dict[str, Any]()
    with _crowd(storm) as crowd:
        assert crowd.stdout
        for line in crowd.stdout:
            if line == "mark quiet\n":
                began, spent = time.perf_counter(), _spent(server, store, crowd.pid)
            elif line == "mark last\n":
                before = machine.resident_bytes(server.pid, WORKER)
            elif line.startswith("{"):
                elapsed = time.perf_counter() - began
                cores = [
                    (new - old) / elapsed
                    for new, old in zip(_spent(server, store, crowd.pid), spent, strict=True)
                ]
                after = machine.resident_bytes(server.pid, WORKER)
                seen = json.loads(line)
                break
    if not seen or set(before) != set(after) or len(after) < workers:
        raise RuntimeError(f"the crowd or a worker ended early: {before} {seen}")
    app, database, load, everything, stolen = cores
    return Watched(
        storm=storm,
        growth=[(after[pid] / before[pid] - 1) * 100 for pid in before],
        memory=sum(after.values()),
        app_cores=app,
        database_cores=database,
        load_cores=load,
        other_cores=max(0.0, everything - app - database - load) + stolen,
        took=seen["took"],
        errors=seen["errors"],
        ledger=seen["ledger"],
        acknowledged=seen["acknowledged"],
    )


def _spent(server: Server, store: Store, crowd: int) -> list[float]:
    return [
        machine.tree_seconds(server.pid),
        machine.tree_seconds(store.pid) if store.pid else 0.0,
        machine.tree_seconds(crowd),
        machine.busy_seconds(),
        machine.stolen_seconds(),
    ]


# Afterwards


def _lost_updates(app: Flask, watched: Watched) -> int:
    """How many answers do not stand as they were last acknowledged, or are missing in the history."""
    wanted = {
        (int(attempt), int(position)): tuple(last)
        for attempt, answers in watched.ledger.items()
        for position, last in answers.items()
    }
    with app.app_context(), db.database().open_session(read_only=True) as opened:
        rows = opened.scalars(select(ItemResponse).where(ItemResponse.mode == MOCK)).all()
        items = revisions(opened, {row.revision_id for row in rows})
        kept = opened.scalar(select(func.count()).select_from(ResponseChange)) or 0
    stored = {(row.attempt_id, row.position): (row.version, _choice(row, items)) for row in rows}
    return sum(stored.get(place) != last for place, last in wanted.items()) + abs(kept - watched.acknowledged)


def _choice(row: ItemResponse, items: Mapping[int, Item]) -> str | None:
    """The choice that the learner's page would send for what is stored."""
    item, answer = items[row.revision_id], row.answer
    return (
        None if answer is None else ITEM_TYPES[item.type].posted(item, row.option_order, answer)["choice"][0]
    )


def _stretches(watched: Watched) -> str:
    """Everything that was seen; times in milliseconds."""
    storm, lines = watched.storm, []
    for name, start, end in (
        ("arrivals", 0.0, storm.starts_from),
        ("starts", storm.starts_from, storm.quiet_from),
        ("without reports", storm.quiet_from, storm.reports_from),
        ("with reports", storm.reports_from, storm.end),
    ):
        for kind in (ARRIVE, START, SAVE, POLL, REPORT):
            took = watched.milliseconds(kind, start, end)
            if took:
                shares = [percentile(took, percent) for percent in (50, 95, 99, 100)]
                lines.append((name, kind, len(took), len(took) / (end - start), *shares))
    return table(lines, COLUMNS)


def percentile(ordered: Sequence[float], percent: int) -> float:
    """Within which this share lies; nothing of nothing."""
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] if ordered else 0.0


def _figures(kind: str, watched: Watched, lost: int) -> list[Row]:
    storm = watched.storm
    starts = watched.milliseconds(START, 0, storm.end)
    quiet = watched.milliseconds(SAVE, storm.quiet_from, storm.reports_from)
    busy = watched.milliseconds(SAVE, storm.reports_from, storm.end)
    reports = watched.milliseconds(REPORT, storm.reports_from, storm.end)
    slower = percentile(busy, 95) / max(percentile(quiet, 95), 0.001)
    missing = len(storm.learners) - len(starts)
    return [
        at_most(f"{kind}: learners whose start did not succeed", missing, "", 0),
        at_most(
            f"{kind}: p95 of a start, until the first item is there", percentile(starts, 95), "ms", MOST_START
        ),
        at_most(f"{kind}: errors", len(watched.errors), "", 0),
        at_most(f"{kind}: p95 of a save, without reports", percentile(quiet, 95), "ms", MOST_SAVE),
        at_most(f"{kind}: p95 of a save, with reports", percentile(busy, 95), "ms", MOST_SAVE),
        at_most(f"{kind}: p95 of a save, with reports / without", slower, "x", MOST_SLOWER),
        at_most(f"{kind}: answers that do not stand as acknowledged", lost, "", 0),
        at_most(f"{kind}: most growth of a process in the last part", max(watched.growth), "%", MOST_GROWTH),
        figure(f"{kind}: saves acknowledged", watched.acknowledged, ""),
        figure(f"{kind}: p95 of a report", percentile(reports, 95), "ms"),
        figure(f"{kind}: memory of all processes", watched.memory / 1e6, "MB"),
        figure(f"{kind}: cores busy with the app", watched.app_cores, ""),
        figure(f"{kind}: cores busy with the database", watched.database_cores, ""),
        figure(f"{kind}: cores busy with the crowd", watched.load_cores, ""),
        figure(f"{kind}: cores busy with what is none of it", watched.other_cores, ""),
    ]
