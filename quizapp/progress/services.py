"""Keeping the running totals: called by whatever scores, inside its transaction."""

import functools
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, cast

from sqlalchemy import Table, bindparam, func
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import UpdateBase

from quizapp.db import PartCount, insert_for
from quizapp.direct import Direct, Prepared
from quizapp.exams.scored import Scored, ScoredAnswer
from quizapp.progress.models import DOMAIN, MISSTEP, PRINCIPLE, Rollup

SUMS = ("n", "hits", "first_n", "first_hits", "milliseconds")  # as in Tally
LONGEST_ON_TASK = 10 * 60 * 1000  # what is longer for one item was a page left open


@dataclass(slots=True)
class Tally:
    n: int = 0
    hits: Fraction | int = 0
    first_n: int = 0
    first_hits: Fraction | int = 0
    milliseconds: int = 0

    def add(self, answer: ScoredAnswer, hit: Fraction | int) -> None:
        self.n += 1
        self.hits += hit
        if answer.is_first_exposure:
            self.first_n += 1
            self.first_hits += hit
        self.milliseconds += min(answer.milliseconds, LONGEST_ON_TASK)


def update_rollups(session: Session, scored: Scored) -> None:
    """Add scored answers to their learner's totals, in one statement."""
    tallies = tally(scored.answers)
    if not tallies:
        return
    values: dict[str, Any] = {"learner_id": scored.learner_id, "last_at": scored.at}
    # Sorted, so that two transactions of one learner take their rows in one order.
    for place, (kind, key) in enumerate(sorted(tallies)):
        values[f"kind{place}"], values[f"key{place}"] = kind, key
        for name in SUMS:
            values[f"{name}{place}"] = getattr(tallies[kind, key], name)
    # The short way: SQLAlchemy would compile a statement of many rows anew for each answer.
    Direct.within(session).run(_upsert(len(tallies)), values)


@functools.cache
def _upsert(count: int) -> Prepared:
    """The statement for this number of rows; an answer has about five, a mock up to a hundred."""
    return Prepared(lambda dialect: _make_upsert(dialect, count))


def _make_upsert(dialect: str, count: int) -> UpdateBase:
    old = cast(Table, Rollup.__table__).c
    rows = [
        {name: bindparam(name, type_=old[name].type) for name in ("learner_id", "last_at")}
        | {name: bindparam(f"{name}{place}", type_=old[name].type) for name in ("kind", "key", *SUMS)}
        for place in range(count)
    ]
    statement = insert_for(dialect, Rollup).values(rows)
    new = statement.excluded
    # A mock that ran out is scored as of its end, perhaps after answers that came later.
    later = func.max if dialect == "sqlite" else func.greatest
    return statement.on_conflict_do_update(
        index_elements=[old.learner_id, old.kind, old.key],
        set_={name: old[name] + new[name] for name in SUMS} | {"last_at": later(old.last_at, new.last_at)},
    )


def tally(answers: tuple[ScoredAnswer, ...]) -> dict[tuple[str, str], Tally]:
    """Totals of these answers by (kind, key)."""
    tallies: dict[tuple[str, str], Tally] = defaultdict(Tally)
    for answer in answers:
        for key, hit in counted_in(answer):
            tallies[key].add(answer, hit)
    return dict(tallies)


def counted_in(answer: ScoredAnswer) -> Iterator[tuple[tuple[str, str], Fraction | int]]:
    """Each (kind, key) that an answer counts in, and how much of a hit it is there, 0 to 1."""
    earned = PartCount.nearest(answer.share)
    yield (DOMAIN, answer.domain), earned
    yield (PRINCIPLE, answer.principle), earned
    for misstep in answer.missteps_offered:
        yield (MISSTEP, misstep), int(misstep in answer.missteps_chosen)
