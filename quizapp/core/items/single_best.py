"""Pick the best of three to five options."""

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from quizapp.core.items import checks, options
from quizapp.core.items.base import (
    Answer,
    Fields,
    Finding,
    Item,
    OptionQuestion,
    Order,
    Rule,
    Score,
    missteps,
)
from quizapp.core.panel import aggregate_credit
from quizapp.core.scoring import ONE, ZERO

FIELD = "choice"
PANEL_SHARE = "single_best/panel_share@1"
MIN_OPTIONS, MAX_OPTIONS = 3, 5
RIGHT, WRONG = Score(ONE, ONE), Score(ZERO, ONE)


class SingleBestQuestion(OptionQuestion):
    """A question with one key among its options."""

    type: Literal["single_best"]
    has_one_key: ClassVar[bool] = True


class SingleBestItem(SingleBestQuestion, Item):
    """An item with one key among its options."""


def _key(question: SingleBestQuestion, answer: Answer) -> Score:
    return RIGHT if question.options[_chosen(question, answer)].key else WRONG


def _panel_share(question: SingleBestQuestion, answer: Answer) -> Score:
    """The votes of the chosen option out of those of the most chosen one: to look at, not for marks."""
    if question.panel is None or question.panel.best is None:
        raise ValueError("this rule needs the votes of a panel")
    return Score(aggregate_credit(question.panel.best)[_chosen(question, answer)], ONE)


def _chosen(question: SingleBestQuestion, answer: Answer) -> int:
    return options.chosen_index(question, answer.get("option"))


class SingleBest(options.OneListType):
    """One right option earns the point; any other earns nothing."""

    name = "single_best"
    example = '{"option": 2}'
    model = SingleBestItem
    part_model = SingleBestQuestion
    picks_one = True
    rules = {"single_best/key@1": Rule(_key), PANEL_SHARE: Rule(_panel_share)}  # noqa: RUF012

    def usual_rule(self, question: SingleBestQuestion) -> str:
        """1 for the key, else 0."""
        return "single_best/key@1"

    def patterns(self, question: SingleBestQuestion) -> Iterator[Answer]:
        """Each option."""
        return ({"option": index} for index in range(len(question.options)))

    def pattern_count(self, question: SingleBestQuestion) -> int:
        """As many as options."""
        return len(question.options)

    def key_answer(self, question: SingleBestQuestion) -> Answer:
        """The key."""
        return {"option": [option.key for option in question.options].index(True)}

    def parse(
        self, question: SingleBestQuestion, order: Order, fields: Fields, standing: Answer | None = None
    ) -> Answer | None:
        """{"option": i}; None when nothing was chosen."""
        chosen = options.one_of(fields, FIELD, options.values(order))
        return None if chosen is None else {"option": chosen}

    def posted(
        self, question: SingleBestQuestion, order: Order, answer: Answer | None
    ) -> dict[str, list[str]]:
        """The posted fields of an answer."""
        return {} if answer is None else {FIELD: [str(tuple(order).index(_chosen(question, answer)) + 1)]}

    def is_complete(self, question: SingleBestQuestion, answer: Answer) -> bool:
        """A choice is all there is."""
        return True

    def question(
        self,
        question: SingleBestQuestion,
        order: Order,
        answer: Answer | None,
        fields: Fields | None = None,
        prefix: str = "",
    ) -> dict[str, Any]:
        """Stem and option texts in the shown order."""
        sent = self.posted(question, order, answer) if fields is None else fields
        rows = [
            row | {"chosen": row["value"] in sent.get(FIELD, ())} for row in options.shown(question, order)
        ]
        return {"field": prefix + FIELD, "stem": question.stem, "options": rows}

    def review(self, question: SingleBestQuestion, order: Order, answer: Answer | None) -> dict[str, Any]:
        """The question with key, rationales and missteps."""
        chosen = None if answer is None else _chosen(question, answer)
        rows = [
            row
            | {
                "chosen": row["index"] == chosen,
                "panel": options.panel_share(question.panel, "best", row["index"]),
            }
            for row in options.told(question, order)
        ]
        return {"stem": question.stem, "options": rows}

    def in_words(self, question: SingleBestQuestion, answer: Answer) -> str:
        """The option."""
        return f"option {answer['option'] + 1}"

    def missteps_chosen(self, question: SingleBestQuestion, answer: Answer | None) -> frozenset[str]:
        """The misstep of the chosen option."""
        return frozenset() if answer is None else missteps([question.options[_chosen(question, answer)]])

    def check(self, question: SingleBestQuestion) -> list[Finding]:
        """The rules on options: how many, one key, a misstep for each wrong one, no text twice."""
        if question.rule is None and checks.picks_one_in_order(question, MIN_OPTIONS, MAX_OPTIONS):
            return []
        found = [
            *checks.count(len(question.options), MIN_OPTIONS, MAX_OPTIONS),
            *checks.one_key(question.options),
            *checks.repeats(question.options),
            *checks.key_fields(question, question.options),
            *checks.panel_fits(question),
        ]
        if question.rule is None:  # the usual rule gives the key all there is
            return found
        found += checks.known_rule(question, self.rules)
        if question.rule == PANEL_SHARE and (question.panel is None or question.panel.best is None):
            message = f"{PANEL_SHARE} needs a panel with the votes for the best option"
            found.append(Finding(("rule",), "error", "panel", message))
        return found or list(checks.key_earns_maximum(question, self))

    def panel_doubts(self, question: SingleBestQuestion) -> Iterator[Finding]:
        """Most of the panel chose the key."""
        panel = question.panel
        wanted = [(index, "the best") for index, option in enumerate(question.options) if option.key]
        yield from checks.votes_doubts(panel, "best", wanted)
