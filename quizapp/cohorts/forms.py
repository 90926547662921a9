"""What staff and learners type about groups: shape only, rules are in the services."""

import unicodedata

from wtforms import DateField, Form, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length

from quizapp.accounts.addresses import read_list
from quizapp.i18n import gettext as _
from quizapp.i18n import lazy_gettext as _l
from quizapp.i18n import ngettext

MOST_ADDRESSES = 200
MOST_COMPLAINTS = 10


def _stripped(text: str | None) -> str | None:
    return text.strip() if text else text


class Day(DateField):
    """A calendar date, whose complaint is one of our own texts."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(_("Please choose a day.")) from None


class CohortForm(Form):
    name = StringField(
        _l("Name"),
        [
            DataRequired(_l("Please enter a name for the group.")),
            Length(max=80, message=_l("Please use a name of at most 80 letters.")),
        ],
        [_stripped],
    )
    starts_on = Day(_l("First day"), [InputRequired(_l("Please choose a day."))])
    ends_on = Day(_l("Last day"), [InputRequired(_l("Please choose a day."))])

    def validate_name(self, field: StringField) -> None:
        if any(unicodedata.category(character) in ("Cc", "Cs") for character in field.data or ""):
            raise ValidationError(_l("Please use letters, numbers and signs only."))

    def validate_ends_on(self, field: Day) -> None:
        if self.starts_on.data and field.data and field.data < self.starts_on.data:
            raise ValidationError(_l("Please choose a last day that is not before the first."))


class CodeForm(Form):
    code = StringField(_l("Code"), [InputRequired(_l("Please enter the code that you were given."))])


class InviteForm(Form):
    addresses = TextAreaField(
        _l("Email addresses, one on each line"),
        [InputRequired(_l("Please enter one address at least."))],
        render_kw={"rows": 8, "spellcheck": "false", "translate": "no"},
    )
    chosen: list[str]

    def validate_addresses(self, field: TextAreaField) -> None:
        lines = [line for line in (field.data or "").splitlines() if line.strip()]
        if len(lines) > MOST_ADDRESSES:
            raise ValidationError(
                _(
                    "Please invite at most %(most)s at once. These are %(count)s.",
                    most=MOST_ADDRESSES,
                    count=len(lines),
                )
            )
        found = read_list(field.data or "")
        if found.wrong:
            raise ValidationError(" ".join(_complaints(found.wrong)))
        if not found.addresses:
            raise ValidationError(_l("Please enter one address at least."))
        self.chosen = found.addresses


def _complaints(wrong: list[tuple[int, str]]) -> list[str]:
    said = [
        _("Line %(line)s: “%(typed)s” is not an email address.", line=line, typed=typed[:60])
        for line, typed in wrong[:MOST_COMPLAINTS]
    ]
    if more := len(wrong) - MOST_COMPLAINTS if len(wrong) > MOST_COMPLAINTS else 0:
        said.append(ngettext("%(num)s more line is not right.", "%(num)s more lines are not right.", more))
    return [*said, _("Nothing was sent yet.")]
