"""What a learner's progress pages read: running totals, never the history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizapp.accounts.access import Viewer
from quizapp.banks.queries import catalogue, live_items
from quizapp.core.blueprint import ExamBlueprint
from quizapp.core.intervals import not_enough, wilson
from quizapp.core.selection import Focus, domain_shares, helps_most
from quizapp.progress.models import DOMAIN, MISSTEP, PRINCIPLE, Rollup

HOUSE = "house_readiness"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A domain, principle or misstep with its first answers; the interval is None below five of them.

    `answers` and `right` count repeated items too.
    """

    key: str
    n: int
    hits: Fraction | int
    interval: tuple[float, float] | None
    answers: int
    right: Fraction | int

    @property
    def share(self) -> float | None:
        return float(self.hits / self.n) if self.interval else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standings:
    """A learner's running totals by kind and key."""

    domains: Mapping[str, Standing]
    principles: Mapping[str, Standing]
    missteps: Mapping[str, Standing]

    @property
    def answered(self) -> int:
        """First answers so far."""
        return sum(standing.n for standing in self.domains.values())

    def most_chosen(self, most: int = 5) -> list[Standing]:
        """The missteps chosen at least twice, the most chosen share first."""
        chosen = [standing for standing in self.missteps.values() if standing.hits >= 2]
        return sorted(chosen, key=lambda each: (-each.hits / each.n, -each.hits, each.key))[:most]


def standings(session: Session, learner_id: int) -> Standings:
    """Success on first answers: an item met before says less about what was learned."""
    rows = session.execute(
        select(Rollup.kind, Rollup.key, Rollup.n, Rollup.hits, Rollup.first_n, Rollup.first_hits).where(
            Rollup.learner_id == learner_id
        )
    ).all()
    found: dict[str, dict[str, Standing]] = {DOMAIN: {}, PRINCIPLE: {}, MISSTEP: {}}
    for row in rows:
        # A misstep that comes back on a second try still is one: there every answer counts.
        n, hits = (row.n, row.hits) if row.kind == MISSTEP else (row.first_n, row.first_hits)
        interval = None if not_enough(n) else wilson(hits, n)
        found[row.kind][row.key] = Standing(
            key=row.key, n=n, hits=hits, interval=interval, answers=row.n, right=row.hits
        )
    return Standings(domains=found[DOMAIN], principles=found[PRINCIPLE], missteps=found[MISSTEP])


def activity(session: Session, learner_ids: Sequence[int]) -> dict[int, tuple[datetime, int]]:
    """When each of these learners last scored an answer, and their milliseconds on task; only who did so."""
    rows = session.execute(
        select(Rollup.learner_id, func.max(Rollup.last_at), func.sum(Rollup.milliseconds))
        .where(Rollup.learner_id.in_(learner_ids), Rollup.kind == DOMAIN)
        .group_by(Rollup.learner_id)
    )
    return {learner_id: (last_at, int(milliseconds)) for learner_id, last_at, milliseconds in rows}


def target_blueprint(session: Session, person: Viewer) -> ExamBlueprint | None:
    """The exam that the learner prepares for; the house check when none is chosen."""
    known = catalogue(session).blueprints
    for blueprint_id in (person.target_blueprint_id, HOUSE, *known):
        if blueprint_id is not None and blueprint_id in known:
            return known[blueprint_id].blueprint
    return None


def rank_domains(session: Session, person: Viewer) -> list[Focus]:
    """The domains by what practising them would help most on the target exam; see `ranked`."""
    return ranked(session, person, standings(session, person.id))


def ranked(session: Session, person: Viewer, standing: Standings) -> list[Focus]:
    """By (1 − smoothed success) × share of the form, the domains with unseen items before the others.

    Every answer counts here, so that the order goes on moving once all items were seen.
    """
    blueprint = target_blueprint(session, person)
    if blueprint is None:
        return []
    counts: dict[str, int] = {}
    for item in live_items(session, person.state):
        counts[item.domain] = counts.get(item.domain, 0) + 1
    shares = domain_shares(blueprint.form, blueprint.board_map.sources, counts)
    tallies = {domain: (each.answers, Fraction(each.right)) for domain, each in standing.domains.items()}
    met = {domain: each.n for domain, each in standing.domains.items()}
    best = helps_most(shares, tallies)
    return sorted(best, key=lambda focus: met.get(focus.domain, 0) >= counts.get(focus.domain, 0))


def principles_by_domain(session: Session) -> dict[str, list[str]]:
    """The principles that each domain's live items are keyed on, by the place of the first one."""
    found: dict[str, list[str]] = {}
    taken: set[str] = set()
    for item in catalogue(session).items:
        if item.principle not in taken:
            taken.add(item.principle)
            found.setdefault(item.domain, []).append(item.principle)
    return found
