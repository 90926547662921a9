"""The shapes of what pages and scripts send to practice and mock exams."""

import re
import secrets
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from wtforms import BooleanField, Form, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import AnyOf

from quizapp.accounts.multipliers import MULTIPLIER_LABELS
from quizapp.core.certainty import LEVELS
from quizapp.exams.starting import SET_SIZES
from quizapp.i18n import lazy_gettext as _l

ABOUT = ("helps", "domain", "principle", "misstep", "type")
CHANGE_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


class StartPracticeForm(Form):
    """What to practise, and how much of it. The page itself draws the lists."""

    about = StringField(default="helps", validators=[AnyOf(ABOUT)])
    domain = StringField()
    principle = StringField()
    misstep = StringField()
    type = StringField()
    size = StringField(default=str(SET_SIZES[1]), validators=[AnyOf([str(size) for size in SET_SIZES])])
    # A box that is not ticked is not sent: this tells it apart from a form without the box, as at home.
    offers_certainty = BooleanField()
    asks_certainty = BooleanField()

    def wants_certainty(self, usual: bool) -> bool:
        """Whether to ask how sure the learner is: as chosen here, else as usual."""
        return bool(self.asks_certainty.data if self.offers_certainty.data else usual)


class StartMockForm(Form):
    """The accommodations of one mock exam."""

    time_multiplier = SelectField(
        _l("Time"),
        choices=[SelectChoice(value, label) for value, label in MULTIPLIER_LABELS.items()],
    )
    hides_clock = BooleanField(_l("Hide the clock"))


Short = Annotated[str, StringConstraints(max_length=200)]


class SaveRequest(BaseModel):
    """The body of a save by script: one change of one answer."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    base: int = Field(ge=0, le=10**9)
    change_id: str = Field(pattern=rf"^{CHANGE_ID.pattern}$")
    fields: dict[Short, Annotated[list[Short], Field(max_length=50)]] = Field(max_length=50)
    flagged: bool
    ms: int = Field(ge=0, le=10**9)


def new_change_id() -> str:
    return secrets.token_urlsafe(12)


def whole_number(text: str | None, most: int = 10**9) -> int:
    """A posted whole number from 0 to `most`; 0 for anything else."""
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 14:
        return 0
    return min(int(text), most)


def certainty_level(form: Mapping[str, Any]) -> int | None:
    """How sure the learner says they are; None for anything that is no level."""
    return {str(level): level for level in LEVELS}.get(form.get("certainty", ""))


def look_milliseconds(form: Mapping[str, Any], now_ms: int) -> int:
    """How long the item was looked at: counted by the script, else since the page was made."""
    if form.get("ms"):
        return whole_number(form.get("ms"))
    shown = whole_number(form.get("shown"), most=10**13) if form.get("shown") else now_ms
    return max(0, now_ms - shown)
