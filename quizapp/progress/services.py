"""Keeping the running totals: called by whatever scores, inside its transaction."""

from collections import defaultdict
from dataclasses import astuple, dataclass
from typing import cast

from sqlalchemy import Table
from sqlalchemy.orm import Session

from quizapp.db import insert_for
from quizapp.exams.scored import Scored, ScoredAnswer
from quizapp.progress.models import DOMAIN, MISSTEP, PRINCIPLE, Rollup

SUMS = ("n", "hits", "first_n", "first_hits", "milliseconds")  # as in _Tally
LONGEST_ON_TASK = 10 * 60 * 1000  # what is longer for one item was a page left open


@dataclass(slots=True)
class _Tally:
    n: int = 0
    hits: int = 0
    first_n: int = 0
    first_hits: int = 0
    milliseconds: int = 0

    def add(self, answer: ScoredAnswer, *, is_hit: bool) -> None:
        self.n += 1
        self.hits += is_hit
        self.first_n += answer.is_first_exposure
        self.first_hits += is_hit and answer.is_first_exposure
        self.milliseconds += min(answer.milliseconds, LONGEST_ON_TASK)


def update_rollups(session: Session, scored: Scored) -> None:
    """Add scored answers to their learner's totals, in one statement."""
    tallies = tally(scored.answers)
    if not tallies:
        return
    # Sorted, so that two transactions of one learner take their rows in one order.
    rows = [
        dict(zip(("learner_id", "kind", "key"), (scored.learner_id, *key), strict=True))
        | dict(zip(SUMS, astuple(tallies[key]), strict=True))
        | {"last_at": scored.at}
        for key in sorted(tallies)
    ]
    connection = session.connection()
    statement = insert_for(connection.dialect.name, Rollup).values(rows)
    new, old = statement.excluded, cast(Table, Rollup.__table__).c
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[old.learner_id, old.kind, old.key],
            set_={name: old[name] + new[name] for name in SUMS} | {"last_at": new.last_at},
        )
    )


def tally(answers: tuple[ScoredAnswer, ...]) -> dict[tuple[str, str], _Tally]:
    """Totals of these answers by (kind, key)."""
    tallies: dict[tuple[str, str], _Tally] = defaultdict(_Tally)
    for answer in answers:
        for kind, key in ((DOMAIN, answer.domain), (PRINCIPLE, answer.principle)):
            tallies[kind, key].add(answer, is_hit=answer.is_right)
        for misstep in answer.missteps_offered:
            tallies[MISSTEP, misstep].add(answer, is_hit=misstep in answer.missteps_chosen)
    return dict(tallies)
