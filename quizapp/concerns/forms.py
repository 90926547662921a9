"""What learners and staff write about items: shape only, rules are in the services."""

import unicodedata

from wtforms import Form, IntegerField, StringField, TextAreaField, ValidationError
from wtforms.validators import AnyOf, DataRequired, InputRequired, Length, Optional

from quizapp.concerns.models import KINDS
from quizapp.i18n import lazy_gettext as _l

LONGEST_WORDS, LONGEST_ANSWER = 500, 1000
TOO_LONG = _l("Please use at most 500 characters.")


def _tidied(text: str | None) -> str | None:
    """Without space around it, and with ends of lines as one sign, as browsers count them."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip() if text else text


def _plain_text(_form: Form, field: StringField) -> None:
    for character in field.data or "":
        if character not in "\n\t" and unicodedata.category(character) in ("Cc", "Cs"):
            raise ValidationError(_l("Please use letters, numbers and signs only."))


class ReportForm(Form):
    """What is the matter with an item. The page itself draws the choices."""

    kind = StringField(
        _l("What you want to tell us"), [AnyOf(KINDS, message=_l("Please choose what you want to tell us."))]
    )
    words = TextAreaField(
        _l("In your own words, if you like"),
        [Optional(), Length(max=LONGEST_WORDS, message=TOO_LONG), _plain_text],
        [_tidied],
        render_kw={"rows": 4, "maxlength": LONGEST_WORDS},
    )


class SeenForm(Form):
    """Which version of a report somebody has read."""

    version = IntegerField(validators=[InputRequired()])


class AnswerForm(SeenForm):
    answer = TextAreaField(
        _l("Your answer"),
        [
            DataRequired(_l("Please write a sentence for the person who reported it.")),
            Length(max=LONGEST_ANSWER, message=_l("Please use at most 1,000 characters.")),
            _plain_text,
        ],
        [_tidied],
        render_kw={"rows": 5, "maxlength": LONGEST_ANSWER},
    )


class PutBackForm(Form):
    reason = TextAreaField(
        _l("Why it may come back"),
        [
            DataRequired(_l("Please say why, for those who look after you.")),
            Length(max=LONGEST_WORDS, message=TOO_LONG),
            _plain_text,
        ],
        [_tidied],
        render_kw={"rows": 3, "maxlength": LONGEST_WORDS},
    )
