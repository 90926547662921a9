"""Server-made SVG charts: strings with every text passed in, translated, and escaped here.

They stretch without a script: widths are percentages, so that bars grow with the page while text keeps its
size, and heights are in rem, so that large print scales all of it. (A viewBox would scale the text with the
width.) Where a label is too long for a phone, the chart is there twice, and the stylesheet shows the one that
fits. Colours come from the stylesheet through classes, as the content security policy wants no style here:
chart, chart-narrow, chart-wide, chart-text, chart-strong, chart-muted, chart-axis, chart-track, chart-value,
chart-band, chart-none, chart-target, chart-line, chart-point, chart-square.

The picture is one image to a screen reader; its numbers stand in the table beside it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from math import ceil
from textwrap import wrap

LABEL_CHARACTERS = 26  # fits in 250 px, the inside of a card on a phone of 320 px, in a wide bold font too
WIDE_CHARACTERS = 46  # fits in 28rem, from where on the stylesheet shows the wide chart
SQUARES_PER_LINE = 8
POINTS_SHOWN = 12

_LINE = 1.3  # rem from one line of text to the next
_STEP = 1.9  # rem from one square to the next


class Svg(str):
    """Markup that Jinja prints as it is: every part of it was escaped when it was made."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A value with its interval, all 0-1; a value of None is shown in grey with the note alone."""

    label: str
    note: str  # "6 of 8", or "not enough yet"
    value: float | None
    low: float | None = None
    high: float | None = None
    aim: tuple[float, float] | None = None  # where the value should be: a dashed line at each end of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A place on the scale, 0-1, with its words: a tick of the axis or a study target."""

    value: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One attempt in a trend: its value 0-1, when it was, and the value in words."""

    label: str
    value: float
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Square:
    """One principle: its words on hover, and how far the square is filled, 0-1.

    Without a value, as there is not enough for one, it has a dot for each of its few answers, and a full one
    for each hit; it is dashed when there are none.
    """

    title: str
    value: float | None
    answers: int = 0
    hits: int = 0  # of the few answers, those with the whole credit


@dataclass(frozen=True, slots=True, kw_only=True)
class SquareRow:
    """A domain with the squares of its principles."""

    label: str
    squares: Sequence[Square]


def interval_bars(
    chart_id: str, title: str, description: str, bars: Iterable[Bar], target: Mark | None = None
) -> Svg:
    """A bar from zero for each value, over a lighter band for its interval; a dashed line at the target."""
    rows = list(bars)

    def draw(characters: int) -> _Drawn:
        top = 0.0
        parts: list[str] = []
        if target:
            parts.append(_target_label(target))
            top += _LINE + 0.5
        for bar in rows:
            row, height = _bar_row(bar, top, target, characters)
            parts.append(row)
            top += height
        return top, parts

    return _fitting(chart_id, title, description, [bar.label for bar in rows], draw)


def _bar_row(bar: Bar, top: float, target: Mark | None, characters: int) -> tuple[str, float]:
    """The row's markup and its height: label, note, bar."""
    lines = _lines(bar.label, characters)
    under = top + len(lines) * _LINE
    y = under + _LINE + 0.2
    drawn = [_label(lines, top), _text(bar.note, "0", under + 1, "chart-muted"), *_bar_shapes(bar, y)]
    # The ends of the scale need no line.
    places = [end for end in bar.aim or () if 0 < end < 1]
    for place in [target.value, *places] if target else places:
        x = _percent(place)
        drawn.append(_line(x, y - 0.2, x, y + 1.2, "chart-target"))
    return "".join(drawn), y + 2.1 - top


def _bar_shapes(bar: Bar, y: float) -> list[str]:
    if bar.value is None:
        return [_rect(0, 1, y + 0.25, 0.5, "chart-none")]
    shapes = [_rect(0, 1, y + 0.25, 0.5, "chart-track")]
    if bar.low is not None and bar.high is not None:
        shapes.append(_rect(bar.low, bar.high, y, 1, "chart-band"))
    return [*shapes, _rect(0, bar.value, y + 0.25, 0.5, "chart-value")]


def _target_label(target: Mark) -> str:
    """The target's words above the first bar, on the side of the line where they have room."""
    anchor = "end" if target.value > 0.5 else "start"
    return _text(target.label, _percent(target.value), 1, "chart-muted", anchor)


def trend_line(
    chart_id: str, title: str, description: str, points: Sequence[Point], axis: Iterable[Mark] = ()
) -> Svg:
    """The latest attempts from left to right, on a scale from zero, with words at both ends."""
    shown = points[-POINTS_SHOWN:]
    places = [(_across(number, len(shown)), _height(point.value)) for number, point in enumerate(shown)]
    parts = [_axis_line(mark) for mark in axis]
    parts.extend(_line(*start, *end, "chart-line") for start, end in pairwise(places))
    parts.extend(_dot(point, *place) for point, place in zip(shown, places, strict=True))
    if len(shown) == 1:
        parts.append(_end_words(shown[0], shown[0], places[0][0], "middle"))
    elif shown:
        parts.append(_end_words(shown[0], shown[1], places[0][0], "start"))
        parts.append(_end_words(shown[-1], shown[-2], places[-1][0], "end"))
    return _svg(chart_id, title, description, _height(0) + 1.9, parts)


def _end_words(point: Point, neighbour: Point, x: str, anchor: str) -> str:
    """A point's value and date; the value stands where the line to its neighbour does not cross it."""
    below = neighbour.value > point.value > 0.25
    y = _height(point.value) + (1.5 if below else -0.7)
    note = _text(point.note, x, y, "chart-strong", anchor)
    return note + _text(point.label, x, _height(0) + 1.4, "chart-muted", anchor)


def _height(value: float) -> float:
    """Rem from the top of a trend; room above for the words of a full score."""
    return 1.8 + (1 - value) * 8


def _across(number: int, count: int) -> str:
    """Points spread over the width, with room at the left for the words of the axis."""
    return _percent(0.2 + 0.76 * number / (count - 1) if count > 1 else 0.58)


def _axis_line(mark: Mark) -> str:
    y = _height(mark.value)
    return _line("0", y, "100%", y, "chart-axis") + _text(mark.label, "0", y - 0.3, "chart-muted")


def _dot(point: Point, x: str, y: float) -> str:
    words = f"<title>{escape(point.label)}: {escape(point.note)}</title>"
    return f'<circle class="chart-point" cx="{x}" cy="{_rem(y)}" r="0.35rem">{words}</circle>'


def principle_map(chart_id: str, title: str, description: str, rows: Iterable[SquareRow]) -> Svg:
    """A line of squares per domain, each filled from below by its value, if there is enough for one."""
    known = list(rows)

    def draw(characters: int) -> _Drawn:
        top = 0.0
        parts: list[str] = []
        for row in known:
            lines = _lines(row.label, characters)
            parts.append(_label(lines, top))
            top += len(lines) * _LINE + 0.3
            parts.extend(_square(square, number, top) for number, square in enumerate(row.squares))
            top += ceil(len(row.squares) / SQUARES_PER_LINE) * _STEP + 0.8
        return top, parts

    return _fitting(chart_id, title, description, [row.label for row in known], draw)


def _square(square: Square, number: int, top: float) -> str:
    x = number % SQUARES_PER_LINE * _STEP + 0.1
    y = top + number // SQUARES_PER_LINE * _STEP + 0.1
    edge = f'x="{_rem(x)}" y="{_rem(y)}" width="1.4rem" height="1.4rem" rx="0.2rem"'
    drawn = f'<rect class="chart-square" {edge}/>'
    if square.value is None and not square.answers:
        drawn = f'<rect class="chart-square chart-none" stroke-dasharray="3 3" {edge}/>'
    elif square.value is None:
        drawn += "".join(_dot_inside(x, y, number, square.hits) for number in range(min(square.answers, 4)))
    elif square.value > 0:
        full = 1.4 * square.value
        drawn += (
            f'<rect class="chart-value" x="{_rem(x)}" y="{_rem(y + 1.4 - full)}" width="1.4rem"'
            f' height="{_rem(full)}" rx="0.2rem"/>'
        )
    return f"<g>{drawn}<title>{escape(square.title)}</title></g>"


def _dot_inside(x: float, y: float, number: int, hits: int) -> str:
    """One of up to four dots in a square."""
    kind = "chart-value" if number < hits else "chart-square"
    right, down = 0.42 + 0.56 * (number % 2), 0.42 + 0.56 * (number // 2)
    return f'<circle class="{kind}" cx="{_rem(x + right)}" cy="{_rem(y + down)}" r="0.2rem"/>'


_Drawn = tuple[float, list[str]]  # the height in rem, and what is drawn


def _fitting(
    chart_id: str, title: str, description: str, labels: Iterable[str], draw: Callable[[int], _Drawn]
) -> Svg:
    """One chart when every label fits on a phone; else a narrow and a wide one."""
    if all(len(_lines(label, LABEL_CHARACTERS)) == len(_lines(label, WIDE_CHARACTERS)) for label in labels):
        return _svg(chart_id, title, description, *draw(LABEL_CHARACTERS))
    narrow = _svg(chart_id, title, description, *draw(LABEL_CHARACTERS), " chart-narrow")
    wide = _svg(f"{chart_id}-wide", title, description, *draw(WIDE_CHARACTERS), " chart-wide")
    return Svg(narrow + wide)


def _svg(
    chart_id: str, title: str, description: str, height: float, parts: Iterable[str], kind: str = ""
) -> Svg:
    name = escape(chart_id)
    return Svg(
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart{kind}" width="100%" height="{_rem(height)}"'
        f' role="img" aria-labelledby="{name}-title" aria-describedby="{name}-desc">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(description)}</desc>'
        f"{''.join(parts)}</svg>"
    )


def _lines(label: str, characters: int) -> list[str]:
    return wrap(label, characters) or [""]


def _label(lines: Iterable[str], top: float) -> str:
    return "".join(_text(line, "0", top + 1 + n * _LINE, "chart-strong") for n, line in enumerate(lines))


def _text(words: str, x: str, y: float, kind: str, anchor: str = "start") -> str:
    return (
        f'<text class="chart-text {kind}" x="{x}" y="{_rem(y)}" font-size="0.95rem" text-anchor="{anchor}">'
        f"{escape(words)}</text>"
    )


def _rect(start: float, end: float, y: float, height: float, kind: str) -> str:
    return (
        f'<rect class="{kind}" x="{_percent(start)}" y="{_rem(y)}" width="{_percent(end - start)}"'
        f' height="{_rem(height)}" rx="0.2rem"/>'
    )


def _line(x1: str, y1: float, x2: str, y2: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x1}" y1="{_rem(y1)}" x2="{x2}" y2="{_rem(y2)}"/>'


def _percent(share: float) -> str:
    return f"{100 * share:.2f}%"


def _rem(length: float) -> str:
    return f"{length:.2f}rem"
