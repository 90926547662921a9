"""What reports are called."""

from quizapp.concerns.models import HURTFUL, SEEN, UNCLEAR, WRONG, State
from quizapp.i18n import gettext as _


def kinds() -> dict[str, str]:
    return {
        WRONG: _("Something is wrong"),
        UNCLEAR: _("It is unclear"),
        HURTFUL: _("It is hurtful"),
        SEEN: _("I saw this in a real exam"),
    }


def kind_name(kind: str) -> str:
    return kinds()[kind]


def state_name(state: State) -> str:
    return {"open": _("Open"), "answered": _("Answered"), "closed": _("Closed")}[state]
