"""What can be wrong with a conversation: dead ends, loops, turns that nothing leads to."""

import functools
from collections.abc import Iterator

from quizapp.core.items import checks
from quizapp.core.items.base import Finding, Path
from quizapp.core.items.conversation import (
    MAX_REPLIES,
    MAX_TURNS,
    MIN_REPLIES,
    MIN_TURNS,
    BranchingItem,
    Reply,
    turn_index,
)
from quizapp.core.panel import check_panel


def check_turns(question: BranchingItem) -> Iterator[Finding]:
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


def check_reached(question: BranchingItem) -> Iterator[Finding]:
    reached, waiting = {0}, [0]
    for turn in waiting:  # it grows while it is read
        for reply in question.turns[turn].replies:
            if reply.next is not None and (following := turn_index(question, reply.next)) not in reached:
                reached.add(following)
                waiting.append(following)
    for index, each in enumerate(question.turns):
        if index not in reached:
            message = f"no reply leads to the turn {each.id}"
            yield Finding(("turns", index), "error", "unreachable-turn", message)


def check_loops(question: BranchingItem) -> Iterator[Finding]:
    """A finding for each reply that leads back to a turn on the way to it."""
    done: set[int] = set()

    def visit(turn: int, above: tuple[int, ...]) -> Iterator[Finding]:
        for place, reply in enumerate(question.turns[turn].replies):
            if reply.next is None:
                continue
            following = turn_index(question, reply.next)
            if following in (*above, turn):
                path = ("turns", turn, "replies", place, "next")
                message = f"a loop: this leads back to {reply.next}; a conversation only goes on"
                yield Finding(path, "error", "turn-loop", message)
            elif following not in done:
                yield from visit(following, (*above, turn))
        done.add(turn)

    yield from visit(0, ())


def check_lengths(question: BranchingItem) -> Iterator[Finding]:
    @functools.cache  # of thirty turns in a row with five replies each there are 5^30 ways
    def lengths(turn: int) -> tuple[int, int]:
        each = [
            (0, 0) if reply.next is None else lengths(turn_index(question, reply.next))
            for reply in question.turns[turn].replies
        ]
        return 1 + min(low for low, _ in each), 1 + max(high for _, high in each)

    shortest, longest = lengths(0)
    if shortest < MIN_TURNS or longest > MAX_TURNS:
        message = (
            f"the ways through have {shortest} to {longest} turns; they may have {MIN_TURNS} to {MAX_TURNS}"
        )
        yield Finding(("turns",), "error", "turn-count", message)
