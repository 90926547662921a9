"""What a conversation is made of, and the ways through it."""

import functools
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from quizapp.core.items.base import Answer, Credit, Item, Option, OptionList, Path, Tag, Text, as_option
from quizapp.core.panel import Panel
from quizapp.core.scoring import ONE, ZERO

MIN_TURNS, MAX_TURNS = 2, 6  # on every way through
MOST_TURNS = 30
MIN_REPLIES, MAX_REPLIES = 2, 5


@as_option
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


def turn_index(question: BranchingItem, name: str | None) -> int:
    return [turn.id for turn in question.turns].index(name or "")


def steps_of(question: BranchingItem, answer: Answer | None) -> list[Step]:
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
        said = question.turns[turn].replies[reply]
        turn = None if said.next is None else turn_index(question, said.next)
    return steps


def reply_at(question: BranchingItem, step: Step) -> Reply:
    return question.turns[step.turn].replies[step.reply]


def now_at(question: BranchingItem, steps: list[Step]) -> int | None:
    """The turn that waits for a reply; None when the conversation is over."""
    if not steps:
        return 0
    last = reply_at(question, steps[-1])
    return None if last.next is None else turn_index(question, last.next)


def ways(question: BranchingItem, turn: int = 0) -> Iterator[list[int]]:
    """Every way through, from a turn on."""
    for index, reply in enumerate(question.turns[turn].replies):
        if reply.next is None:
            yield [index]
        else:
            yield from ([index, *rest] for rest in ways(question, turn_index(question, reply.next)))


def key_path(question: BranchingItem) -> list[int]:
    path, turn = [], 0
    while True:
        replies = question.turns[turn].replies
        path.append([reply.key for reply in replies].index(True))
        following = replies[path[-1]].next
        if following is None:
            return path
        turn = turn_index(question, following)


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


def most(question: BranchingItem) -> Fraction:
    return _from_turns(question, max)


def expected(question: BranchingItem) -> Fraction:
    return _from_turns(question, lambda earned: sum(earned, ZERO) / len(earned))
