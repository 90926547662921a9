"""A conversation of two to six turns: each reply leads to what the other person says next."""

from collections.abc import Iterator
from fractions import Fraction
from random import Random
from typing import Any

from quizapp.core.items import checks, options
from quizapp.core.items.base import (
    Answer,
    Fields,
    Finding,
    InvalidResponse,
    ItemType,
    Order,
    Part,
    Question,
    Rule,
    Score,
    missteps,
)
from quizapp.core.items.conversation import (
    BranchingItem,
    Step,
    Turn,
    expected,
    key_path,
    most,
    now_at,
    reply_at,
    steps_of,
    ways,
)
from quizapp.core.items.conversation_checks import check_lengths, check_loops, check_reached, check_turns
from quizapp.core.scoring import ONE, ZERO


def _credit_per_turn(question: BranchingItem, answer: Answer) -> Score:
    parts = tuple(
        Part(f"turn {n}", reply_at(question, step).earns, ONE)
        for n, step in enumerate(steps_of(question, answer), start=1)
    )
    return Score(sum((part.points for part in parts), ZERO), most(question), parts)


class Branching(ItemType):
    """Each turn on the way earns its credit; what was said stays said."""

    name = "branching"
    example = '{"path": [0, 2]}'
    model = BranchingItem
    rules = {"branching/credit_per_turn@1": Rule(_credit_per_turn, most)}  # noqa: RUF012
    asks_in_stem = False
    in_steps = True

    def usual_rule(self, question: BranchingItem) -> str:
        """The credits of the turns on the way, of those on the best way."""
        return "branching/credit_per_turn@1"

    def chance(self, question: Question, rule_id: str | None = None) -> Fraction:
        """With a reply at random in each turn."""
        assert isinstance(question, BranchingItem)
        self._rule(rule_id or self.rule_id(question))
        return expected(question)

    def patterns(self, question: BranchingItem) -> Iterator[Answer]:
        """Every way through."""
        return ({"path": path} for path in ways(question))

    def pattern_count(self, question: BranchingItem) -> int:
        """How many ways there are."""
        return sum(1 for _ in ways(question))

    def key_answer(self, question: BranchingItem) -> Answer:
        """The key in every turn."""
        return {"path": key_path(question)}

    def plain_order(self, question: BranchingItem) -> tuple[tuple[int, ...], ...]:
        """One order of replies for each turn."""
        return tuple(tuple(range(len(turn.replies))) for turn in question.turns)

    def shuffle(self, question: Question, rng: Random) -> tuple[Any, ...]:
        """The replies of each turn in a new order."""
        assert isinstance(question, BranchingItem)
        return tuple(tuple(rng.sample(order, len(order))) for order in self.plain_order(question))

    def parse(
        self, question: BranchingItem, order: Order, fields: Fields, standing: Answer | None = None
    ) -> Answer | None:
        """What stands with one more reply: {"path": [0, 2]}, the reply's index in each turn met."""
        reply = options.one_value(fields, "reply")
        if reply is None:
            return standing
        steps = steps_of(question, standing)
        number = options.one_value(fields, "turn")
        if number == str(len(steps) + 1) and (turn := now_at(question, steps)) is not None:
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
        steps = steps_of(question, answer)
        if not steps:
            return {}
        last = steps[-1]
        return {"turn": [str(len(steps))], "reply": [str(list(order[last.turn]).index(last.reply) + 1)]}

    def is_complete(self, question: BranchingItem, answer: Answer) -> bool:
        """The conversation is over."""
        return now_at(question, steps_of(question, answer)) is None

    def question(
        self,
        question: BranchingItem,
        order: Order,
        answer: Answer | None,
        fields: Fields | None = None,
        prefix: str = "",
    ) -> dict[str, Any]:
        """What was said so far, and the replies to choose from; or how it ended."""
        steps = steps_of(question, answer)
        turn = now_at(question, steps)
        data: dict[str, Any] = {
            "stem": question.stem,
            "said": [_said(question, step) for step in steps],
            "ends": reply_at(question, steps[-1]).ends if turn is None else None,
        }
        if turn is not None:
            replies = question.turns[turn].replies
            chosen = () if fields is None else fields.get("reply", ())
            data |= {
                "number": len(steps) + 1,
                "says": question.turns[turn].says,
                "options": [
                    {"value": value, "text": replies[index].text, "chosen": value in chosen}
                    for value, index in options.values(order[turn]).items()
                ],
            }
        return data

    def review(self, question: BranchingItem, order: Order, answer: Answer | None) -> dict[str, Any]:
        """The way taken with every reply told, and the best way; without an answer all turns."""
        steps, best = steps_of(question, answer), steps_of(question, self.key_answer(question))
        met: list[tuple[int, int | None]] = [*steps] or [(turn, None) for turn in range(len(question.turns))]
        return {
            "stem": question.stem,
            "steps": [
                {
                    "id": question.turns[turn].id,
                    "says": question.turns[turn].says,
                    "earned": None if reply is None else question.turns[turn].replies[reply].earns,
                    "options": _told(question.turns[turn], order[turn], reply),
                }
                for turn, reply in met
            ],
            "is_answered": bool(steps),
            "ends": reply_at(question, steps[-1]).ends if steps else None,
            "best": [_said(question, step) for step in best],
            "best_ends": reply_at(question, best[-1]).ends,
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
        return missteps([reply_at(question, step) for step in steps_of(question, answer)])

    def missteps_offered(self, question: Question, answer: Answer | None = None) -> frozenset[str]:
        """Those of all replies; with an answer, those of the turns met."""
        if answer is None:
            return super().missteps_offered(question)
        assert isinstance(question, BranchingItem)
        met = [question.turns[step.turn] for step in steps_of(question, answer)]
        return missteps([reply for turn in met for reply in turn.replies])

    def check(self, question: BranchingItem) -> list[Finding]:
        """Every turn can be reached, every way ends and has 2 to 6 turns, and the key's way pays most."""
        found = [
            *checks.kind_without_spot(question),
            *checks.known_rule(question, self.rules),
            *check_turns(question),
        ]
        if question.panel is not None:
            message = "a conversation has no panel of its own: write one for each turn"
            found.append(Finding(("panel",), "error", "panel", message))
        if found:
            return found
        # One after the other: what is asked later takes for ever in a conversation that is wrong before.
        found = [*check_reached(question), *check_loops(question)] or list(check_lengths(question))
        return found or list(checks.key_earns_maximum(question, self, ("turns",)))

    def panel_doubts(self, question: BranchingItem) -> Iterator[Finding]:
        """Most of the panel chose the key in each turn."""
        for index, turn in enumerate(question.turns):
            key = [reply.key for reply in turn.replies].index(True)
            path = ("turns", index, "panel")
            yield from checks.votes_doubts(turn.panel, "best", [(key, "the best")], path)


def _said(question: BranchingItem, step: Step) -> dict[str, str]:
    return {"says": question.turns[step.turn].says, "text": reply_at(question, step).text}


def _told(turn: Turn, order: Order, chosen: int | None) -> list[dict[str, Any]]:
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
                "next": reply.next,
                "ends": reply.ends,
                "chosen": index == chosen,
                "panel": options.panel_share(turn.panel, "best", index),
            }
        )
    return rows
