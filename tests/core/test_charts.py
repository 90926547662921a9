import re
from collections.abc import Callable
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.core.charts import (
    Bar,
    Mark,
    Point,
    Square,
    SquareRow,
    Svg,
    interval_bars,
    principle_map,
    trend_line,
)

NS = "{http://www.w3.org/2000/svg}"
CLASSES = {
    *("chart", "chart-text", "chart-strong", "chart-muted", "chart-axis", "chart-track", "chart-value"),
    *("chart-band", "chart-none", "chart-target", "chart-line", "chart-point", "chart-square"),
}
EVIL = '"><script>alert(1)</script>&<style>'


def bars(words: str) -> Svg:
    rows = [
        Bar(label=words, note=words, value=0.75, low=0.5, high=0.9),
        Bar(label="Crisis", note="not enough yet", value=None),
    ]
    return interval_bars("bars", words, words, rows, Mark(value=0.8, label=words))


def aims(words: str) -> Svg:
    rows = [
        Bar(label=words, note=words, value=0.75, low=0.5, high=0.9, aim=(0.8, 1)),
        Bar(label="Fairly", note="not enough yet", value=None, aim=(0.67, 0.8)),
        Bar(label="Guessing", note="1 of 2", value=0.5),
    ]
    return interval_bars("aims", words, words, rows)


def trend(words: str) -> Svg:
    points = [Point(label=words, value=0.4, note=words), Point(label="b", value=0.6, note="c")]
    return trend_line("trend", words, words, points, [Mark(value=0.5, label=words)])


def squares(words: str) -> Svg:
    row = SquareRow(label=words, squares=[Square(title=words, value=value) for value in (None, 0, 0.5, 1)])
    return principle_map("map", words, words, [row])


CHARTS = [bars, aims, trend, squares]


def classed(svg: Svg, name: str) -> list[Element]:
    return [element for element in fromstring(svg).iter() if name in element.get("class", "").split()]


def words_of(svg: Svg) -> list[str]:
    return [element.text or "" for element in fromstring(svg).iter(f"{NS}text")]


@pytest.mark.parametrize("draw", CHARTS)
def test_a_chart_is_an_image_with_a_name_and_a_description(draw: Callable[[str], Svg]) -> None:
    root = fromstring(draw("By domain"))
    assert root.get("role") == "img"
    ids = {element.get("id"): element.text for element in root if element.get("id")}
    assert ids[root.get("aria-labelledby")] == "By domain"
    assert ids[root.get("aria-describedby")] == "By domain"


@pytest.mark.parametrize("draw", CHARTS)
def test_authored_text_cannot_become_markup(draw: Callable[[str], Svg]) -> None:
    svg = draw(EVIL)
    root = fromstring(f"<div>{svg}</div>")
    tags = {element.tag.removeprefix(NS) for element in root.iter()} - {"div"}
    assert tags <= {"svg", "title", "desc", "text", "rect", "line", "circle", "g"}
    assert "<script" not in svg
    assert EVIL in {element.text for element in root.iter()}


@pytest.mark.parametrize("draw", CHARTS)
def test_no_style_so_that_a_strict_policy_holds(draw: Callable[[str], Svg]) -> None:
    svg = draw("words")
    names = {name for element in fromstring(svg).iter() for name in element.attrib}
    assert not names & {"style", "fill", "stroke", "href"}
    assert not [name for name in names if name.startswith("on")]
    used = {name for element in fromstring(svg).iter() for name in element.get("class", "").split()}
    assert used <= CLASSES


@pytest.mark.parametrize("draw", CHARTS)
def test_jinja_prints_a_chart_as_it_is(draw: Callable[[str], Svg]) -> None:
    svg = draw("words")
    assert svg.__html__() == svg
    assert type(svg.__html__()) is str


@pytest.mark.parametrize("draw", CHARTS)
def test_text_keeps_a_readable_size_and_bars_stretch(draw: Callable[[str], Svg]) -> None:
    root = fromstring(draw("words"))
    assert root.get("width") == "100%"
    assert root.get("viewBox") is None  # it would scale the text with the width
    assert {element.get("font-size") for element in root.iter(f"{NS}text")} == {"0.95rem"}


def test_a_bar_starts_at_zero_over_its_band() -> None:
    svg = bars("words")
    (value,), (band,) = classed(svg, "chart-value"), classed(svg, "chart-band")
    assert (value.get("x"), value.get("width")) == ("0.00%", "75.00%")
    assert (band.get("x"), band.get("width")) == ("50.00%", "40.00%")


def test_not_enough_yet_is_grey_and_has_no_value() -> None:
    svg = interval_bars(
        "a", "t", "d", [Bar(label="Crisis", note="not enough yet", value=None, low=0, high=1)]
    )
    assert classed(svg, "chart-none")
    assert not classed(svg, "chart-value")
    assert not classed(svg, "chart-band")
    assert words_of(svg) == ["Crisis", "not enough yet"]


def test_an_aim_has_a_line_at_each_end_that_is_inside_the_scale() -> None:
    lines = [line.get("x1") for line in classed(aims("words"), "chart-target")]
    assert lines == ["80.00%", "67.00%", "80.00%"]


def test_a_target_crosses_every_bar_and_is_named_once() -> None:
    svg = bars("words")
    assert [line.get("x1") for line in classed(svg, "chart-target")] == ["80.00%", "80.00%"]
    assert not classed(interval_bars("a", "t", "d", []), "chart-target")


@pytest.mark.parametrize(("value", "anchor"), [(0.2, "start"), (0.5, "start"), (0.8, "end"), (1, "end")])
def test_the_words_of_a_target_stay_inside_the_chart(value: float, anchor: str) -> None:
    root = fromstring(interval_bars("a", "t", "d", [], Mark(value=value, label="Study target")))
    assert [words.get("text-anchor") for words in root.iter(f"{NS}text")] == [anchor]


@pytest.mark.parametrize(
    ("first", "second", "is_below"),
    [(0.5, 0.8, True), (0.8, 0.5, False), (0.5, 0.5, False), (0.1, 0.9, False)],
)
def test_the_words_of_a_point_avoid_its_line_and_the_dates(
    first: float, second: float, is_below: bool
) -> None:
    points = [Point(label="a", value=first, note="first"), Point(label="b", value=second, note="second")]
    root = fromstring(trend_line("a", "t", "d", points))
    (words,) = (text for text in root.iter(f"{NS}text") if text.text == "first")
    dot = next(root.iter(f"{NS}circle"))
    places = [float((place or "").removesuffix("rem")) for place in (words.get("y"), dot.get("cy"))]
    assert (places[0] > places[1]) == is_below


def test_long_labels_are_broken_not_cut() -> None:
    label = "Culture, language and harm reduction"
    narrow, wide = both(interval_bars("a", "t", "d", [Bar(label=label, note="3 of 5", value=0.6)]))
    *lines, note = words_of(narrow)
    assert " ".join(lines) == label
    assert max(map(len, lines)) <= 26
    assert words_of(wide) == [label, note]


def both(svg: Svg) -> list[Svg]:
    """The narrow and the wide chart of labels that are too long for a phone."""
    charts = [Svg(f"<svg{part}") for part in svg.split("<svg")[1:]]
    assert [fromstring(each).get("class") for each in charts] == ["chart chart-narrow", "chart chart-wide"]
    ids = re.findall(r' id="([^"]*)"', svg)
    assert len(ids) == len(set(ids)) == 4
    return charts


def test_squares_too_are_drawn_twice_for_a_long_label() -> None:
    row = SquareRow(label="Culture, language and harm reduction", squares=[Square(title="a", value=None)])
    narrow, wide = both(principle_map("a", "t", "d", [row]))
    assert len(words_of(narrow)) == 2
    assert words_of(wide) == [row.label]


def test_label_that_no_width_holds_is_broken_in_the_wide_chart_too() -> None:
    label = "Wellness, relapse prevention, resilience and everything that comes after them"
    _narrow, wide = both(interval_bars("a", "t", "d", [Bar(label=label, note="n", value=0.6)]))
    assert len(words_of(wide)) == 3


@given(st.lists(st.text(st.characters(codec="utf-8", categories=["L", "Zs", "P"]), max_size=60), max_size=6))
def test_rows_stand_below_one_another_inside_the_chart(labels: list[str]) -> None:
    rows = [Bar(label=label, note="n", value=0.5, low=0.2, high=0.9) for label in labels]
    for part in interval_bars("a", "t", "d", rows).split("<svg")[1:]:
        root = fromstring(f"<svg{part}")
        height = float((root.get("height") or "").removesuffix("rem"))
        places = [float((element.get("y") or "").removesuffix("rem")) for element in root.iter(f"{NS}text")]
        assert places == sorted(set(places))
        assert all(0 < place < height for place in places)


@pytest.mark.parametrize(("values", "shown"), [([], 0), ([0.5], 1), ([0.5, 0.7], 2), ([0.1] * 30, 12)])
def test_a_trend_shows_the_latest_attempts_joined_by_lines(values: list[float], shown: int) -> None:
    points = [Point(label=f"day {n}", value=value, note=f"note {n}") for n, value in enumerate(values)]
    svg = trend_line("a", "t", "d", points)
    assert len(classed(svg, "chart-point")) == shown
    assert len(classed(svg, "chart-line")) == max(0, shown - 1)
    ends = [] if not points else [points[-shown], points[-1]][: min(2, shown)]
    assert words_of(svg) == [words for end in ends for words in (end.note, end.label)]


def test_a_trend_has_zero_at_the_bottom_and_room_for_a_full_score() -> None:
    points = [Point(label="a", value=0, note="0 of 50"), Point(label="b", value=1, note="50 of 50")]
    svg = trend_line("a", "t", "d", points, [Mark(value=0, label="0 %"), Mark(value=1, label="100 %")])
    zero, full = (float((point.get("cy") or "").removesuffix("rem")) for point in classed(svg, "chart-point"))
    assert zero > full
    assert [line.get("y1") for line in classed(svg, "chart-axis")] == [f"{zero:.2f}rem", f"{full:.2f}rem"]
    assert min(float(y) for y in re.findall(r' y="([\d.-]+)rem"', svg)) > 0.9


def test_a_square_is_filled_as_far_as_its_value_and_dashed_without_one() -> None:
    svg = squares("words")
    assert [fill.get("height") for fill in classed(svg, "chart-value")] == ["0.70rem", "1.40rem"]
    (unknown,) = classed(svg, "chart-none")
    assert unknown.get("stroke-dasharray")
    assert len(classed(svg, "chart-square")) == 4


def test_a_square_with_few_answers_has_a_dot_for_each_and_no_height() -> None:
    row = SquareRow(label="Role", squares=[Square(title="a", value=None, answers=3, hits=2)])
    svg = principle_map("a", "t", "d", [row])
    dots = list(fromstring(svg).iter(f"{NS}circle"))
    assert [dot.get("class") for dot in dots] == ["chart-value", "chart-value", "chart-square"]
    assert len({(dot.get("cx"), dot.get("cy")) for dot in dots}) == 3
    assert not [shape for shape in classed(svg, "chart-value") if shape.get("height")]


def test_many_squares_go_on_in_the_next_line() -> None:
    row = SquareRow(label="Role", squares=[Square(title=str(n), value=None) for n in range(17)])
    edges = classed(principle_map("a", "t", "d", [row]), "chart-square")
    assert len({edge.get("x") for edge in edges}) == 8
    assert len({edge.get("y") for edge in edges}) == 3
