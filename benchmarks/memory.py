"""What the server's processes hold after the same load as the bare app's, and how fast they are there."""

import statistics
import tempfile
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from benchmarks import machine
from benchmarks.client import Crowd
from benchmarks.report import Row, at_most, figure
from benchmarks.sampling import EXAM, FLOWS, Plan
from benchmarks.servers import Store, free_port, open_store, serve
from benchmarks.sides import Side, app_here, open_bare, open_ours, production

MOST_MEMORY, MOST_START = 1.6, 1.5  # times the bare app's; seconds
CONNECTIONS = 8
ALL_WORKERS = 3  # seconds until the last of them is there: Granian does not end while one is still starting


def run(plan: Plan) -> list[Row]:
    """Measure, and hand back the figures."""
    print(f"{machine.describe()}; {plan.seconds:g} s of saves and pages on each app", flush=True)
    rows: list[Row] = []
    for kind in plan.databases:
        with tempfile.TemporaryDirectory() as folder, open_store(kind, Path(folder)) as store:
            rows += _memory(store, plan)
            rows.append(_start(store, plan.rounds))
    return rows


def _memory(store: Store, plan: Plan) -> list[Row]:
    """Proportional set sizes, so that what processes share counts once."""
    count = min(CONNECTIONS, max(plan.connections))
    with open_bare(store, count) as bare, open_ours(store, count) as ours:
        sizes = []
        for side in (bare, ours):
            _work(side, plan)
            sizes.append(machine.tree_pss(side.server.pid) / 1e6)
    return [
        at_most(
            f"{store.kind}: memory of all server processes, ours / bare",
            sizes[1] / sizes[0],
            "x",
            MOST_MEMORY,
        ),
        figure(f"{store.kind}: memory of all server processes, ours", sizes[1], "MB"),
        figure(f"{store.kind}: memory of all server processes, bare", sizes[0], "MB"),
    ]


def _work(side: Side, plan: Plan) -> None:
    crowd = Crowd(side.server.port, [FLOWS[EXAM](candidate) for candidate in side.candidates])
    crowd.work(plan.seconds)
    crowd.close()


def _start(store: Store, rounds: int) -> Row:
    """From the command to the first answer, with a database and its content in place."""
    took = []
    settings = production(store, "start")
    variables = {f"QUIZAPP_{name.upper()}": value for name, value in settings.items()}
    with app_here(settings, []):
        for _ in range(rounds):
            began = time.perf_counter()
            port = free_port()
            with serve(None, port, variables, store.folder / "start.log"):
                _wait_for_answer(f"http://127.0.0.1:{port}/readyz")
                took.append(time.perf_counter() - began)
                time.sleep(ALL_WORKERS)
    return at_most(
        f"{store.kind}: start of the server, until it answers", statistics.median(took), "s", MOST_START
    )


def _wait_for_answer(address: str) -> None:
    """The port is open before the app is there: then a request waits, or is refused."""
    while True:
        try:
            with urlopen(address, timeout=30):
                return
        except (URLError, ConnectionError):
            time.sleep(0.02)
