"""What a benchmark hands back: rows with goals, as a table and as JSON."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure. Without a goal it is told for orientation, and `holds` is None."""

    name: str
    value: float
    unit: str
    goal: str | None = None
    holds: bool | None = None


def at_most(name: str, value: float, unit: str, limit: float) -> Row:
    return Row(name=name, value=_short(value), unit=unit, goal=f"<= {limit:g}", holds=value <= limit)


def at_least(name: str, value: float, unit: str, limit: float) -> Row:
    return Row(name=name, value=_short(value), unit=unit, goal=f">= {limit:g}", holds=value >= limit)


def figure(name: str, value: float, unit: str) -> Row:
    return Row(name=name, value=_short(value), unit=unit)


def _short(value: float) -> float:
    """Three digits are more than a noisy machine can repeat."""
    return float(f"{value:.3g}") if abs(value) < 1000 else round(value)


def table(rows: Iterable[Sequence[object]], headers: Sequence[str]) -> str:
    """Columns under their headers: words at the left, numbers at the right."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(headers, *cells, strict=True)]
    numeric = [all(_is_number(row[index]) for row in cells) for index in range(len(headers))]

    def line(row: Sequence[str]) -> str:
        padded = [
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(row, widths, numeric, strict=True)
        ]
        return "  ".join(padded).rstrip()

    return "\n".join(line(row) for row in [list(headers), *cells])


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
    return "" if value is None else str(value)


def _is_number(text: str) -> bool:
    return text == "" or text.replace(".", "", 1).lstrip("-").isdigit()


def goals_table(rows: Iterable[Row]) -> str:
    verdicts = {True: "holds", False: "MISSED", None: ""}
    lines = [(row.name, row.value, row.unit, row.goal, verdicts[row.holds]) for row in rows]
    return table(lines, ["figure", "value", "unit", "goal", ""])


def write_json(rows: Iterable[Row], path: Path) -> None:
    path.write_text(json.dumps([asdict(row) for row in rows], indent=2, ensure_ascii=False) + "\n")
