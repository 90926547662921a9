"""Words that several pages of exams and progress share; templates call them by name."""

import functools
from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from math import ceil
from typing import Any

from flask import Flask, current_app, get_flashed_messages, render_template
from flask_login import current_user
from markupsafe import Markup

from quizapp.core.blueprint import ExamBlueprint
from quizapp.core.items import ITEM_TYPES, Item, ItemType
from quizapp.core.receipt import short_receipt
from quizapp.core.reference import Taxonomy
from quizapp.core.results import Suggestion, Target
from quizapp.exams.palette import ANSWERED, CLOSED, FLAGGED, Palette
from quizapp.exams.queries import ReviewedItem
from quizapp.exams.results import Results
from quizapp.i18n import clock_time, ngettext, points_text, translations
from quizapp.i18n import gettext as _


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(
        clock_words=clock_words,
        form_rows=form_rows,
        look_time=look_time,
        mark_text=mark_text,
        palette_items=palette_items,
        pass_rule_text=pass_rule_text,
        suggestion_text=suggestion_text,
        target_text=target_text,
        time_left=time_left,
        topic_name=topic_name,
        type_name=type_name,
        verdict_lines=verdict_lines,
        verdict_text=verdict_text,
        weights_text=weights_text,
    )
    app.jinja_env.filters.update(
        hour=hour,
        points=points_text,
        second=second,
        short_receipt=short_receipt,
    )


def second(value: datetime) -> str:
    """A time of day with seconds, as the saved sign shows it."""
    return clock_time(value)


def hour(value: datetime) -> str:
    """A time of day such as "14:03", in the reader's zone."""
    return clock_time(value)[:5]


def time_left(seconds: int) -> str:
    """Whole minutes, rounded down, as long as there are ten; then minutes and seconds."""
    if seconds >= 600:
        return _("%(minutes)s min left", minutes=seconds // 60)
    return _("%(minutes)s:%(seconds)s left", minutes=seconds // 60, seconds=f"{seconds % 60:02}")


def clock_words(seconds: int, ends_at: datetime) -> str:
    """What the clock of an exam says: the time left, or its end for those who hide the time left."""
    if current_user.hides_clock:
        return _("Ends %(time)s", time=hour(ends_at))
    return time_left(seconds)


def messages() -> Markup:
    """The flashed messages, which this takes out of the session."""
    if not get_flashed_messages():
        return Markup()
    return Markup(_macros("macros.html").flashes())


def question(item: Item, data: Mapping[str, Any], heading: str, describedby: str | None = None) -> Markup:
    """An item to be answered, in the way of its type."""
    return Markup(_macros(f"items/{item.type}.html").question(data, heading, item.lang, describedby))


def verdict_text(kind: ItemType, points: Fraction, maximum: Fraction) -> str:
    """How an answer in practice went, in a few words."""
    if kind.picks_one:
        is_right = points == maximum
        return _("Yes, that's the best response.") if is_right else _("Close. Another response fits better.")
    earned = {"points": points_text(points), "maximum": points_text(maximum)}
    if points == maximum:
        return _("Yes, that earns all of it: %(points)s of %(maximum)s.", **earned)
    if points > 0:
        return _("Part of it fits: %(points)s of %(maximum)s.", **earned)
    return _("Not there yet: %(points)s of %(maximum)s. See below what fits better.", **earned)


def mark_text(entry: ReviewedItem) -> str:
    """The same in the list of a result."""
    if entry.kind.picks_one:
        return _("Best response") if entry.is_right else _("Another fits better")
    return _(
        "%(points)s of %(maximum)s", points=points_text(entry.points), maximum=points_text(entry.maximum)
    )


def _macros(template: str) -> Any:
    return current_app.jinja_env.get_template(template).module


def look_time(milliseconds: int) -> str:
    """How long an item was looked at."""
    minutes, seconds = divmod(round(milliseconds / 1000), 60)
    if minutes:
        return _("%(minutes)s min %(seconds)s s", minutes=minutes, seconds=seconds)
    return _("%(seconds)s s", seconds=seconds)


def palette_items(palette: Palette, current: int) -> Markup:
    """The list items of the palette. Each with its words for people who do not see it."""
    others, this = _squares(len(palette.states), translations())
    closed = palette.stage.closed_through
    items = [
        others[state | CLOSED if index < closed else state][index]
        for index, state in enumerate(palette.states)
    ]
    items[current - 1] = this[palette.states[current - 1]][current - 1]
    return Markup("\n".join(items))


@functools.lru_cache(maxsize=64)
def _squares(count: int, _language: object) -> list[list[list[str]]]:
    """Every square in every state, elsewhere and on its own page, which no closed one has.

    They are alike for everybody, and a page has up to 150: to render them each time would cost more than
    the rest of it.
    """
    words = [
        *("", _("answered"), _("flagged"), _("answered, flagged")),
        *(_("closed, open"), _("closed, answered"), _("closed, flagged"), _("closed, answered, flagged")),
    ]
    return [
        [
            [_square(position, state, words[state], is_current) for position in range(1, count + 1)]
            for state in range(CLOSED if is_current else len(words))
        ]
        for is_current in (False, True)
    ]


def _square(position: int, state: int, words: str, is_current: bool) -> str:
    return render_template(
        "exams/_square.html",
        position=position,
        is_answered=state & ANSWERED,
        is_flagged=state & FLAGGED,
        is_closed=state & CLOSED,
        is_current=is_current,
        words=words,
    )


def type_name(name: str) -> str:
    """What learners call a type of item; its id when there is no such type any more."""
    return str(_macros(f"items/{name}.html").name()) if name in ITEM_TYPES else name


def topic_name(focus: Mapping[str, str] | None, taxonomy: Taxonomy) -> str:
    """What a practice set is about, in words."""
    if focus is None:
        return _("What helps me most")
    if focus["kind"] == "type":
        return type_name(focus["key"])
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
    """What may be said about the result: pass or not only by a board's own count. Two targets come after."""
    verdict = results.verdict
    if verdict.basis == "study_targets":
        if results.blueprint.pass_rule.kind == "scaled":
            why = _("The board reports a scaled score, so this mock cannot say pass or fail.")
        else:
            why = _("We found no published pass rule, so this mock cannot say pass or fail.")
        return [why, _("Two study targets:")]
    target = verdict.targets[0]
    if verdict.basis == "study_target":
        if target.reached:
            return [_("You are at the study target of %(needed)s. Well done.", needed=target.needed)]
        return [
            ngettext(
                "Not at the study target of %(needed)s yet: %(num)s item to go.",
                "Not at the study target of %(needed)s yet: %(num)s items to go.",
                ceil(target.needed - results.summary.total.earned),
                needed=target.needed,
            )
        ]
    if target.reached:
        return [_("That reaches the board's line of %(needed)s.", needed=target.needed)]
    return [_("Not at the board's line of %(needed)s yet.", needed=target.needed)]


def target_text(target: Target) -> str:
    """One of two study targets, and whether it is reached."""
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
