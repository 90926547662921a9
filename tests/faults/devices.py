"""Two devices with two tabs each, which answer one item over a network that delays, loses and repeats.

The tabs do as the page's script does: changes of one page follow each other, and a change is sent again with
the same id until the server has said what became of it. What a browser keeps survives its end.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Protocol

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from quizapp.core.deadline import Timing, arrival
from quizapp.core.versions import Change, Late, Recorded, Replayed, Saved, Stored, apply, decide
from tests.factories import NOW

TABS = st.integers(0, 3)  # 0 and 1 are on one device, 2 and 3 on the other
ANY = st.integers(0, 50)  # which of all that are there
WRITTEN = ("saved", "late")


@dataclass(frozen=True, slots=True)
class Told:
    """The server's answer to one arrival of a change."""

    outcome: str
    version: int
    is_replay: bool


class Service(Protocol):
    """What receives changes: the plain rule, or a database."""

    @property
    def stored(self) -> Stored: ...

    @property
    def history(self) -> Mapping[str, Recorded]: ...

    def tell(self, change: Change) -> Told: ...

    def wait(self, seconds: int) -> None: ...

    def add_time(self, seconds: int) -> None: ...

    def hand_in(self) -> None: ...


@dataclass
class Rule:
    """`core.versions` and nothing else."""

    stored: Stored = field(default_factory=Stored)
    history: Mapping[str, Recorded] = field(default_factory=dict)
    timing: Timing = field(default_factory=lambda: Timing(started_at=NOW, limit_seconds=4500))
    seconds: int = 0
    is_handed_in: bool = False

    def tell(self, change: Change) -> Told:
        now = NOW + timedelta(seconds=self.seconds)
        when = "closed" if self.is_handed_in else arrival(self.timing, now)
        decision = decide(self.stored, self.history, change, when)
        self.stored, self.history = apply(self.stored, self.history, change, decision)
        if isinstance(decision, Replayed):
            return Told(decision.outcome, decision.version, is_replay=True)
        row = self.history[change.change_id]
        if isinstance(decision, Saved | Late):
            assert row.version == decision.version
        return Told(row.outcome, row.version, is_replay=False)

    def wait(self, seconds: int) -> None:
        self.seconds += seconds

    def add_time(self, seconds: int) -> None:
        self.timing = replace(self.timing, added_seconds=self.timing.added_seconds + seconds)

    def hand_in(self) -> None:
        self.is_handed_in = True


@dataclass
class Kept:
    """A change that a browser keeps until it is settled; `knows` is what its page showed before it."""

    page: int
    change: Change
    knows: Any


@dataclass
class Page:
    """One load of the item's page: the version and the answer that it stands on."""

    number: int
    base: int
    shows: Any


class Devices(RuleBasedStateMachine):
    """Every order in which requests and answers can arrive, be lost or come twice."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        self.service = service
        self.numbers = itertools.count()
        self.pages = [self._load() for _tab in range(4)]
        self.kept: list[list[Kept]] = [[] for _tab in range(4)]
        self.requests: list[Kept] = []
        self.answers: list[tuple[Kept, Told]] = []
        self.acknowledged: list[tuple[Change, Told]] = []

    def _load(self) -> Page:
        stored = self.service.stored
        return Page(next(self.numbers), stored.version, stored.answer)

    @rule(tab=TABS, option=st.integers(0, 2), is_flagged=st.booleans(), is_cleared=st.booleans())
    def choose(self, tab: int, option: int, is_flagged: bool, is_cleared: bool) -> None:
        """The learner answers; the change waits for those before it."""
        page = self.pages[tab]
        body = {"answer": None if is_cleared else {"option": option}, "flagged": is_flagged}
        change = Change(base=page.base, change_id=f"change-{next(self.numbers):06}", body=body)
        self.kept[tab].append(Kept(page.number, change, page.shows))
        page.shows = body

    @precondition(lambda self: any(self.kept))
    @rule(tab=TABS)
    def send(self, tab: int) -> None:
        """The first that is not settled, also when it is on its way already."""
        if self.kept[tab]:
            self.requests.append(replace(self.kept[tab][0]))

    @precondition(lambda self: self.requests)
    @rule(which=ANY, is_repeated=st.booleans())
    def arrive(self, which: int, is_repeated: bool) -> None:
        """A request of any age reaches the server, perhaps not for the last time."""
        place = which % len(self.requests)
        self._receive(self.requests[place] if is_repeated else self.requests.pop(place))

    def _receive(self, request: Kept) -> None:
        before = self.service.stored
        told = self.service.tell(request.change)
        if told.outcome in WRITTEN and not told.is_replay:
            assert before == Stored(version=request.change.base, answer=request.knows), "overwritten unseen"
        else:
            assert self.service.stored == before
        self.answers.append((request, told))

    @precondition(lambda self: any(self.kept))
    @rule(tab=TABS)
    def send_over_a_good_line(self, tab: int) -> None:
        """There and back before anything else happens."""
        if self.kept[tab]:
            self._receive(replace(self.kept[tab][0]))
            self.hear(len(self.answers) - 1)

    @precondition(lambda self: self.requests)
    @rule(which=ANY)
    def lose_request(self, which: int) -> None:
        self.requests.pop(which % len(self.requests))

    @precondition(lambda self: self.answers)
    @rule(which=ANY)
    def lose_answer(self, which: int) -> None:
        self.answers.pop(which % len(self.answers))

    @precondition(lambda self: self.answers)
    @rule(which=ANY)
    def hear(self, which: int) -> None:
        """An answer comes back; the tab that waits for it goes on from there."""
        request, told = self.answers.pop(which % len(self.answers))
        self.acknowledged.append((request.change, told))
        for tab, kept in enumerate(self.kept):
            if kept and kept[0].change.change_id == request.change.change_id:
                self._settle(tab, kept.pop(0), told)

    def _settle(self, tab: int, settled: Kept, told: Told) -> None:
        page, rest = self.pages[tab], self.kept[tab]
        if told.outcome in WRITTEN:
            for each in rest:
                if each.page == settled.page:
                    each.change = replace(each.change, base=max(each.change.base, told.version))
            if page.number == settled.page:
                page.base = max(page.base, told.version)
        elif told.outcome == "conflict":
            # The learner is shown what stands and asked: the next choice is made on top of that.
            rest[:] = [each for each in rest if each.page != settled.page]
            self.pages[tab] = self._load()
        elif behind := [each for each in rest if each.page == settled.page]:
            behind[0].knows = settled.knows  # time may be added before it arrives
        else:
            self.pages[tab] = self._load()

    @rule(tab=TABS)
    def reload(self, tab: int) -> None:
        """What is kept stays, and belongs to the page that it was made on."""
        self.pages[tab] = self._load()

    @rule(device=st.integers(0, 1))
    def kill_browser(self, device: int) -> None:
        """It is opened again with one tab, which sends what both had kept."""
        first, second = 2 * device, 2 * device + 1
        self.kept[first] += self.kept[second]
        self.kept[second] = []
        self.pages[first], self.pages[second] = self._load(), self._load()

    @rule(seconds=st.sampled_from([1, 60, 4490, 4510, 31]))
    def wait(self, seconds: int) -> None:
        self.service.wait(seconds)

    @rule(minutes=st.integers(1, 90))
    def add_time(self, minutes: int) -> None:
        self.service.add_time(60 * minutes)

    @precondition(lambda self: len(self.acknowledged) > 5)
    @rule()
    def hand_in(self) -> None:
        self.service.hand_in()

    @invariant()
    def nothing_acknowledged_is_lost(self) -> None:
        stored, history = self.service.stored, self.service.history
        for change, told in self.acknowledged:
            row = history[change.change_id]
            assert (row.outcome, row.version, row.body) == (told.outcome, told.version, change.body)
            if told.outcome in WRITTEN:
                assert stored.version >= told.version
                assert stored.version > told.version or stored.answer == change.body

    @invariant()
    def versions_follow_each_other(self) -> None:
        written = [row.version for row in self.service.history.values() if row.outcome in WRITTEN]
        assert sorted(written) == list(range(1, self.service.stored.version + 1))
