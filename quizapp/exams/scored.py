"""What scoring hands on to whoever keeps totals; `create_app` says who listens."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from quizapp.core.items import ITEM_TYPES, Answer, Item


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredAnswer:
    """One answered item; omitted and skipped ones are not handed on."""

    domain: str
    principle: str
    is_right: bool
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
    item: Item, answer: Answer, *, is_right: bool, is_first_exposure: bool, milliseconds: int
) -> ScoredAnswer:
    kind = ITEM_TYPES[item.type]
    return ScoredAnswer(
        domain=item.domain,
        principle=item.principle,
        is_right=is_right,
        is_first_exposure=is_first_exposure,
        milliseconds=milliseconds,
        missteps_offered=kind.missteps_offered(item),
        missteps_chosen=kind.missteps_chosen(item, answer),
    )
