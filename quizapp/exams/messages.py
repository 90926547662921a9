"""Words for what core can only name."""

from quizapp.core.items import InvalidResponse
from quizapp.i18n import gettext as _


def invalid_response_text(error: InvalidResponse) -> str:
    """What to tell the learner about an answer that cannot be read."""
    texts = {
        "choose_one": _("Please choose one response only."),
        "unknown_choice": _("That response is not on this page. Please choose again."),
        "too_many": _("That is more responses than are asked for. Please take some back."),
        "same_response": _("One response cannot be both the best and the worst."),
        "same_rank": _("Two responses have the same number. Please give each its own."),
        "unknown_rank": _("Please use each number from the list once."),
        "unknown_rating": _("Please rate each response from 1 to 4."),
        "unknown_turn": _("The conversation has moved on. Please go on from here."),
        "said_already": _("You have answered here already. What was said stays said."),
    }
    return texts.get(error.code, _("That answer could not be read. Please choose again."))
