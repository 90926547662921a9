"""`python -m benchmarks NAME`: measures, prints a table, and says which goals hold."""

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from benchmarks import cohort, lint, memory, report, save, score, storm, sync
from benchmarks.report import Row
from benchmarks.sampling import QUICK, Plan
from benchmarks.servers import POSTGRESQL, SQLITE

# A new benchmark is one module with `run(plan)`, and one line here.
BENCHMARKS: dict[str, Callable[[Plan], list[Row]]] = {
    "cohort": cohort.run,
    "lint": lint.run,
    "memory": memory.run,
    "save": save.run,
    "score": score.run,
    "storm": storm.run,
    "sync": sync.run,
}


def main() -> None:
    options = _options()
    plan = QUICK if options.quick else Plan()
    changed = {name: value for name in ("rounds", "seconds") if (value := getattr(options, name)) is not None}
    if options.unprepared:
        changed["is_prepared"] = False
    if options.database:
        changed["databases"] = tuple(options.database)
    rows = BENCHMARKS[options.name](replace(plan, **changed))
    print(f"\n{report.goals_table(rows)}")
    missed = sum(row.holds is False for row in rows)
    print(f"\n{missed} of {sum(row.goal is not None for row in rows)} goals missed")
    if options.json:
        report.write_json(rows, options.json)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("name", choices=sorted(BENCHMARKS))
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the rows into this file")
    short = "one short round: shows that it works, no more"
    parser.add_argument("--quick", "--small", action="store_true", help=short)
    parser.add_argument("--unprepared", action="store_true", help="storm: no form is made ahead")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=float, help="length of each stretch of work")
    parser.add_argument("--database", action="append", choices=(SQLITE, POSTGRESQL))
    return parser.parse_args()


if __name__ == "__main__":
    main()
