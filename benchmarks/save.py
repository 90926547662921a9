"""The cost of a saved mock answer and of the next page: ours against the bare app, in one run."""

import statistics
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import machine, statements
from benchmarks.report import Row, at_least, at_most, figure, table
from benchmarks.sampling import EXAM, SAVES, Plan, Sample, measure
from benchmarks.servers import SQLITE, open_store
from benchmarks.sides import BARE, OURS

MOST_CPU, LEAST_AT_MANY, LEAST_BUSY = 1.75, 0.8, 0.9
# Of the 99th percentile: against the bare app's on SQLite, whose writers queue; else against our own median.
MOST_TAIL = {SQLITE: 2.0}
MOST_TAIL_TO_MEDIAN = 4.0
TINY = 1e-9  # a stretch of a second on a machine that is not ours may hold no save at all
COLUMNS = [
    *("work", "conns", "round", "side", "answers/s", "app", "database", "median", "p95", "p99"),
    *("busy", "others", "pace", "refused", ""),
]


def run(plan: Plan) -> list[Row]:
    """Measure, print each stretch, and hand back the figures."""
    print(f"{machine.describe()}; {plan.rounds} rounds of {plan.seconds:g} s")
    return [row for kind in plan.databases for row in _run_on(kind, plan)]


def _run_on(kind: str, plan: Plan) -> list[Row]:
    with (
        tempfile.TemporaryDirectory(prefix="quizapp-bench-") as folder,
        open_store(kind, Path(folder)) as store,
    ):
        rows = statements.count(store)
        samples = list(measure(store, plan))
    print(f"\n{kind}\n{_stretches(samples)}", flush=True)
    return rows + _figures(kind, plan, samples)


def _stretches(samples: Sequence[Sample]) -> str:
    """Everything that was seen; times in milliseconds, processor time for each answer."""
    lines = [
        (
            one.flow,
            one.connections,
            one.round,
            one.side,
            one.per_second,
            one.app_cpu,
            one.database_cpu,
            one.percentile(50),
            one.percentile(95),
            one.percentile(99),
            one.busy_cores,
            one.other_cores,
            one.pace,
            one.refused,
            "noisy" if one.is_noisy else "",
        )
        for one in samples
    ]
    return table(lines, COLUMNS)


def _figures(kind: str, plan: Plan, samples: Sequence[Sample]) -> list[Row]:
    rows = []
    for connections in plan.connections:
        for flow in (SAVES, EXAM):
            chosen = [one for one in samples if (one.connections, one.flow) == (connections, flow)]
            rows += _compared(f"{kind}, {connections} connections, {flow}", kind, chosen)
    few, many = min(plan.connections), max(plan.connections)
    exam = [one for one in samples if one.flow == EXAM and one.side == OURS]
    at_few, at_many = (
        {one.round: one.per_second for one in exam if one.connections == connections}
        for connections in (few, many)
    )
    steady = statistics.median(at_many[number] / max(at_few[number], TINY) for number in at_few)
    name = f"{kind}: answers per second at {many} connections / at {few}"
    refused = sum(one.refused for one in samples if one.side == OURS)
    return [
        *rows,
        at_least(name, steady, "x", LEAST_AT_MANY),
        at_most(f"{kind}: saves refused as the database was locked", refused, "", 0),
    ]


def _compared(name: str, kind: str, samples: Sequence[Sample]) -> list[Row]:
    """The medians of the ratios of each round, and our own figures for orientation."""
    ours, bare = ([one for one in samples if one.side == side] for side in (OURS, BARE))
    pairs = list(zip(ours, bare, strict=True))

    def ratio(measured: Callable[[Sample], float]) -> float:
        return statistics.median(measured(our) / max(measured(its), TINY) for our, its in pairs)

    def middle(measured: Callable[[Sample], float]) -> float:
        return statistics.median(measured(one) for one in ours)

    if kind in MOST_TAIL:
        tail = at_most(f"{name}: p99 of a save, ours / bare", ratio(_p99), "x", MOST_TAIL[kind])
    else:
        spread = middle(lambda one: _p99(one) / max(one.percentile(50), TINY))
        tail = at_most(f"{name}: p99 of a save / median", spread, "x", MOST_TAIL_TO_MEDIAN)
    return [
        at_most(f"{name}: processor time, ours / bare", ratio(lambda one: one.cpu), "x", MOST_CPU),
        tail,
        at_least(f"{name}: busy cores, ours / bare", ratio(lambda one: one.busy_cores), "x", LEAST_BUSY),
        figure(f"{name}: processor time", middle(lambda one: one.cpu), "ms"),
        figure(f"{name}: answers per second", middle(lambda one: one.per_second), "1/s"),
        figure(f"{name}: median of a save", middle(lambda one: one.percentile(50)), "ms"),
        figure(f"{name}: p99 of a save", middle(_p99), "ms"),
    ]


def _p99(sample: Sample) -> float:
    return sample.percentile(99)
