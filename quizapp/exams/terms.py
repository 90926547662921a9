"""What an attempt takes over from the sitting that it belongs to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from quizapp.core.deadline import NOTHING_ADDED, Added
from quizapp.exams.models import AFTER_EACH, AFTER_WINDOW, PRACTICE


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingTerms:
    """The rules of a sitting for one attempt. `number` counts a learner's attempts in it, from 1."""

    sitting_id: int
    number: int
    limit: int
    latest_end: datetime
    feedback: str
    added: Added = NOTHING_ADDED

    def columns(self, mode: str) -> dict[str, Any]:
        """The attempt's columns, but for its time."""
        return {
            "sitting_id": self.sitting_id,
            "sitting_number": self.number,
            "sitting_limit": self.limit,
            "feedback": self.feedback,
            "totals_wait": self.feedback == AFTER_WINDOW
            or (mode == PRACTICE and self.feedback != AFTER_EACH),
        }
