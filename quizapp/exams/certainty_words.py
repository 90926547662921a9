"""What pages say about how sure somebody was, and the picture of how well that fits."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from flask import Flask

from quizapp.core.certainty import AIMS, FAIRLY_SURE, GUESSING, LEVELS, SURE, Calibration, Marks
from quizapp.core.charts import Bar, Svg, interval_bars
from quizapp.core.items import ItemType
from quizapp.i18n import gettext as _
from quizapp.i18n import tenths


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(
        CERTAINTY_LEVELS=LEVELS,
        bonus_text=bonus_text,
        certainty_name=certainty_name,
        certainty_text=certainty_text,
    )


def certainty_name(level: int) -> str:
    """A level as it stands beside its box."""
    return {SURE: _("Sure"), FAIRLY_SURE: _("Fairly sure"), GUESSING: _("Guessing")}[level]


def certainty_text(level: int, *, is_right: bool, kind: ItemType) -> str:
    """How sure somebody was and what came of it, in a sentence after the answer."""
    if is_right:
        return {
            SURE: _("You were sure, and right."),
            FAIRLY_SURE: _("You were fairly sure, and right."),
            GUESSING: _("You were guessing, and right. Reading why makes it yours."),
        }[level]
    if kind.picks_one:
        return {
            SURE: _("You were sure, but another response fits better: worth a second look."),
            FAIRLY_SURE: _("You were fairly sure, but another response fits better."),
            GUESSING: _("You were guessing, and you said so. Now you can read which response fits better."),
        }[level]
    return {
        SURE: _("You were sure, but not all of it fits: worth a second look."),
        FAIRLY_SURE: _("You were fairly sure, but not all of it fits."),
        GUESSING: _("You were guessing, and you said so. Now you can read what fits better."),
    }[level]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A chart, the same numbers as a table, and what they tell."""

    svg: Svg
    headers: list[str]
    rows: list[list[str]]
    told: list[str]  # a sentence for each level with enough answers


def calibration_picture(rows: Sequence[Calibration]) -> Picture:
    """How often each level was right, beside how often it should be."""
    svg = interval_bars(
        "certainty",
        _("Right at each level"),
        _(
            "For each level the share of first answers that were right, with its likely range. "
            "Dashed lines show where the share should be."
        ),
        [_bar(row) for row in rows],
    )
    headers = [
        _("You said"),
        _("Right"),
        _("First answers"),
        _("Share right"),
        _("Likely range"),
        _("Should be"),
        _("How it fits"),
    ]
    return Picture(
        svg=svg,
        headers=headers,
        rows=[_row(row) for row in rows],
        told=[_verdict_sentence(row) for row in rows if row.verdict != "not_enough"],
    )


def _bar(row: Calibration) -> Bar:
    low, high = row.interval or (None, None)
    start, end = AIMS[row.level]
    counted = _("%(right)s of %(n)s right, should be %(aim)s", right=row.right, n=row.n, aim=_aim(row.level))
    few = _("%(right)s of %(n)s right, not enough yet", right=row.right, n=row.n)
    return Bar(
        label=certainty_name(row.level),
        note=few if row.share is None else counted,
        value=None if row.share is None else float(row.share),
        low=low,
        high=high,
        aim=(float(start), float(end)),
    )


def _row(row: Calibration) -> list[str]:
    return [
        certainty_name(row.level),
        str(row.right),
        str(row.n),
        _("not enough yet") if row.share is None else f"{_percent(row.share)} %",
        _range(row),
        _aim(row.level),
        _verdict(row),
    ]


def _range(row: Calibration) -> str:
    if row.interval is None:
        return "–"
    low, high = map(_percent, row.interval)
    return _("%(low)s to %(high)s %%", low=low, high=high)


def _aim(level: int) -> str:
    """The share right for which a level pays best."""
    low, high = map(_percent, AIMS[level])
    if level == SURE:
        return _("over %(low)s %%", low=low)
    if level == GUESSING:
        return _("under %(high)s %%", high=high)
    return _("%(low)s to %(high)s %%", low=low, high=high)


def _verdict(row: Calibration) -> str:
    return {
        "not_enough": _("not enough yet"),
        "fits": _("fits"),
        "close": _("close"),
        "too_sure": _("right less often"),
        "too_careful": _("right more often"),
    }[row.verdict]


def _verdict_sentence(row: Calibration) -> str:
    level = certainty_name(row.level)
    return {
        "fits": _("%(level)s: it fits.", level=level),
        "close": _("%(level)s: close. The rest may be chance.", level=level),
        "too_sure": _("%(level)s: right less often than that. Try the level below more often.", level=level),
        "too_careful": _("%(level)s: right more often than that. You can trust yourself more.", level=level),
    }[row.verdict]


def bonus_text(marks: Marks) -> str:
    """What the learner's levels add to their share right."""
    if marks.bonus is None:
        return _("From 20 answers on you read here what your levels add.")
    share = Fraction(marks.right, marks.n)
    if marks.bonus > 0:
        return _(
            "So your levels tell what you know from what you guess. With them, your %(percent)s %% right are "
            "worth as much as %(worth)s %%.",
            percent=tenths(float(100 * share)),
            worth=tenths(float(100 * (share + marks.bonus))),
        )
    return _(
        "So one level for all would have earned as much or more. That is no fault: it takes practice to feel "
        "when an answer is safe. Below you see where you were sure and another response fits better."
    )


def _percent(share: float | Fraction) -> int:
    return round(100 * share)
