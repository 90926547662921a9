"""How far a bank goes for a board's exam: how many separate forms it fills, and what is missing for one more.

Separate forms share no item; within a form no situation occurs twice. Their number is the largest k for which
items can be placed so that each board domain gets k times its count and no situation more than k items. Such
a plan always splits into k forms: make as many places of each domain as its count; then situations and places
are the two sides of a graph in which no node has more than k edges, and by Kőnig's theorem (1916) k colours
are enough for edges that meet to differ. Each colour is a form.
"""

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from quizapp.core.assembly import BoardMap

MOST_FORMS: Final = 50  # nobody needs to know of more

_Node = tuple[str, str]
_SOURCE: Final = ("source", "")
_SINK: Final = ("sink", "")


@dataclass(frozen=True, slots=True)
class Usable:
    """An item that a form may hold."""

    item_id: str
    domain: str
    situation: str
    standards: Collection[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainCoverage:
    """What a bank has for one board domain.

    :ivar wanted: how many items a form asks for.
    :ivar able: how many items can serve it.
    :ivar only: how many of these serve no other domain.
    :ivar missing: how many more it wants for one form more than the bank fills. Where domains share items, a
        shortage of both is told of one of them.
    """

    domain: str
    wanted: int
    able: int
    only: int
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How many separate forms a bank fills, and what it has for each domain, in the order of the form."""

    forms: int
    domains: tuple[DomainCoverage, ...]

    @property
    def is_filled(self) -> bool:
        return self.forms > 0

    @property
    def missing(self) -> int:
        """How many more items one form more would take."""
        return sum(domain.missing for domain in self.domains)


def cover(form: Mapping[str, int], board: BoardMap, items: Iterable[Usable]) -> Coverage:
    """What these items can do for a form.

    :param form: how many items each board domain holds, each at least 1.
    :param items: each item once; their order changes nothing.
    """
    pool = sorted(items, key=lambda item: item.item_id)
    serves = [[name for name in board.serves(item.domain, item.standards) if name in form] for item in pool]
    network = _Network()
    for item, names in zip(pool, serves, strict=True):
        network.widen(("situation", item.situation), ("item", item.item_id), 1)
        for name in names:
            network.widen(("item", item.item_id), ("domain", name), 1)
    forms, missing = -1, dict.fromkeys(form, 0)
    while not any(missing.values()) and forms < MOST_FORMS:
        forms += 1
        missing = _one_form_more(network, form, {item.situation for item in pool})
    return Coverage(
        forms=forms,
        domains=tuple(
            DomainCoverage(
                domain=name,
                wanted=count,
                able=sum(name in names for names in serves),
                only=sum(names == [name] for names in serves),
                missing=missing[name],
            )
            for name, count in form.items()
        ),
    )


def _one_form_more(
    network: "_Network", form: Mapping[str, int], situations: Collection[str]
) -> dict[str, int]:
    """Make room for another form and fill it as far as can be; the places of each domain that stay empty."""
    for situation in sorted(situations):
        network.widen(_SOURCE, ("situation", situation), 1)
    for name, count in form.items():
        network.widen(("domain", name), _SINK, count)
    network.saturate()
    return {name: network.left[("domain", name)][_SINK] for name in form}


class _Network:
    """The largest flow from the source to the sink, by shortest ways (Edmonds and Karp, 1972)."""

    def __init__(self) -> None:
        self.left: dict[_Node, dict[_Node, int]] = {_SOURCE: {}, _SINK: {}}

    def widen(self, start: _Node, end: _Node, by: int) -> None:
        """Let so much more flow from one node to another."""
        self.left.setdefault(start, {}).setdefault(end, 0)
        self.left.setdefault(end, {}).setdefault(start, 0)
        self.left[start][end] += by

    def saturate(self) -> None:
        """Let as much flow as can; what flows already goes on, perhaps along other ways."""
        while path := self._shortest_path():
            for start, end in pairwise(path):
                self.left[start][end] -= 1
                self.left[end][start] += 1

    def _shortest_path(self) -> list[_Node]:
        came_from: dict[_Node, _Node] = {_SOURCE: _SOURCE}
        queue = deque([_SOURCE])
        while queue and _SINK not in came_from:
            node = queue.popleft()
            for onward, room in self.left[node].items():
                if room and onward not in came_from:
                    came_from[onward] = node
                    queue.append(onward)
        if _SINK not in came_from:
            return []
        path = [_SINK]
        while path[-1] != _SOURCE:
            path.append(came_from[path[-1]])
        return path[::-1]
