"""The report of a group, at a short and at a long history; and what its running totals cost an answer."""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, Select, select, text
from werkzeug.test import EnvironBuilder

from benchmarks import history, machine
from benchmarks.history import COHORT, World
from benchmarks.report import Row, at_least, at_most, figure
from benchmarks.sampling import Plan
from benchmarks.servers import SQLITE, Store, open_store
from benchmarks.sides import app_here, production
from quizapp import clock, db
from quizapp.accounts import login
from quizapp.banks.queries import reference
from quizapp.cli import cli
from quizapp.cohorts.models import CohortMember
from quizapp.exams import starting
from quizapp.exams.starting import PracticeFocus
from quizapp.progress import rebuilding
from quizapp.progress.models import PRINCIPLE, Rollup
from quizapp.reports.cohort import first_answers

MOST_PAGE, MOST_GROWTH, MOST_QUERY = 100.0, 1.3, 0.25
MOST_UPKEEP = {SQLITE: 1.15}
MOST_UPKEEP_ELSEWHERE = 1.35
PRINCIPLES = 40
PAGES = ("domain", "principle")
PAGES_A_ROUND, QUERIES = 10, 9
SETS, ITEMS = 10, 20  # practice answered with and without upkeep, in each round


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """An app on a history of some length."""

    responses: int
    app: Flask
    world: World
    client: FlaskClient

    @property
    def engine(self) -> Engine:
        with self.app.app_context():
            return db.database().engine


def run(plan: Plan) -> list[Row]:
    """Measure, and hand back the figures."""
    short, long = plan.responses
    print(f"{machine.describe()}; {plan.rounds} rounds at {short:,} and {long:,} responses", flush=True)
    return [row for kind in plan.databases for row in _run_on(kind, plan)]


def _run_on(kind: str, plan: Plan) -> list[Row]:
    learners = max(COHORT + 50, min(1000, plan.responses[0] // 100))
    with tempfile.TemporaryDirectory(prefix="quizapp-bench-") as folder, ExitStack() as stack:
        store = stack.enter_context(open_store(kind, Path(folder)))
        short, long = (
            stack.enter_context(_open_side(store, learners, responses)) for responses in plan.responses
        )
        rows = [row for side in (short, long) for row in _rebuilt(kind, side)]
        history.make_raw_table(long.app)
        history.refresh_statistics(short.app)
        rows += _pages(kind, store, plan, short, long)
        rows += _queries(kind, long)
        rows += _upkeep(kind, store, plan, short)
    return rows


@contextmanager
def _open_side(store: Store, learners: int, responses: int) -> Iterator[Side]:
    settings = production(store, f"history_{responses}") | {"log_level": "error"}
    with app_here(settings, []) as app:
        app.config["WTF_CSRF_ENABLED"] = False
        began = time.perf_counter()
        world = history.make(app, learners, responses)
        print(f"{store.kind}: {responses:,} responses in {time.perf_counter() - began:.0f} s", flush=True)
        client = app.test_client()
        _sign_in(app, client, world.coordinator_id)
        yield Side(responses=responses, app=app, world=world, client=client)


def _sign_in(app: Flask, client: FlaskClient, user_id: int) -> None:
    with app.app_context(), client.session_transaction() as cookie:
        login.begin_session(cookie, user_id, 1, clock.now())


def _rebuilt(kind: str, side: Side) -> list[Row]:
    """Fill the running totals by the command, which then finds nothing to complain about."""
    took = [_command(side, *words) for words in (("rebuild",), ("rebuild", "--check"))]
    name = f"{kind}, {side.responses:,} responses"
    return [
        figure(f"{name}: rollups rebuild, from nothing", took[0], "s"),
        figure(f"{name}: rollups rebuild --check", took[1], "s"),
    ]


def _command(side: Side, *words: str) -> float:
    began = time.perf_counter()
    done = side.app.test_cli_runner().invoke(cli, ["rollups", *words])
    if done.exit_code:
        raise RuntimeError(done.output[-2000:])
    return time.perf_counter() - began


# Pages


def _pages(kind: str, store: Store, plan: Plan, short: Side, long: Side) -> list[Row]:
    """Each round asks both sides for each page in turns, so that a slow minute of the machine hits both."""
    spent: dict[tuple[str, int], list[float]] = {
        (by, side.responses): [] for by in PAGES for side in (short, long)
    }
    size = 0
    for number in range(plan.rounds + 1):  # the first warms up
        for by in PAGES:
            for side in (short, long) if number % 2 else (long, short):
                page = _page(side, by)
                size = max(size, len(page))
                cost = _cost(store, lambda side=side, by=by: _page(side, by), PAGES_A_ROUND)  # type: ignore[misc]
                if number:
                    spent[by, side.responses].append(cost * 1000)
    rows = []
    for by in PAGES:
        few, many = (spent[by, side.responses] for side in (short, long))
        growth = statistics.median(new / old for old, new in zip(few, many, strict=True))
        rows += [
            at_most(
                f"{kind}: processor time of the page by {by}, {side.responses:,} responses",
                statistics.median(spent[by, side.responses]),
                "ms",
                MOST_PAGE,
            )
            for side in (short, long)
        ]
        name = f"{kind}: page by {by}, {long.responses:,} / {short.responses:,} responses"
        rows.append(at_most(name, growth, "x", MOST_GROWTH))
    return [*rows, figure(f"{kind}: HTML of the largest page", size / 1000, "kB")]


def _page(side: Side, by: str) -> bytes:
    answer = side.client.get(f"/cohorts/{side.world.cohort_id}/report?by={by}")
    if answer.status_code != 200 or answer.data.count(b"<tr>") < 2 * COHORT:
        raise RuntimeError(f"the page by {by} is not whole: {answer.status}")
    whole: bytes = answer.data
    return whole


def _cost(store: Store, work: Callable[[], Any], times: int) -> float:
    """Seconds of processor time for doing it once, ours and the database's."""
    before = _spent(store)
    for _ in range(times):
        work()
    return (_spent(store) - before) / times


def _spent(store: Store) -> float:
    return time.process_time() + (machine.tree_seconds(store.pid) if store.pid else 0.0)


# The query


def _queries(kind: str, side: Side) -> list[Row]:
    """The quickest of some runs each, in turns, with the rows fetched; both must count the same."""
    members = select(CohortMember.user_id).where(CohortMember.cohort_id == side.world.cohort_id)
    from_rollups = first_answers(side.world.cohort_id, PRINCIPLE)
    everything = select(Rollup.learner_id, Rollup.key, Rollup.n, Rollup.hits).where(
        Rollup.learner_id.in_(members), Rollup.kind == PRINCIPLE
    )
    from_raw: Any = text(
        "SELECT learner_id, principle, count(*), sum(correct) FROM raw WHERE learner_id IN"
        " (SELECT user_id FROM cohort_member WHERE cohort_id = :cohort_id AND left_at IS NULL)"
        " GROUP BY learner_id, principle"
    ).bindparams(cohort_id=side.world.cohort_id)
    totals, counted = (_fetch(side.engine, query) for query in (everything, from_raw))
    if {tuple(row) for row in totals} != {tuple(row) for row in counted}:
        raise RuntimeError("the running totals are not what the raw rows add up to")
    cells = len({row[1] for row in totals})
    best: dict[int, float] = {}
    for _ in range(QUERIES):
        for place, query in enumerate((from_rollups, from_raw)):
            began = time.perf_counter()
            _fetch(side.engine, query)
            took = time.perf_counter() - began
            best[place] = min(best.get(place, took), took)
    name = f"{kind}, {side.responses:,} responses"
    return [
        at_least(f"{kind}: principles in the report of {COHORT} learners", cells, "", PRINCIPLES),
        at_most(
            f"{name}: query on rollups / on raw with a covering index", best[0] / best[1], "x", MOST_QUERY
        ),
        figure(f"{name}: query on rollups", best[0] * 1000, "ms"),
        figure(f"{name}: query on raw", best[1] * 1000, "ms"),
    ]


def _fetch(engine: Engine, query: Select[Any] | Any) -> Sequence[Any]:
    with engine.connect() as connection:
        found: Sequence[Any] = connection.execute(query).all()
        return found


# Upkeep


def _upkeep(kind: str, store: Store, plan: Plan, side: Side) -> list[Row]:
    """Practice answers as whole requests, with the totals kept and without, in turns."""
    kept = side.app.extensions["on_scored"]
    waiting = iter(side.world.learner_ids[::-1])
    spent: dict[bool, list[float]] = {True: [], False: []}
    without: set[int] = set()
    for number in range(plan.rounds + 1):  # the first warms up
        for with_upkeep in (True, False) if number % 2 else (False, True):
            learners = list(islice(waiting, SETS))
            requests = [one for learner in learners for one in _answer_requests(side, learner)]
            side.app.extensions["on_scored"] = kept if with_upkeep else ()
            before = _spent(store)
            for environ in requests:
                _send(side.app, environ)
            if number:
                spent[with_upkeep].append((_spent(store) - before) / len(requests) * 1000)
            if not with_upkeep:
                without |= set(learners)
    side.app.extensions["on_scored"] = kept
    ratio = statistics.median(one / other for one, other in zip(spent[True], spent[False], strict=True))
    goal = MOST_UPKEEP.get(kind, MOST_UPKEEP_ELSEWHERE)
    wrong = _wrong(side) - without
    _command(side, "rebuild")
    _command(side, "rebuild", "--check")
    return [
        at_most(f"{kind}: processor time of a practice answer, with rollups / without", ratio, "x", goal),
        figure(f"{kind}: processor time of a practice answer", statistics.median(spent[True]), "ms"),
        figure(f"{kind}: the same without rollups", statistics.median(spent[False]), "ms"),
        at_most(f"{kind}: learners whose rollups a rebuild would change", len(wrong), "", 0),
    ]


def _answer_requests(side: Side, learner_id: int) -> list[dict[str, Any]]:
    """A practice set of this learner's, and the requests that answer it."""
    client = side.app.test_client()
    _sign_in(side.app, client, learner_id)
    with side.app.app_context(), db.database().working_session() as session:
        domains = reference(session).taxonomy.domains
        focus = [PracticeFocus(kind="domain", key=domain.id) for domain in domains]
        attempt = starting.start_practice(session, learner_id, None, focus, ITEMS, clock.now())
        session.commit()
    cookie = client.get_cookie("quizapp")
    assert cookie
    assert attempt.item_count == ITEMS
    made = []
    for position in range(1, ITEMS + 1):
        builder = EnvironBuilder(
            f"/practice/{attempt.id}/{position}",
            base_url=str(side.app.config["SETTINGS"].base_url),
            method="POST",
            data={"choice": str(1 + position % 3)},
            headers=[("Cookie", f"quizapp={cookie.value}")],
        )
        made.append(builder.get_environ())
    return made


def _send(app: Flask, environ: dict[str, Any]) -> None:
    said: list[str] = []
    list(app.wsgi_app(environ, lambda status, *_more: said.append(status)))  # type: ignore[arg-type]
    if said != ["303 SEE OTHER"]:
        raise RuntimeError(f"an answer was refused: {said}")


def _wrong(side: Side) -> set[int]:
    recount = rebuilding.Recount()
    with side.app.app_context(), db.database().open_steady_session(read_only=True) as session:
        return {learner for learner in side.world.learner_ids if recount.differences(session, learner)}
