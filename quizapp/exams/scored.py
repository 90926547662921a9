"""What scoring hands on to whoever keeps totals; `create_app` says who listens."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sqlalchemy.orm import Session

from quizapp.core.items import ITEM_TYPES, Answer, Item


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredAnswer:
    """One answered item; omitted and skipped ones are not handed on."""

    domain: str
    principle: str
    share: Fraction  # of the item's points, 0 to 1
    is_first_exposure: bool
    milliseconds: int
    missteps_offered: frozenset[str]
    missteps_chosen: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """Answers of one learner that were scored together."""

    learner_id: int
    at: datetime
    answers: tuple[ScoredAnswer, ...]


OnScored = Callable[[Session, Scored], None]


def scored_answer(
    item: Item, answer: Answer, *, share: Fraction, is_first_exposure: bool, milliseconds: int
) -> ScoredAnswer:
    kind = ITEM_TYPES[item.type]
    return ScoredAnswer(
        domain=item.domain,
        principle=item.principle,
        share=share,
        is_first_exposure=is_first_exposure,
        milliseconds=milliseconds,
        missteps_offered=kind.missteps_offered(item, answer),
        missteps_chosen=kind.missteps_chosen(item, answer),
    )
