"""How a group does: its learners by domain or principle, its missteps, attempts and weeks.

All of it is read from running totals and the last weeks' attempts: it costs the size of the group, not of
its history. Nothing here says what somebody answered to a single item: below five first answers a
learner's cell tells only how many there are, and sums leave such cells out where they would give them away.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, Text, case, func, select, type_coerce
from sqlalchemy.orm import Session

from quizapp.accounts.models import User
from quizapp.banks.queries import reference
from quizapp.cohorts.models import Cohort, CohortMember
from quizapp.cohorts.queries import is_active_member
from quizapp.core.heat import Count, together
from quizapp.core.intervals import not_enough
from quizapp.exams.models import MOCK, Attempt
from quizapp.progress.models import DOMAIN, MISSTEP, PRINCIPLE, Rollup
from quizapp.progress.queries import activity, principles_by_domain

KINDS = (DOMAIN, PRINCIPLE)
WEEKS = 12  # of attempts
NOTHING: Count = (0, 0)


@dataclass(slots=True, kw_only=True)
class Line:
    """What one learner did. Counts are first answers and how many of them chose the best response."""

    user_id: int
    name: str
    counts: dict[str, Count] = field(default_factory=dict)  # by domain or principle
    total: Count = NOTHING
    last_at: datetime | None = None  # the last scored answer
    finished: int = 0  # attempts in the last weeks
    mocks: int = 0
    last_mock: tuple[datetime, Fraction, int] | None = None  # when, keyed responses, items


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenMisstep:
    """How often a group chose a misstep out of the times it was among the responses."""

    key: str
    offered: int
    chosen: int
    learners: int  # who chose it at least once


@dataclass(slots=True, kw_only=True)
class Week:
    """Attempts that were finished in one week; in `right` of `answered` the best response was chosen."""

    first_day: date
    learners: set[int] = field(default_factory=set)
    attempts: int = 0
    answered: int = 0
    points: Counter[str] = field(default_factory=Counter)  # how many attempts earned as much

    @property
    def right(self) -> Fraction:
        return sum((Fraction(points) * count for points, count in self.points.items()), Fraction(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortReport:
    """Everything that the page and the export show."""

    cohort: Cohort
    by: str  # "domain" or "principle"
    keys: Sequence[str]  # the columns
    lines: Sequence[Line]
    whole: Mapping[str, Count]  # the group by column
    total: Count
    missteps: Sequence[ChosenMisstep]
    weeks: Sequence[Week]

    @property
    def answered(self) -> bool:
        return any(line.counts for line in self.lines)


def read(session: Session, cohort: Cohort, by: str, now: datetime) -> CohortReport:
    """The report in five statements.

    :param by: one of KINDS.
    """
    lines = _members(session, cohort.id)
    for learner_id, key, n, hits in session.execute(first_answers(cohort.id, by)):
        if line := lines.get(learner_id):
            line.counts[key] = n, hits
    for learner_id, (last_at, _milliseconds) in activity(session, list(lines)).items():
        lines[learner_id].last_at = last_at
    columns = _columns(session, by, {key for line in lines.values() for key in line.counts})
    for line in lines.values():
        line.total = together(list(line.counts.values()))
    whole = {key: together([line.counts.get(key, NOTHING) for line in lines.values()]) for key in columns}
    weeks = _weeks(cohort, now)
    _read_attempts(session, cohort, lines, weeks)
    return CohortReport(
        cohort=cohort,
        by=by,
        keys=columns,
        lines=sorted(lines.values(), key=lambda line: (line.name.casefold(), line.user_id)),
        whole=whole,
        total=together(list(whole.values())),
        missteps=_missteps(session, cohort.id),
        weeks=weeks,
    )


def _columns(session: Session, by: str, found: Set[str]) -> list[str]:
    """The domains, or the principles that items are keyed on, in their order; then what else was answered."""
    known = [domain.id for domain in reference(session).taxonomy.domains]
    if by == PRINCIPLE:
        principles = principles_by_domain(session)
        known = [principle for domain in known for principle in principles.get(domain, ())]
    return [*known, *sorted(found - set(known))]


def _in_group(cohort_id: int) -> Any:
    return select(CohortMember.user_id).where(CohortMember.cohort_id == cohort_id, is_active_member())


def _members(session: Session, cohort_id: int) -> dict[int, Line]:
    rows = session.execute(select(User.id, User.name).where(User.id.in_(_in_group(cohort_id))))
    return {row.id: Line(user_id=row.id, name=row.name) for row in rows}


def first_answers(cohort_id: int, by: str) -> Select[int, str, int, Fraction | int]:
    """Each learner's first answers by domain or principle."""
    return select(Rollup.learner_id, Rollup.key, Rollup.first_n, Rollup.first_hits).where(
        Rollup.learner_id.in_(_in_group(cohort_id)), Rollup.kind == by
    )


def _missteps(session: Session, cohort_id: int) -> list[ChosenMisstep]:
    """The most chosen share first; those that were offered too rarely are left out.

    A misstep that comes back on a second try still is one: every answer counts.
    """
    learners = func.sum(case((Rollup.hits > 0, 1), else_=0))
    rows = session.execute(
        select(Rollup.key, func.sum(Rollup.n), func.sum(Rollup.hits), learners)
        .where(Rollup.learner_id.in_(_in_group(cohort_id)), Rollup.kind == MISSTEP)
        .group_by(Rollup.key)
    )
    found = [
        ChosenMisstep(key=key, offered=int(offered), chosen=int(chosen), learners=int(who))
        for key, offered, chosen, who in rows
        if not not_enough(int(offered))
    ]
    return sorted(found, key=lambda each: (-each.chosen / each.offered, -each.offered, each.key))


def _weeks(cohort: Cohort, now: datetime) -> list[Week]:
    """The last weeks from their Mondays, in the programme's zone; an archived group's end with it."""
    last_day = (cohort.archived_at or now).astimezone(ZoneInfo(cohort.programme.time_zone)).date()
    monday = last_day - timedelta(days=last_day.weekday())
    return [Week(first_day=monday - timedelta(weeks=back)) for back in reversed(range(WEEKS))]


def _read_attempts(
    session: Session, cohort: Cohort, lines: Mapping[int, Line], weeks: Sequence[Week]
) -> None:
    """Add what was finished in these weeks to the learners and to the weeks."""
    zone = ZoneInfo(cohort.programme.time_zone)
    # In UTC like the attempts' own times: comparing across zones costs ten times as much.
    starts = [datetime.combine(week.first_day, time(), zone).astimezone(UTC) for week in weeks]
    end = datetime.combine(weeks[-1].first_day + timedelta(weeks=1), time(), zone)
    for learner_id, mode, at, answered, points, items in session.execute(
        _attempts(cohort.id, starts[0], end)
    ):
        line = lines.get(learner_id)
        if line is None:  # has joined since the members were read
            continue
        line.finished += 1
        if mode == MOCK:
            line.mocks += 1
            line.last_mock = max(filter(None, (line.last_mock, (at, Fraction(points or 0), items))))
        week = weeks[bisect_right(starts, at) - 1]
        week.learners.add(learner_id)
        week.attempts += 1
        week.answered += answered
        week.points[points or "0"] += 1


def _attempts(cohort_id: int, since: datetime, until: datetime) -> Select[Any, Any, Any, Any, Any, Any]:
    """Finished attempts; a set that was ended without an answer is none, a mock handed in empty is one."""
    return select(
        Attempt.learner_id,
        Attempt.mode,
        Attempt.submitted_at,
        func.coalesce(Attempt.answered_count, 0),
        type_coerce(Attempt.raw_score, Text),
        Attempt.item_count,
    ).where(
        Attempt.learner_id.in_(_in_group(cohort_id)),
        Attempt.submitted_at >= since,
        Attempt.submitted_at < until,
        (Attempt.mode == MOCK) | (Attempt.answered_count > 0),
        ~Attempt.totals_wait,  # results of a sitting that show later
    )


SORTS: dict[str, Callable[[Line], Any]] = {
    "name": lambda line: (line.name.casefold(), line.user_id),
    "all": lambda line: _share(line.total),
    "active": lambda line: line.last_at.timestamp() if line.last_at else 0,
    "finished": lambda line: line.finished,
}


def ordered(report: CohortReport, sort: str, *, descending: bool) -> list[Line]:
    """The learners by name, by what they did, or by their success in one column."""
    if sort in SORTS:
        return sorted(report.lines, key=SORTS[sort], reverse=descending)
    return sorted(report.lines, key=lambda line: _share(line.counts.get(sort, NOTHING)), reverse=descending)


def _share(count: Count) -> float:
    """Below zero where there is not enough to tell."""
    n, hits = count
    return -1.0 if not_enough(n) else float(hits / n)
