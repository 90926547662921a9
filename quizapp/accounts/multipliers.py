"""How much time a person takes in mock exams: chosen on the account page, and again at each start."""

from quizapp.i18n import lazy_gettext as _l

# In percent of the board's time; None is no limit.
MULTIPLIERS: dict[str, int | None] = {"1": 100, "1.25": 125, "1.5": 150, "2": 200, "untimed": None}
MULTIPLIER_LABELS = {
    "1": _l("Standard time"),
    "1.25": _l("Time and a quarter"),
    "1.5": _l("Time and a half"),
    "2": _l("Double time"),
    "untimed": _l("No time limit"),
}
