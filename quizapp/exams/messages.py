"""Words for what core can only name."""

from quizapp.core.items import InvalidResponse
from quizapp.i18n import gettext as _


def invalid_response_text(error: InvalidResponse) -> str:
    """What to tell the learner about an answer that cannot be read."""
    texts = {
        "choose_one": _("Please choose one response only."),
        "unknown_choice": _("That response is not on this page. Please choose again."),
    }
    return texts.get(error.code, _("That answer could not be read. Please choose again."))
