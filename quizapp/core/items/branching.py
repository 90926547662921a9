"""A conversation of two to six turns: each reply leads to what the other person says next."""

import functools
from collections.abc import Callable, Iterator
from fractions import Fraction
from random import Random
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from quizapp.core.items import checks, options
from quizapp.core.items.base import (
    Answer,
    Credit,
    Fields,
    Finding,
    InvalidResponse,
    Item,
    ItemType,
    Option,
    OptionList,
    Order,
    Part,
    Path,
    Question,
    Rule,
    Score,
    Tag,
    Text,
    missteps,
)
from quizapp.core.panel import Panel, check_panel
from quizapp.core.scoring import ONE, ZERO

MIN_TURNS, MAX_TURNS = 2, 6  # on every way through
MOST_TURNS = 30
MIN_REPLIES, MAX_REPLIES = 2, 5


class Reply(Option):
    """Something the learner can say, and where it leads."""

    credit: Credit | None = Field(default=None, description="What a reply that is not the key earns.")
    next: Tag | None = Field(default=None, description="The turn that follows.")
    ends: Text | None = Field(default=None, description="How the conversation ends, where no turn follows.")

    @property
    def earns(self) -> Fraction:
        """1 for the key, else its credit."""
        return ONE if self.key else self.credit or ZERO


class Turn(BaseModel):
    """What the other person says or does, and the replies to choose from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Tag
    says: Text
    replies: tuple[Reply, ...]
    panel: Panel | None = None


class BranchingItem(Item):
    """A conversation; the stem sets the scene, the first turn begins it."""

    type: Literal["branching"]
    turns: tuple[Turn, ...] = Field(min_length=1, max_length=MOST_TURNS)

    def lists(self) -> Iterator[OptionList]:
        """The replies of all turns."""
        for index, turn in enumerate(self.turns):
            yield OptionList(("turns", index, "replies"), turn.says, turn.replies)

    def panels(self) -> Iterator[tuple[Path, Panel]]:
        """Those of all turns."""
        yield from super().panels()
        for index, turn in enumerate(self.turns):
            if turn.panel is not None:
                yield ("turns", index, "panel"), turn.panel

    def every_text(self) -> Iterator[tuple[Path, str]]:
        """The scene, what is said in all turns, and how it ends."""
        yield from super().every_text()
        for index, turn in enumerate(self.turns):
            yield ("turns", index, "says"), turn.says
            for place, reply in enumerate(turn.replies):
                if reply.ends:
                    yield ("turns", index, "replies", place, "ends"), reply.ends


class Step(NamedTuple):
    """A turn, by its index, and the reply that was given, by its index."""

    turn: int
    reply: int


def _index(question: BranchingItem, name: str | None) -> int:
    return [turn.id for turn in question.turns].index(name or "")


def _steps(question: BranchingItem, answer: Answer | None) -> list[Step]:
    """The way that an answer took; ValueError for one that does not exist."""
    path = [] if answer is None else answer.get("path")
    if not isinstance(path, list) or (answer is not None and not path):
        raise ValueError(f"path must be a list of replies, not {path!r}")
    steps: list[Step] = []
    turn: int | None = 0
    for reply in path:
        if turn is None or type(reply) is not int or not 0 <= reply < len(question.turns[turn].replies):
            raise ValueError(f"no reply {reply!r} at step {len(steps) + 1}")
        steps.append(Step(turn, reply))
        turn = _now_at(question, steps)
    return steps


def _reply(question: BranchingItem, step: Step) -> Reply:
    return question.turns[step.turn].replies[step.reply]


def _now_at(question: BranchingItem, steps: list[Step]) -> int | None:
    """The turn that waits for a reply; None when the conversation is over."""
    if not steps:
        return 0
    last = _reply(question, steps[-1])
    return None if last.next is None else _index(question, last.next)


def _ways(question: BranchingItem, turn: int = 0) -> Iterator[list[int]]:
    """Every way through, from a turn on."""
    for index, reply in enumerate(question.turns[turn].replies):
        if reply.next is None:
            yield [index]
        else:
            yield from ([index, *rest] for rest in _ways(question, _index(question, reply.next)))


def _key_path(question: BranchingItem) -> list[int]:
    path, turn = [], 0
    while True:
        replies = question.turns[turn].replies
        path.append([reply.key for reply in replies].index(True))
        following = replies[path[-1]].next
        if following is None:
            return path
        turn = _index(question, following)


def _from_turns(question: BranchingItem, of_replies: Callable[[list[Fraction]], Fraction]) -> Fraction:
    """A figure of the first turn, from what each reply earns and the figure of the turn after it."""
    turns = {turn.id: turn for turn in question.turns}

    @functools.cache  # many ways meet in one turn
    def of_turn(name: str) -> Fraction:
        return of_replies(
            [
                reply.earns if reply.next is None else reply.earns + of_turn(reply.next)
                for reply in turns[name].replies
            ]
        )

    return of_turn(question.turns[0].id)


def _most(question: BranchingItem) -> Fraction:
    return _from_turns(question, max)


def _expected(question: BranchingItem) -> Fraction:
    return _from_turns(question, lambda earned: sum(earned, ZERO) / len(earned))


def _credit_per_turn(question: BranchingItem, answer: Answer) -> Score:
    parts = tuple(
        Part(f"turn {n}", _reply(question, step).earns, ONE)
        for n, step in enumerate(_steps(question, answer), start=1)
    )
    return Score(sum((part.points for part in parts), ZERO), _most(question), parts)


class Branching(ItemType):
    """Each turn on the way earns its credit; what was said stays said."""

    name = "branching"
    model = BranchingItem
    rules = {"branching/credit_per_turn@1": Rule(_credit_per_turn, _most)}  # noqa: RUF012
    asks_in_stem = False
    in_steps = True

    def usual_rule(self, question: BranchingItem) -> str:
        """The credits of the turns on the way, of those on the best way."""
        return "branching/credit_per_turn@1"

    def chance(self, question: Question, rule_id: str | None = None) -> Fraction:
        """With a reply at random in each turn."""
        assert isinstance(question, BranchingItem)
        self._rule(rule_id or self.rule_id(question))
        return _expected(question)

    def patterns(self, question: BranchingItem) -> Iterator[Answer]:
        """Every way through."""
        return ({"path": path} for path in _ways(question))

    def pattern_count(self, question: BranchingItem) -> int:
        """How many ways there are."""
        return sum(1 for _ in _ways(question))

    def key_answer(self, question: BranchingItem) -> Answer:
        """The key in every turn."""
        return {"path": _key_path(question)}

    def plain_order(self, question: BranchingItem) -> tuple[tuple[int, ...], ...]:
        """One order of replies for each turn."""
        return tuple(tuple(range(len(turn.replies))) for turn in question.turns)

    def shuffle(self, question: Any, rng: Random) -> tuple[Any, ...]:
        """The replies of each turn in a new order."""
        return tuple(tuple(rng.sample(order, len(order))) for order in self.plain_order(question))

    def parse(
        self, question: BranchingItem, order: Order, fields: Fields, standing: Answer | None = None
    ) -> Answer | None:
        """What stands with one more reply: {"path": [0, 2]}, the reply's index in each turn met."""
        reply = options.one_value(fields, "reply")
        if reply is None:
            return standing
        steps = _steps(question, standing)
        number = options.one_value(fields, "turn")
        if number == str(len(steps) + 1) and (turn := _now_at(question, steps)) is not None:
            said = options.one_of(fields, "reply", options.values(order[turn]))
            return {"path": [*(step.reply for step in steps), said]}
        told = [str(place) for place in range(1, len(steps) + 1)]
        if number not in told:
            raise InvalidResponse("unknown_turn", "The conversation has moved on. Please go on from here.")
        step = steps[told.index(number)]
        if options.values(order[step.turn]).get(reply) != step.reply:
            raise InvalidResponse("said_already", "You have answered here already. What was said stays said.")
        return standing

    def posted(self, question: BranchingItem, order: Order, answer: Answer | None) -> dict[str, list[str]]:
        """The fields of the last reply."""
        steps = _steps(question, answer)
        if not steps:
            return {}
        last = steps[-1]
        return {"turn": [str(len(steps))], "reply": [str(list(order[last.turn]).index(last.reply) + 1)]}

    def is_complete(self, question: BranchingItem, answer: Answer) -> bool:
        """The conversation is over."""
        return _now_at(question, _steps(question, answer)) is None

    def question(
        self,
        question: BranchingItem,
        order: Order,
        answer: Answer | None,
        fields: Fields | None = None,
        prefix: str = "",
    ) -> dict[str, Any]:
        """What was said so far, and the replies to choose from; or how it ended."""
        steps = _steps(question, answer)
        now_at = _now_at(question, steps)
        data: dict[str, Any] = {
            "stem": question.stem,
            "said": [_said(question, step) for step in steps],
            "ends": _reply(question, steps[-1]).ends if now_at is None else None,
        }
        if now_at is not None:
            replies = question.turns[now_at].replies
            chosen = () if fields is None else fields.get("reply", ())
            data |= {
                "number": len(steps) + 1,
                "says": question.turns[now_at].says,
                "options": [
                    {"value": value, "text": replies[index].text, "chosen": value in chosen}
                    for value, index in options.values(order[now_at]).items()
                ],
            }
        return data

    def review(self, question: BranchingItem, order: Order, answer: Answer | None) -> dict[str, Any]:
        """The way taken, turn by turn with every reply told, and the best way."""
        steps, best = _steps(question, answer), _steps(question, self.key_answer(question))
        return {
            "stem": question.stem,
            "steps": [
                {
                    "says": question.turns[step.turn].says,
                    "earned": _reply(question, step).earns,
                    "options": _told(question.turns[step.turn], order[step.turn], step.reply),
                }
                for step in steps
            ],
            "ends": _reply(question, steps[-1]).ends if steps else None,
            "best": [_said(question, step) for step in best],
            "best_ends": _reply(question, best[-1]).ends,
            "is_best": steps == best,
        }

    def in_words(self, question: BranchingItem, answer: Answer) -> str:
        """The replies on the way."""
        return f"replies {', '.join(str(reply + 1) for reply in answer['path'])}"

    def missing(self, question: BranchingItem, answer: Answer) -> Iterator[str]:
        """The turn that waits for a reply."""
        if not self.is_complete(question, answer):
            yield f"turn {len(answer['path']) + 1} is not answered"

    def missteps_chosen(self, question: BranchingItem, answer: Answer | None) -> frozenset[str]:
        """Those of the replies given."""
        return missteps([_reply(question, step) for step in _steps(question, answer)])

    def missteps_offered(self, question: Any, answer: Answer | None = None) -> frozenset[str]:
        """Those of all replies; with an answer, those of the turns met."""
        if answer is None:
            return super().missteps_offered(question)
        met = [question.turns[step.turn] for step in _steps(question, answer)]
        return missteps([reply for turn in met for reply in turn.replies])

    def check(self, question: BranchingItem) -> list[Finding]:
        """Every turn can be reached, every way ends and has 2 to 6 turns, and the key's way pays most."""
        found = [
            *checks.kind_without_spot(question),
            *checks.known_rule(question, self.rules),
            *_check_turns(question),
        ]
        if question.panel is not None:
            message = "a conversation has no panel of its own: write one for each turn"
            found.append(Finding(("panel",), "error", "panel", message))
        if found:
            return found
        # One after the other: what is asked later takes for ever in a conversation that is wrong before.
        found = [*_check_reached(question), *_check_loops(question)] or list(_check_lengths(question))
        return found or list(checks.key_earns_maximum(question, self, ("turns",)))

    def panel_doubts(self, question: BranchingItem) -> Iterator[Finding]:
        """Most of the panel chose the key in each turn."""
        for index, turn in enumerate(question.turns):
            key = [reply.key for reply in turn.replies].index(True)
            path = ("turns", index, "panel")
            yield from checks.votes_doubts(turn.panel, "best", [(key, "the best")], path)


def _said(question: BranchingItem, step: Step) -> dict[str, str]:
    return {"says": question.turns[step.turn].says, "text": _reply(question, step).text}


def _told(turn: Turn, order: Order, chosen: int) -> list[dict[str, Any]]:
    rows = []
    for value, index in options.values(order).items():
        reply = turn.replies[index]
        rows.append(
            {
                "value": value,
                "text": reply.text,
                "rationale": reply.rationale,
                "misstep": reply.misstep,
                "is_key": reply.key,
                "earns": reply.earns,
                "chosen": index == chosen,
                "panel": options.panel_share(turn.panel, "best", index),
            }
        )
    return rows


def _check_turns(question: BranchingItem) -> Iterator[Finding]:
    names = [turn.id for turn in question.turns]
    for index, turn in enumerate(question.turns):
        path: Path = ("turns", index)
        if turn.id in names[:index]:
            yield Finding((*path, "id"), "error", "duplicate-id", f"the turn {turn.id} is there twice")
        yield from checks.count(
            len(turn.replies), MIN_REPLIES, MAX_REPLIES, (*path, "replies"), "reply-count"
        )
        yield from checks.one_key(turn.replies, (*path, "replies"))
        yield from checks.repeats(turn.replies, (*path, "replies"))
        yield from checks.key_fields(question, turn.replies, (*path, "replies"))
        if turn.panel is not None:
            for inside, message in check_panel(turn.panel, len(turn.replies)):
                yield Finding((*path, "panel", *inside), "error", "panel", message)
        for place, reply in enumerate(turn.replies):
            yield from _check_reply(reply, names, (*path, "replies", place))


def _check_reply(reply: Reply, names: list[str], path: Path) -> Iterator[Finding]:
    if reply.next is None and reply.ends is None:
        message = "a dead end: say which turn follows (next), or how the conversation ends (ends)"
        yield Finding(path, "error", "dead-end", message)
    if reply.next is not None and reply.ends is not None:
        message = "a reply leads to a turn or ends the conversation, not both"
        yield Finding((*path, "ends"), "error", "next-and-ends", message)
    if reply.next is not None and reply.next not in names:
        message = f"there is no turn {reply.next}; the turns are {', '.join(names)}"
        yield Finding((*path, "next"), "error", "unknown-turn", message)
    if reply.credit is not None and (reply.key or not 0 <= reply.credit < 1):
        message = "credit is for replies that are not the key, and from 0 to less than 1"
        yield Finding((*path, "credit"), "error", "reply-credit", message)


def _check_reached(question: BranchingItem) -> Iterator[Finding]:
    reached, waiting = {0}, [0]
    for turn in waiting:  # it grows while it is read
        for reply in question.turns[turn].replies:
            if reply.next is not None and (following := _index(question, reply.next)) not in reached:
                reached.add(following)
                waiting.append(following)
    for index, each in enumerate(question.turns):
        if index not in reached:
            message = f"no reply leads to the turn {each.id}"
            yield Finding(("turns", index), "error", "unreachable-turn", message)


def _check_loops(question: BranchingItem) -> Iterator[Finding]:
    """A finding for each reply that leads back to a turn on the way to it."""
    done: set[int] = set()

    def visit(turn: int, above: tuple[int, ...]) -> Iterator[Finding]:
        for place, reply in enumerate(question.turns[turn].replies):
            if reply.next is None:
                continue
            following = _index(question, reply.next)
            if following in (*above, turn):
                path = ("turns", turn, "replies", place, "next")
                message = f"a loop: this leads back to {reply.next}; a conversation only goes on"
                yield Finding(path, "error", "turn-loop", message)
            elif following not in done:
                yield from visit(following, (*above, turn))
        done.add(turn)

    yield from visit(0, ())


def _check_lengths(question: BranchingItem) -> Iterator[Finding]:
    @functools.cache  # of thirty turns in a row with five replies each there are 5^30 ways
    def lengths(turn: int) -> tuple[int, int]:
        each = [
            (0, 0) if reply.next is None else lengths(_index(question, reply.next))
            for reply in question.turns[turn].replies
        ]
        return 1 + min(low for low, _ in each), 1 + max(high for _, high in each)

    shortest, longest = lengths(0)
    if shortest < MIN_TURNS or longest > MAX_TURNS:
        message = (
            f"the ways through have {shortest} to {longest} turns; they may have {MIN_TURNS} to {MAX_TURNS}"
        )
        yield Finding(("turns",), "error", "turn-count", message)
