"""The one next step of the home page, with its reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from quizapp.core.blueprint import ExamBlueprint
from quizapp.core.selection import Focus
from quizapp.exams.queries import OpenMockLine, OpenPractice, Overview
from quizapp.progress.queries import Standings


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """What to do now; which of the other fields is set depends on `kind`."""

    kind: Literal["go_on_mock", "hand_in_mock", "go_on_practice", "begin", "practise"]
    mock: OpenMockLine | None = None
    practice: OpenPractice | None = None
    focus: Focus | None = None
    exam_items: int = 0  # how many items of the target exam the focus stands for


def next_step(
    standings: Standings,
    overview: Overview,
    ranked: Sequence[Focus],
    blueprint: ExamBlueprint | None,
    now: datetime,
) -> NextStep:
    """What is open comes first; then what helps most on the target exam."""
    if overview.open_mocks:
        # One whose clock runs comes before one whose time is over; of several, the one that ends first.
        mock = min(overview.open_mocks, key=lambda each: (each.closes_at < now, each.closes_at))
        return NextStep(kind="hand_in_mock" if mock.closes_at < now else "go_on_mock", mock=mock)
    begun = [practice for practice in overview.open_practice if practice.done]
    if begun:
        return NextStep(kind="go_on_practice", practice=begun[0])
    if not standings.answered or not ranked or blueprint is None:
        return NextStep(kind="begin")
    best = ranked[0]
    return NextStep(kind="practise", focus=best, exam_items=round(best.share * blueprint.items))
