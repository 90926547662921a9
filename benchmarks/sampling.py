"""Stretches of work on both apps, taken in turns, with what each cost."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks import machine
from benchmarks.candidates import PAGE, SAVE, Candidate, only_saves, saves_and_pages
from benchmarks.client import Crowd, Flow
from benchmarks.servers import POSTGRESQL, SQLITE, Store
from benchmarks.sides import Side, open_bare, open_ours

SAVES, EXAM = "saves", "saves and pages"
FLOWS: dict[str, Callable[[Candidate], Flow]] = {SAVES: only_saves, EXAM: saves_and_pages}
NOISE_CORES = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is measured."""

    databases: tuple[str, ...] = (SQLITE, POSTGRESQL)
    connections: tuple[int, ...] = (8, 32)
    rounds: int = 5
    seconds: float = 10.0
    warm_up: float = 1.0
    responses: tuple[int, int] = (100_000, 2_000_000)  # of history, a short and a long one
    # Of the storm: so many learners start within so many seconds; then without and with reports.
    learners: int = 500
    is_prepared: bool = True
    start_within: float = 10.0
    quiet_seconds: float = 60.0
    storm_seconds: float = 120.0


QUICK = Plan(
    connections=(2, 4),
    rounds=1,
    seconds=0.5,
    warm_up=0.1,
    responses=(2_000, 20_000),
    learners=25,
    start_within=2.0,
    quiet_seconds=2.0,
    storm_seconds=5.0,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Seconds of processor time: of the app's server, of PostgreSQL, and of all others but the client."""

    app: float
    database: float
    others: float
    stolen: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One side for one stretch of one round. Times are in seconds."""

    flow: str
    connections: int
    round: int
    side: str
    elapsed: float
    saves: Sequence[float]
    pages: Sequence[float]
    refused: int
    cost: Cost
    pace: float

    @property
    def per_second(self) -> float:
        return len(self.saves) / self.elapsed

    @property
    def app_cpu(self) -> float:
        """Milliseconds for each saved answer, and for the page after it where there is one."""
        return self.cost.app / max(1, len(self.saves)) * 1000

    @property
    def database_cpu(self) -> float:
        return self.cost.database / max(1, len(self.saves)) * 1000

    @property
    def cpu(self) -> float:
        return self.app_cpu + self.database_cpu

    @property
    def busy_cores(self) -> float:
        return (self.cost.app + self.cost.database) / self.elapsed

    @property
    def other_cores(self) -> float:
        return (self.cost.others + self.cost.stolen) / self.elapsed

    @property
    def is_noisy(self) -> bool:
        return self.other_cores > NOISE_CORES

    def percentile(self, percent: int) -> float:
        """Milliseconds within which this share of the saves was answered."""
        ordered = sorted(self.saves) or [0.0]
        return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] * 1000


def measure(store: Store, plan: Plan) -> Iterator[Sample]:
    """Round by round; within a round the two apps take turns at each kind of work."""
    most = max(plan.connections)
    with open_bare(store, most) as bare, open_ours(store, most) as ours:
        for number in range(1, plan.rounds + 1):
            # Who comes first changes, or a machine that slows down would always hit the same one.
            turns = (ours, bare) if number % 2 else (bare, ours)
            for flow in FLOWS:
                for connections in plan.connections:
                    for side in turns:
                        yield _stretch(side, store, plan, flow, connections, number)


def _stretch(side: Side, store: Store, plan: Plan, flow: str, connections: int, number: int) -> Sample:
    pace = machine.pace_milliseconds()
    flows = [FLOWS[flow](candidate) for candidate in side.candidates[:connections]]
    crowd = Crowd(side.server.port, flows)
    crowd.work(plan.warm_up)
    refused = sum(candidate.refused for candidate in side.candidates)
    before, began = _read_costs(side, store), time.perf_counter()
    took = crowd.work(plan.seconds)
    elapsed, after = time.perf_counter() - began, _read_costs(side, store)
    crowd.close()
    app, database, client, everything, stolen = (new - old for new, old in zip(after, before, strict=True))
    app = max(app, 1 / machine.TICKS)  # the kernel counts in ticks: a very short stretch may have none
    others = max(0.0, everything - app - database - client)
    return Sample(
        flow=flow,
        connections=connections,
        round=number,
        side=side.name,
        elapsed=elapsed,
        saves=took[SAVE],
        pages=took[PAGE],
        refused=sum(candidate.refused for candidate in side.candidates) - refused,
        cost=Cost(app=app, database=database, others=others, stolen=stolen),
        pace=pace,
    )


def _read_costs(side: Side, store: Store) -> tuple[float, float, float, float, float]:
    return (
        machine.tree_seconds(side.server.pid),
        machine.tree_seconds(store.pid) if store.pid else 0.0,
        time.process_time(),
        machine.busy_seconds(),
        machine.stolen_seconds(),
    )
