"""What staff type about sittings: shape, and times of day turned into moments."""

import unicodedata
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from wtforms import (
    BooleanField,
    DateTimeLocalField,
    Form,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types
from wtforms.form import BaseForm
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from quizapp.accounts.multipliers import MULTIPLIER_LABELS
from quizapp.cohorts.added_time import Amount
from quizapp.cohorts.sitting_models import (
    MOST_ADDED_MINUTES,
    MOST_ADDED_PERCENT,
    MOST_ATTEMPTS,
    Sitting,
)
from quizapp.cohorts.sitting_queries import Name
from quizapp.cohorts.sitting_services import Plan
from quizapp.cohorts.sitting_words import FEEDBACK
from quizapp.core.blueprint import ExamBlueprint
from quizapp.core.local_time import resolve
from quizapp.core.reference import Taxonomy
from quizapp.exams.models import AFTER_EACH, AFTER_END, MOCK, PRACTICE
from quizapp.exams.starting import SET_SIZES
from quizapp.i18n import gettext as _
from quizapp.i18n import lazy_gettext as _l
from quizapp.i18n import moment_in

ALL, SOME = "all", "some"
MINUTES, PERCENT = "minutes", "percent"
FARTHEST_YEAR = 2200
CLOSES, MEMBERS = _l("Closes"), _l("Members")
PLEASE_CHOOSE = _l("Please choose one from the list.")


def _stripped(text: str | None) -> str | None:
    return text.strip() if text else text


def _numbers(numbers: Iterable[int]) -> list[SelectChoice]:
    return [SelectChoice(str(number), str(number)) for number in numbers]


class Moment(DateTimeLocalField):
    """A date and time of day on the programme's clocks; `moment` is what it stands for, in UTC.

    Of a time that comes twice, when clocks are set back, it is the first or the last, as `takes_last` says.
    """

    def __init__(self, label: Any, *, takes_last: bool, **more: Any) -> None:
        formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"]
        super().__init__(
            label, [InputRequired(_l("Please choose a day and a time."))], format=formats, **more
        )
        self.takes_last = takes_last
        self.moment: datetime | None = None
        self.note: str | None = None

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(_("Please choose a day and a time.")) from None

    def read(self, zone: str) -> None:
        """Work out the moment. :raises ValidationError: when clocks are set forward over this time."""
        if self.data is None or not 2000 <= self.data.year <= FARTHEST_YEAR:
            raise ValidationError(_("Please choose a day and a time."))
        found = resolve(self.data, ZoneInfo(zone))
        self.moment = found.second if self.takes_last else found.first
        if found.comes == "never":
            raise ValidationError(
                _(
                    "Clocks are set forward that day, and this time is left out. "
                    "The time after it is %(moment)s.",
                    moment=moment_in(self.moment, zone),
                )
            )
        if found.comes == "twice":
            self.note = _(
                "Clocks are set back that day, and this time comes twice. We took %(moment)s.",
                moment=moment_in(self.moment, zone),
            )


class _Choice(SelectField):
    """A list to choose from, whose complaint is one of our own texts."""

    def pre_validate(self, form: BaseForm) -> None:
        try:
            super().pre_validate(form)
        except ValueError:
            raise ValidationError(PLEASE_CHOOSE) from None


class _Choices(RadioField):
    """The same as radio buttons."""

    def pre_validate(self, form: BaseForm) -> None:
        try:
            super().pre_validate(form)
        except ValueError:
            raise ValidationError(PLEASE_CHOOSE) from None


class _People(SelectMultipleField):
    """Members by their ids, as boxes to tick."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = list(valuelist)

    def pre_validate(self, form: BaseForm) -> None:
        known = {choice.value for choice in cast("list[SelectChoice]", self.choices or [])}
        # Who has left meanwhile is no mistake of the person who fills in the form.
        self.data = [value for value in self.data or () if value in known]


class _WindowForm(Form):
    """What every form about a sitting has: when it closes, and for whom it is."""

    closes_at: Any
    people: Any
    zone: str
    now: datetime

    def at(self, zone: str, now: datetime) -> None:
        """Say on which clocks times are meant."""
        self.zone, self.now = zone, now

    def offer_people(self, members: Iterable[Name]) -> None:
        self.people.choices = [SelectChoice(str(member.user_id), member.name) for member in members]

    def ticked(self) -> list[int]:
        """The ids of the members whose boxes are ticked."""
        return [int(value) for value in self.people.data or ()]

    @property
    def closes(self) -> datetime:
        found: datetime | None = self.closes_at.moment
        assert found is not None
        return found

    def notes(self) -> list[str]:
        """What the person should hear about times that come twice."""
        return [field.note for field in self if isinstance(field, Moment) and field.note]

    def validate_closes_at(self, field: Moment) -> None:
        field.read(self.zone)
        if self.closes <= self.now:
            raise ValidationError(_("Please choose a time that is still to come."))


class SittingForm(_WindowForm):
    """A whole sitting."""

    name = StringField(
        _l("Name"),
        [
            DataRequired(_l("Please enter a name for the sitting.")),
            Length(max=80, message=_l("Please use a name of at most 80 letters.")),
        ],
        [_stripped],
    )
    content = _Choice(_l("What they do"))
    size = _Choice(_l("Items, if it is practice"), choices=_numbers(SET_SIZES))
    opens_at = Moment(_l("Opens"), takes_last=False)
    closes_at = Moment(CLOSES, takes_last=True)
    attempt_limit = _Choice(
        _l("How often each person can start it"),
        choices=_numbers(range(1, MOST_ATTEMPTS + 1)),
    )
    feedback = _Choices(
        _l("When they see how it went"),
        choices=[SelectChoice(value, label) for value, label in FEEDBACK.items()],
        default=AFTER_END,
    )
    whom = _Choices(
        _l("Who it is for"),
        choices=[
            SelectChoice(ALL, _l("The whole group, also those who join later")),
            SelectChoice(SOME, _l("Only these members:")),
        ],
        default=ALL,
    )
    people = _People(MEMBERS)

    def offer(self, blueprints: Sequence[ExamBlueprint], taxonomy: Taxonomy) -> None:
        groups = [
            (_("Mock exams"), MOCK, [(each.id, each.name) for each in blueprints]),
            (_("Practice on a domain"), "domain", [(each.id, each.name) for each in taxonomy.domains]),
            (
                _("Practice on a principle"),
                "principle",
                [(each.id, each.name) for each in taxonomy.principles],
            ),
        ]
        self.content.choices = [
            SelectChoice(f"{kind}:{key}", name, {"lang": "en"}, optgroup=group)
            for group, kind, found in groups
            for key, name in found
        ]

    def fill(self, sitting: Sitting, people: Collection[int]) -> None:
        """Show a sitting as it is."""
        zone = ZoneInfo(self.zone)
        focus = sitting.focus or {}
        self.name.data = sitting.name
        self.content.data = (
            f"mock:{sitting.blueprint_id}" if sitting.mode == MOCK else f"{focus['kind']}:{focus['key']}"
        )
        self.size.data = str(sitting.size or SET_SIZES[1])
        self.opens_at.data = sitting.opens_at.astimezone(zone).replace(tzinfo=None)
        self.closes_at.data = sitting.closes_at.astimezone(zone).replace(tzinfo=None)
        self.attempt_limit.data = str(sitting.attempt_limit)
        self.feedback.data = sitting.feedback
        self.whom.data = ALL if sitting.is_for_all else SOME
        self.people.data = [str(user_id) for user_id in sorted(people)]

    def validate_name(self, field: StringField) -> None:
        if any(unicodedata.category(character) in ("Cc", "Cs") for character in field.data or ""):
            raise ValidationError(_l("Please use letters, numbers and signs only."))

    def validate_opens_at(self, field: Moment) -> None:
        field.read(self.zone)

    def validate_closes_at(self, field: Moment) -> None:
        super().validate_closes_at(field)
        if self.opens_at.moment is not None and self.closes <= self.opens_at.moment:
            raise ValidationError(_("Please choose a time after it opens."))

    def validate_feedback(self, field: RadioField) -> None:
        if field.data == AFTER_EACH and (self.content.data or "").startswith("mock:"):
            raise ValidationError(
                _("A mock exam shows nothing before it is handed in. Please choose another.")
            )

    def validate_people(self, field: SelectMultipleField) -> None:
        if self.whom.data == SOME and not field.data:
            raise ValidationError(_("Please tick one member at least, or choose the whole group."))

    def plan(self) -> Plan:
        kind, _colon, key = str(self.content.data).partition(":")
        is_mock = kind == MOCK
        assert self.opens_at.moment is not None
        return Plan(
            name=str(self.name.data),
            mode=MOCK if is_mock else PRACTICE,
            blueprint_id=key if is_mock else None,
            focus=None if is_mock else {"kind": kind, "key": key},
            size=None if is_mock else int(self.size.data),
            opens_at=self.opens_at.moment,
            closes_at=self.closes,
            attempt_limit=int(self.attempt_limit.data),
            feedback=str(self.feedback.data),
            people=self.ticked() if self.whom.data == SOME else None,
        )


class ExtendForm(_WindowForm):
    """What can still change once somebody has begun: a later end, and more people."""

    closes_at = Moment(CLOSES, takes_last=True)
    people = _People(MEMBERS)
    earliest: datetime

    def fill(self, sitting: Sitting) -> None:
        self.closes_at.data = sitting.closes_at.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)

    def validate_closes_at(self, field: Moment) -> None:
        super().validate_closes_at(field)
        if self.closes < self.earliest:
            raise ValidationError(_("Somebody has started: it can only close later than it did."))


class Minutes(IntegerField):
    """A whole number, whose complaint is one of our own texts."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(_("Please enter a whole number.")) from None


class TimeForm(Form):
    """The time of one person in a sitting."""

    time_multiplier = _Choice(_l("Time"))
    added_minutes = Minutes(
        _l("More minutes"),
        [
            InputRequired(_l("Please enter a number; 0 for none.")),
            NumberRange(0, MOST_ADDED_MINUTES, message=_l("Please enter a number of minutes from 0 to 240.")),
        ],
        default=0,
    )
    added_percent = Minutes(
        _l("More time in percent"),
        [NumberRange(0, MOST_ADDED_PERCENT, message=_l("Please enter a percentage from 0 to 100."))],
        default=0,
    )

    def offer(self) -> None:
        self.time_multiplier.choices = [
            SelectChoice("", _("As the learner has chosen")),
            *(SelectChoice(value, str(label)) for value, label in MULTIPLIER_LABELS.items()),
        ]


class AddTimeForm(Form):
    """Time on top, while a sitting runs: first to look at what it does, then to add it."""

    amount = Minutes(_l("How much"), [InputRequired(_l("Please enter a whole number."))])
    unit = _Choice(
        _l("Of what"),
        choices=[
            SelectChoice(MINUTES, _l("Minutes")),
            SelectChoice(PERCENT, _l("Percent of each one's own time")),
        ],
    )
    whom = _Choice(_l("For whom"))
    moves_end = BooleanField(_l("Let the sitting close later, so that everybody gets all of it"))

    def offer(self, people: Iterable[Name]) -> None:
        self.whom.choices = [
            SelectChoice("", _("Everybody in this sitting")),
            *(SelectChoice(str(person.user_id), person.name, {"translate": "no"}) for person in people),
        ]

    def validate_amount(self, field: Minutes) -> None:
        most = MOST_ADDED_PERCENT if self.unit.data == PERCENT else MOST_ADDED_MINUTES
        if not 1 <= (field.data or 0) <= most:
            raise ValidationError(_("Please enter a number from 1 to %(most)s.", most=most))

    def wanted(self) -> Amount:
        user_id = int(self.whom.data) if self.whom.data else None
        of_unit = "percent" if self.unit.data == PERCENT else "minutes"
        return Amount(user_id=user_id, **{of_unit: self.amount.data or 0})
