"""Every feature's tables, gathered for migrations and tests."""

from quizapp.accounts import models as accounts
from quizapp.banks import models as banks
from quizapp.cohorts import models as cohorts
from quizapp.cohorts import sitting_models as sittings
from quizapp.concerns import models as concerns
from quizapp.exams import models as exams
from quizapp.progress import models as progress

__all__ = ["accounts", "banks", "cohorts", "concerns", "exams", "progress", "sittings"]
