"""What people type about themselves: shape only, rules are in the services."""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, cast

from flask import current_app
from sqlalchemy.orm import Session
from wtforms import BooleanField, EmailField, Form, PasswordField, SelectField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types
from wtforms.form import BaseForm
from wtforms.validators import DataRequired, InputRequired, Length

from quizapp.accounts import addresses, passwords, places
from quizapp.accounts.multipliers import MULTIPLIER_LABELS
from quizapp.core.states import US_STATES
from quizapp.errors import QuizError
from quizapp.i18n import gettext as _
from quizapp.i18n import lazy_gettext as _l

ExamChoices = Callable[[Session], list[tuple[str, str]]]

YOUR_ADDRESS = _l("Please enter your email address.")
TOO_SHORT = _l("Please use at least 10 characters. A short sentence works well.")


def exam_choices(session: Session) -> list[tuple[str, str]]:
    """Exams to aim for, as (id, title): given by the feature that knows exams."""
    choices = cast("ExamChoices | None", current_app.extensions.get("exam_choices"))
    try:
        return choices(session) if choices else []
    except QuizError:  # no content is loaded yet: there is nothing to aim for, and the page still works
        return []


def _stripped(text: str | None) -> str | None:
    return text.strip() if text else text


# Control characters, halves of pairs, ends of lines, and marks that show nothing or turn the writing around.
UNSEEN = {"Cc", "Cs", "Cf", "Zl", "Zp"}
# Two marks without a width belong to the spelling of some languages, such as Persian and Hindi.
JOINERS = re.compile(r"(?<=[\u0590-\u1fff])[\u200c\u200d](?=[\u0590-\u1fff])")
BLANK_LETTERS = "\u115f\u1160\u2800\u3164\uffa0"


def _plain_text(_form: Form, field: StringField) -> None:
    text = JOINERS.sub("", field.data or "")
    if any(unicodedata.category(character) in UNSEEN for character in text):
        raise ValidationError(_l("Please use letters, numbers and signs only."))
    if not any(unicodedata.category(each)[0] in "LNPS" and each not in BLANK_LETTERS for each in text):
        raise ValidationError(_l("Please use letters, numbers and signs only."))


def _canonical_address(_form: Form, field: EmailField) -> None:
    found = addresses.canonical(field.data or "")
    if found is None:
        raise ValidationError(_l("Please enter an email address such as name@example.org."))
    field.data = found


def _email_field(please: Any) -> EmailField:
    return EmailField(_l("Email"), [InputRequired(please), _canonical_address], [_stripped])


def _name_field() -> StringField:
    needed = DataRequired(_l("Please enter the name that we should show."))
    short = Length(max=80, message=_l("Please use a name of at most 80 letters."))
    return StringField(_l("Name shown"), [needed, short, _plain_text], [_stripped])


def _new_password_field(label: Any) -> PasswordField:
    return PasswordField(
        label,
        [
            InputRequired(_l("Please choose a password.")),
            Length(min=passwords.SHORTEST, message=TOO_SHORT),
            Length(max=passwords.LONGEST, message=_l("Please use at most 256 characters.")),
        ],
    )


class LoginForm(Form):
    email = EmailField(_l("Email"), [InputRequired(YOUR_ADDRESS)], [_stripped])
    password = PasswordField(_l("Password"), [InputRequired(_l("Please enter your password."))])


class AddressForm(Form):
    email = _email_field(YOUR_ADDRESS)


class RegisterForm(Form):
    name = _name_field()
    email = _email_field(YOUR_ADDRESS)
    new_password = _new_password_field(_l("Password"))
    agrees = BooleanField(
        _l("I have read the terms and the privacy page"),
        [InputRequired(_l("Please read both pages and tick the box."))],
    )

    def validate_new_password(self, field: PasswordField) -> None:
        refuse_common(field.data, self.email.data)


class ResetForm(Form):
    new_password = _new_password_field(_l("New password"))


class PasswordForm(Form):
    password = PasswordField(_l("Password now"), [InputRequired(_l("Please enter your password."))])
    new_password = _new_password_field(_l("New password"))


class Choice(SelectField):
    """A list to choose from, whose complaint is one of our own texts."""

    def pre_validate(self, form: BaseForm) -> None:
        try:
            super().pre_validate(form)
        except ValueError:
            raise ValidationError(_l("Please choose one from the list.")) from None


class SettingsForm(Form):
    name = _name_field()
    target_blueprint_id = Choice(_l("Exam I am getting ready for"))
    state = Choice(_l("State"))
    time_zone = Choice(_l("Time zone"))
    time_multiplier = Choice(_l("Time in mock exams"))
    hides_clock = BooleanField(_l("Hide the clock in mock exams"))
    uses_shortcuts = BooleanField(_l("Use keys: 1 to 5 choose, Enter sends"))
    asks_certainty = BooleanField(_l("Say how sure I am when I practise"))

    def offer(self, exams: Sequence[tuple[str, str]], zone: str) -> None:
        """Fill in the choices; the zone that a person has now is always one of them."""
        offered: dict[SelectField, list[SelectChoice]] = {
            self.target_blueprint_id: [SelectChoice("", _("Not decided yet")), *_names(exams)],
            self.state: [SelectChoice("", _("No state")), *_names(US_STATES.items())],
            self.time_zone: _zones(zone),
            self.time_multiplier: [
                SelectChoice(value, str(label)) for value, label in MULTIPLIER_LABELS.items()
            ],
        }
        for field, choices in offered.items():
            field.choices = choices

    def values(self) -> dict[str, Any]:
        """The chosen settings by column."""
        chosen: dict[str, Any] = self.data
        return {name: None if value == "" else value for name, value in chosen.items()}


class ProgrammeForm(Form):
    name = StringField(
        _l("Name"),
        [
            DataRequired(_l("Please enter a name for the programme.")),
            Length(max=80, message=_l("Please use a name of at most 80 letters.")),
            _plain_text,
        ],
        [_stripped],
    )
    time_zone = Choice(_l("Time zone"))

    def offer(self, zone: str) -> None:
        """Fill in the zones; the one that the programme has now is always one of them."""
        self.time_zone.choices = _zones(zone)


ROLE_NAMES = {
    "learner": _l("learner"),
    "author": _l("author"),
    "trainer": _l("trainer"),
    "coordinator": _l("coordinator"),
}
ROLE_CHOICES = [
    SelectChoice("coordinator", _l("Coordinator: looks after learners")),
    SelectChoice("trainer", _l("Trainer: publishes items, too")),
    SelectChoice("author", _l("Author: writes items, sees no learner")),
]


class RoleForm(Form):
    role = Choice(_l("Role"))

    def offer(self, roles: Collection[str]) -> None:
        """Fill in the roles that may be given."""
        self.role.choices = [choice for choice in ROLE_CHOICES if choice.value in roles]


class StaffForm(RoleForm):
    email = _email_field(_l("Please enter the email address of their account."))
    role = Choice(_l("Role"))  # again, so that it stands below the address


def _zones(current: str) -> list[SelectChoice]:
    other = places.OTHER_ZONES if current in places.ZONES else (current, *places.OTHER_ZONES)
    return [
        *_names(map(_zone, places.COMMON_ZONES), _("United States")),
        *_names(map(_zone, other), _("Other zones")),
    ]


def _zone(name: str) -> tuple[str, str]:
    return name, name.replace("_", " ").replace("/", " / ")


def _names(pairs: Iterable[tuple[str, str]], group: str | None = None) -> list[SelectChoice]:
    """Choices that are names: no language changes them."""
    return [SelectChoice(value, label, {"translate": "no"}, group) for value, label in pairs]


def refuse_common(password: str | None, email: str | None) -> None:
    """:raises ValidationError: when somebody would try this password first."""
    if passwords.is_common(password or "", email or ""):
        raise ValidationError(_l("That password is easy to guess. A short sentence of your own works well."))
