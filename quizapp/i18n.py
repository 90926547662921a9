"""Languages, and times in the reader's own zone. Flask-Babel carries no types: this module gives it some."""

import functools
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import flask_babel
from flask import Flask, current_app, g
from flask_babel.speaklater import LazyString
from flask_login import current_user
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

LOCALES = ("en",)


def _time_zone() -> str:
    """The reader's own zone, or the default."""
    return getattr(current_user, "time_zone", None) or str(current_app.config["BABEL_DEFAULT_TIMEZONE"])


def gettext(text: str, **values: object) -> str:
    """The text in the reader's language."""
    translated: str = translations().ugettext(text)
    return translated % values if values else translated


def ngettext(singular: str, plural: str, num: int, **values: object) -> str:
    """The form that fits the number, which the text names as %(num)s."""
    return str(flask_babel.ngettext(singular, plural, num, **values))


def lazy_gettext(text: str, **values: object) -> LazyString:
    """For texts that are made before a reader is known."""
    return flask_babel.lazy_gettext(text, **values)


def init_app(app: Flask, default_zone: str) -> None:
    app.config.setdefault("BABEL_DEFAULT_LOCALE", LOCALES[0])
    app.config["BABEL_DEFAULT_TIMEZONE"] = default_zone
    flask_babel.Babel(app, locale_selector=_locale, timezone_selector=_time_zone)
    app.jinja_env.globals["_"] = app.jinja_env.globals["gettext"] = _template_text
    app.jinja_env.filters["dateformat"] = format_date
    app.jinja_env.filters["day"] = day
    app.jinja_env.filters["clock_time"] = clock_time
    app.jinja_env.filters["moment"] = moment
    app.jinja_env.filters["moment_in"] = moment_in
    app.jinja_env.filters["duration"] = duration
    app.jinja_env.filters["tenths"] = tenths
    app.jinja_env.filters["hundredths"] = hundredths
    app.jinja_env.globals["page_language"] = lambda: str(flask_babel.get_locale()).replace("_", "-")


def _locale() -> str:
    return str(current_app.config["BABEL_DEFAULT_LOCALE"])


@pass_eval_context
def _template_text(context: EvalContext, text: str, **values: object) -> str:
    """What `_` is in templates: the text in the reader's language, with its values escaped in HTML.

    Flask-Babel's own does the same at five times the cost, and a page has dozens of texts.
    """
    if not context.autoescape:
        return str(translations().ugettext(text)) % values
    return _markup(translations(), text) % values if values else _finished_markup(translations(), text)


@functools.lru_cache(maxsize=4096)
def _markup(translations: Any, text: str) -> Markup:
    return Markup(translations.ugettext(text))


@functools.lru_cache(maxsize=4096)
def _finished_markup(translations: Any, text: str) -> Markup:
    return Markup(translations.ugettext(text)) % {}


def translations() -> Any:
    """The reader's catalogue, looked up once a request."""
    try:
        return g.translations
    except AttributeError:
        g.translations = flask_babel.get_translations()
    except RuntimeError:  # no app is there: the texts as they are written
        return flask_babel.get_translations()
    return g.translations


def clock_time(value: datetime) -> str:
    """A time of day with seconds in the reader's zone, such as "14:03:22"."""
    local = value.astimezone(ZoneInfo(_time_zone()))
    return f"{local.hour:02}:{local.minute:02}:{local.second:02}"


def format_datetime(value: datetime, pattern: str) -> str:
    """A moment in the reader's zone."""
    return str(flask_babel.format_datetime(value, pattern))


def format_date(value: date) -> str:
    """A calendar date, such as "3 March 2026"."""
    return str(flask_babel.format_date(value, "d MMMM yyyy"))


def day(value: datetime) -> str:
    """A date such as "Tue 3 March" in the reader's zone."""
    return format_datetime(value, "EEE d MMMM")


def moment(value: datetime) -> str:
    """A date and time with its zone, such as "Tue 3 March, 14:05 EST"."""
    return format_datetime(value, "EEE d MMMM, HH:mm z")


def moment_in(value: datetime, zone: str) -> str:
    """The same in a zone that need not be the reader's."""
    local = value.astimezone(ZoneInfo(zone))
    return str(flask_babel.format_datetime(local, "EEE d MMMM, HH:mm z", rebase=False))


def tenths(value: float) -> str:
    """A number with one decimal, such as "2.5"."""
    return str(flask_babel.format_decimal(value, "0.0"))


def hundredths(value: float | Fraction) -> str:
    """A number with two decimals, such as "0.62"."""
    return str(flask_babel.format_decimal(float(value), "0.00"))


def points_text(points: Fraction | int) -> str:
    """Points as a whole number, or with two decimals."""
    if points.denominator == 1:
        return str(points.numerator)
    return hundredths(points)


def duration(seconds: float) -> str:
    """A length of time in its largest fitting unit, such as "2 hours"."""
    return str(flask_babel.format_timedelta(timedelta(seconds=round(seconds)), threshold=1.2))
