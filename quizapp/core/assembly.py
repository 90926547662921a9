"""A mock exam's form: exact counts per board domain, every item and every situation at most once.

The picking is a bipartite matching between places in board domains and situations. Situations ask for a
place in order of preference, and one that has a place never loses it again (it may move to another domain
that it also serves). Therefore

- a form is found whenever one exists, the situation rule included;
- when no two candidates share a situation, no other form prefers its items more (least seen, then least
  recently seen): the sets of items that can be placed form a matroid, for which greedy is optimal;
- when some share one, a situation is ranked by its best item, which is the one taken if it fits the domain.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from quizapp.core.items import Order

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An item revision that may be served, with what this learner has seen of the item."""

    item_id: str
    revision_id: int
    domain: str
    situation: str
    standards: tuple[str, ...] = ()
    seen: int = 0
    last_seen: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormEntry:
    """One place of a form: `domain` is the board's, `order` the option order that the learner is shown."""

    revision_id: int
    item_id: str
    domain: str
    order: Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """How many items a board domain lacks."""

    domain: str
    missing: int


class CannotFill(Exception):
    """The candidates cannot fill the form; `shortages` is the smallest total that would be missing."""

    def __init__(self, shortages: Sequence[Shortage]) -> None:
        super().__init__(", ".join(f"{lack.domain} lacks {lack.missing}" for lack in shortages))
        self.shortages = tuple(shortages)


@dataclass(frozen=True, slots=True)
class BoardMap:
    """Which items serve which of a board's domains.

    :ivar sources: for each board domain, the domains of our own whose items serve it.
    :ivar tags: for each board domain, standards; an item with some of these serves just the domains that
        name them, whatever its own domain.
    """

    sources: Mapping[str, Collection[str]]
    tags: Mapping[str, Collection[str]] = field(default_factory=dict)

    def serves(self, domain: str, standards: Collection[str]) -> tuple[str, ...]:
        """The board domains that an item of this domain, with these standards, may be asked for."""
        tagged = tuple(name for name, tags in self.tags.items() if not set(tags).isdisjoint(standards))
        return tagged or tuple(name for name, ours in self.sources.items() if domain in ours)


def assemble(
    form: Mapping[str, int], board: BoardMap, candidates: Iterable[Candidate], seed: int
) -> list[tuple[Candidate, str]]:
    """The items of a form in the order shown, each with the board domain it fills.

    :param form: how many items each board domain holds.
    :param candidates: one revision per item, in any order; the order does not change the result.
    :raises CannotFill: if no form with these counts exists in which no situation occurs twice.
    :raises ValueError: if a count is negative or an item comes twice.
    """
    pool = _checked(form, candidates)
    rng = Random(seed)
    placed = _place(form, board, by_preference(pool, rng))
    if len(placed) < sum(form.values()):
        # In the order of the ids, so that the same bank always gives the same message.
        raise CannotFill(_shortages(form, _place(form, board, pool)))
    rng.shuffle(placed)
    return placed


def by_preference(candidates: Iterable[Candidate], rng: Random) -> list[Candidate]:
    """Least seen first, then least recently seen, then as `rng` has it."""
    pool = sorted(candidates, key=lambda candidate: candidate.item_id)
    rng.shuffle(pool)
    return sorted(pool, key=lambda candidate: (candidate.seen, seen_at(candidate)))


def seen_at(candidate: Candidate) -> datetime:
    """When the learner last saw the item; before all time if never."""
    return candidate.last_seen or _NEVER


def _checked(form: Mapping[str, int], candidates: Iterable[Candidate]) -> list[Candidate]:
    pool = sorted(candidates, key=lambda candidate: candidate.item_id)
    if any(count < 0 for count in form.values()):
        raise ValueError("a form has no negative counts")
    if len({candidate.item_id for candidate in pool}) < len(pool):
        raise ValueError("an item may be a candidate only once")
    return pool


def _place(
    form: Mapping[str, int], board: BoardMap, preferred: Iterable[Candidate]
) -> list[tuple[Candidate, str]]:
    """As many places filled as can be, the first of `preferred` before the others."""
    options = _options(form, board, preferred)
    taken: dict[str, list[str]] = {domain: [] for domain in form}  # board domain -> situations
    left = sum(form.values())
    for situation, fits in options.items():
        if left and _give_place(situation, fits, form, taken, options):
            left -= 1
    return [(options[situation][domain], domain) for domain in form for situation in taken[domain]]


def _options(
    form: Mapping[str, int], board: BoardMap, preferred: Iterable[Candidate]
) -> dict[str, dict[str, Candidate]]:
    """For each situation, in order of preference, the item it would give to each board domain."""
    options: dict[str, dict[str, Candidate]] = {}
    for candidate in preferred:
        for domain in board.serves(candidate.domain, candidate.standards):
            if domain in form:
                options.setdefault(candidate.situation, {}).setdefault(domain, candidate)
    return options


def _give_place(
    situation: str,
    fits: Iterable[str],
    form: Mapping[str, int],
    taken: dict[str, list[str]],
    options: Mapping[str, Mapping[str, Candidate]],
) -> bool:
    """Whether the situation got a place, others moving over for it where they can (an augmenting path)."""
    asks = dict.fromkeys(fits, situation)  # board domain reached -> the situation that would move into it
    came_from: dict[str, str | None] = dict.fromkeys(asks)
    queue = list(asks)
    for domain in queue:  # breadth first: the queue grows while it is read
        if len(taken[domain]) < form[domain]:
            _move(domain, taken, asks, came_from)
            return True
        for other in taken[domain]:
            for way_out in options[other]:
                if way_out not in asks:
                    asks[way_out], came_from[way_out] = other, domain
                    queue.append(way_out)
    return False


def _move(
    free: str, taken: dict[str, list[str]], asks: Mapping[str, str], came_from: Mapping[str, str | None]
) -> None:
    """Shift each situation on the path one domain on; the last step lets the newcomer in."""
    domain: str | None = free
    while domain is not None:
        taken[domain].append(asks[domain])
        previous = came_from[domain]
        if previous is not None:
            taken[previous].remove(asks[domain])
        domain = previous


def _shortages(form: Mapping[str, int], placed: Iterable[tuple[Candidate, str]]) -> list[Shortage]:
    filled = [domain for _, domain in placed]
    lacks = {domain: count - filled.count(domain) for domain, count in form.items()}
    return [Shortage(domain=domain, missing=missing) for domain, missing in lacks.items() if missing]
