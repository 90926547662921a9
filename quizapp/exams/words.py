"""Words that several pages of exams and progress share; templates call them by name."""

import functools
from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from flask import Flask, render_template
from markupsafe import Markup

from quizapp.core.blueprint import ExamBlueprint
from quizapp.core.receipt import short_receipt
from quizapp.core.reference import Taxonomy
from quizapp.core.results import Suggestion
from quizapp.exams.queries import Square
from quizapp.exams.results import Results, points_text
from quizapp.i18n import clock_time, format_datetime, ngettext
from quizapp.i18n import gettext as _


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(
        form_rows=form_rows,
        look_time=look_time,
        palette_items=palette_items,
        pass_rule_text=pass_rule_text,
        suggestion_text=suggestion_text,
        time_left=time_left,
        topic_name=topic_name,
        verdict_lines=verdict_lines,
        weights_text=weights_text,
    )
    app.jinja_env.filters.update(
        hour=lambda value: format_datetime(value, "HH:mm"),
        points=points_text,
        second=second,
        short_receipt=short_receipt,
    )


def second(value: datetime) -> str:
    """A time of day with seconds, as the saved sign shows it."""
    return clock_time(value)


def time_left(seconds: int) -> str:
    """Whole minutes, rounded down, as long as there are ten; then minutes and seconds."""
    if seconds >= 600:
        return _("%(minutes)s min left", minutes=seconds // 60)
    return _("%(minutes)s:%(seconds)s left", minutes=seconds // 60, seconds=f"{seconds % 60:02}")


def look_time(milliseconds: int) -> str:
    """How long an item was looked at."""
    minutes, seconds = divmod(round(milliseconds / 1000), 60)
    if minutes:
        return _("%(minutes)s min %(seconds)s s", minutes=minutes, seconds=seconds)
    return _("%(seconds)s s", seconds=seconds)


def palette_items(squares: Sequence[Square], current: int) -> Markup:
    """The list items of the palette. Each with its words for people who do not see it."""
    words = {
        (False, False): "",
        (True, False): _("answered"),
        (False, True): _("flagged"),
        (True, True): _("answered, flagged"),
    }
    items = [_square(square, square.position == current, words[square[1:]]) for square in squares]
    return Markup("\n".join(items))


@functools.lru_cache(maxsize=4096)
def _square(square: Square, is_current: bool, words: str) -> str:
    # Kept, as a page has up to 150 of them and they are alike for everybody: rendered each time, they
    # would cost more than all else on the page.
    return render_template("exams/_square.html", square=square, is_current=is_current, words=words)


def topic_name(focus: Mapping[str, str] | None, taxonomy: Taxonomy) -> str:
    """What a practice set is about, in words."""
    if focus is None:
        return _("What helps me most")
    by_kind: dict[str, Mapping[str, Any]] = {
        "domain": taxonomy.domain_by_id,
        "principle": taxonomy.principle_by_id,
        "misstep": taxonomy.misstep_by_id,
    }
    named = by_kind[focus["kind"]].get(focus["key"])
    return str(named.name) if named else focus["key"]


def form_rows(blueprint: ExamBlueprint) -> list[list[str]]:
    return [[domain.name, str(blueprint.form[domain.id])] for domain in blueprint.domains]


def weights_text(weights: str) -> str:
    """The mark of a blueprint's weights, in words."""
    return {
        "official": _("official weights"),
        "proxy": _("derived from an official number"),
        "none": _("no weights found, split evenly"),
        "house": _("our own weights"),
    }[weights]


def pass_rule_text(blueprint: ExamBlueprint) -> str:
    """The board's rule as published; never turned into another scale."""
    rule = blueprint.pass_rule
    if rule.kind == "percent":
        return _("%(percent)s %% of the items", percent=rule.percent)
    if rule.kind == "raw":
        return _("%(raw)s of %(of)s items", raw=rule.raw, of=rule.of)
    if rule.kind == "study_target":
        return _("No board rule. Our study target is %(raw)s of %(of)s.", raw=rule.raw, of=rule.of)
    if rule.kind == "scaled" and rule.scale:
        low, high = rule.scale
        return _(
            "A scaled score of %(cut)s on a scale from %(low)s to %(high)s. It is not a percent of items.",
            cut=rule.cut,
            low=low,
            high=high,
        )
    return _("Not published where we looked.")


def verdict_lines(results: Results) -> list[str]:
    """What may be said about the result: pass or not only by a board's own count."""
    verdict = results.verdict
    if verdict.basis == "study_targets":
        lines = " ".join(_target_line(target) for target in verdict.targets)
        if results.blueprint.pass_rule.kind == "scaled":
            why = _("The board reports a scaled score, so this mock cannot say pass or fail.")
        else:
            why = _("We found no published pass rule, so this mock cannot say pass or fail.")
        return [why, _("Two study targets:"), lines]
    target = verdict.targets[0]
    if verdict.basis == "study_target":
        if target.reached:
            return [_("You are at the study target of %(needed)s. Well done.", needed=target.needed)]
        return [
            ngettext(
                "Not at the study target of %(needed)s yet: %(num)s item to go.",
                "Not at the study target of %(needed)s yet: %(num)s items to go.",
                target.needed - int(results.summary.total.earned),
                needed=target.needed,
            )
        ]
    if target.reached:
        return [_("That reaches the board's line of %(needed)s.", needed=target.needed)]
    return [_("Not at the board's line of %(needed)s yet.", needed=target.needed)]


def _target_line(target: Any) -> str:
    values = {"percent": round(float(target.share) * 100), "needed": target.needed}
    if target.reached:
        return _("%(percent)s %% is %(needed)s items: reached.", **values)
    return _("%(percent)s %% is %(needed)s items: not yet.", **values)


def suggestion_text(suggestion: Suggestion) -> str:
    """Why something would help, with its numbers."""
    numbers = {name: points_text(Fraction(value)) for name, value in suggestion.numbers.items()}
    if suggestion.reason_code == "domain_unanswered":
        return _("%(omitted)s of %(items)s items here were not answered.", **numbers)
    if suggestion.reason_code == "misstep_chosen":
        return _("You chose this %(chosen)s of the %(offered)s times it was offered.", **numbers)
    return _("You chose the keyed response in %(earned)s of %(items)s items here.", **numbers)
