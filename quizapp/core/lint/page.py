"""The report on banks as one page that needs nothing else: to read, to print, in light and dark."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from quizapp.core.charts import Bar, Svg, interval_bars
from quizapp.core.lint.figures import Figure
from quizapp.core.lint.report import GROUPS, TELLING, VERDICTS, BankReport

_STYLE: Final = """
:root {
  color-scheme: light dark;
  --bg: #FBF8F3; --surface: #FFFFFF; --text: #24302F; --muted: #55605E; --line: #D9D1C4;
  --value: #1F6F68; --track: #E6F0EF; --missed: #8A4B12;
}
@media (prefers-color-scheme: dark) {
  :root {
    --bg: #141B1B; --surface: #1C2625; --text: #E9EEEC; --muted: #AAB7B4; --line: #344241;
    --value: #6FC7BC; --track: #1B302E; --missed: #F0B679;
  }
}
body {
  margin: 0 auto; padding: 24px; max-width: 1080px; background: var(--bg); color: var(--text);
  font: 18px/1.6 "Atkinson Hyperlegible", system-ui, sans-serif;
}
h1 { font-size: 30px; }
h2 { font-size: 23px; margin-top: 48px; }
h3 { font-size: 19px; margin-top: 0; }
section {
  background: var(--surface); border: 1px solid var(--line); border-radius: 10px;
  padding: 16px 24px; margin: 16px 0;
}
.beside { display: grid; gap: 32px; grid-template-columns: minmax(0, 1fr); }
table { border-collapse: collapse; width: 100%; font-size: 15.5px; }
th, td {
  text-align: left; vertical-align: top; padding: 4px 12px 4px 0; border-bottom: 1px solid var(--line);
}
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.missed { color: var(--missed); font-weight: 700; }
.scroll { overflow-x: auto; }
.muted { color: var(--muted); }
.chart-text { fill: var(--text); }
.chart-text.chart-muted { fill: var(--muted); }
.chart-strong { font-weight: 700; }
.chart-track { fill: var(--track); }
.chart-value { fill: var(--value); }
.chart-none { fill: var(--line); }
.chart-target { stroke: var(--missed); stroke-width: 2; stroke-dasharray: 4 3; }
.chart-wide { display: none; }
@media (min-width: 36rem) and (max-width: 59.99rem) {
  .chart-wide { display: block; }
  .chart-narrow { display: none; }
}
@media (min-width: 60rem) {
  .beside { grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); }
}
@media print {
  :root {
    color-scheme: light;
    --bg: #FFFFFF; --surface: #FFFFFF; --text: #000000; --muted: #444444; --line: #999999;
    --value: #1F6F68; --track: #E6F0EF; --missed: #8A4B12;
  }
  body { font-size: 11pt; padding: 0; max-width: none; }
  .beside { grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); }
  * { print-color-adjust: exact; }
  tr, svg { break-inside: avoid; }
  h3 { break-after: avoid; }
}
"""


def lint_page(reports: Sequence[BankReport], made_on: str) -> str:
    """The whole page; `made_on` is the date in words."""
    body = "".join(_bank(report) for report in reports)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Report on question banks</title><style>{_STYLE}</style></head><body><main>"
        "<h1>Report on question banks</h1>"
        f'<p class="muted">Made on {escape(made_on)}. Dashed lines are bounds.</p>'
        f"{body}</main></body></html>\n"
    )


def _bank(report: BankReport) -> str:
    intro = (
        f"<h2>{escape(report.title)} ({escape(report.bank)})</h2>"
        f"<p>{report.items} items, {report.live} of them live."
        f" {report.verdict}</p>"
    )
    kinds = "".join(_counts(report, name) for name in ("type", "kind", "level"))
    groups = "".join(_group(report, name, heading) for name, heading in GROUPS.items())
    return intro + kinds + groups + _alike(report) + _telling(report) + _rules(report)


def _counts(report: BankReport, name: str) -> str:
    counts = report.counts[name]
    total = max(sum(counts.values()), 1)
    bars = [Bar(label=key, note=str(count), value=count / total) for key, count in counts.items()]
    rows = [(escape(key), _number(str(count))) for key, count in counts.items()]
    return _section(
        f"Items by {name}", f"{report.bank}-{name}-count", bars, ("", _number("items", "th")), rows
    )


def _group(report: BankReport, name: str, heading: str) -> str:
    figures = report.group(name)
    if not figures:
        return ""
    bars = [bar for bar in map(_bar, figures) if bar is not None]
    rows = [
        (
            escape(each.name),
            _number(each.written(each.value)),
            _number(each.bound),
            f"<td{_MISSED if each.holds is False else ''}>{VERDICTS[each.holds]}</td>",
        )
        for each in figures
    ]
    heads = ("", _number("value", "th"), _number("bound", "th"), "<th>holds</th>")
    return _section(heading, f"{report.bank}-{name}", bars, heads, rows)


_MISSED: Final = ' class="missed"'


def _bar(figure: Figure) -> Bar | None:
    """A share as it is; a count on a scale up to the larger of itself and its bounds; no other value."""
    note = f"{figure.written(figure.value)}, {figure.bound}"
    if figure.unit == "statistic" or (figure.low or 0) < 0:
        return None
    if figure.unit == "share":
        scale = 1.0
    else:
        scale = max(figure.value or 0, figure.low or 0, figure.high or 0) or 1.0
    value = None if figure.value is None else figure.value / scale
    ends = [min(1.0, end / scale) for end in (figure.low, figure.high) if end is not None]
    aim = (ends[0], ends[-1]) if ends else None
    return Bar(label=figure.name, note=note, value=value, aim=aim)


def _section(
    heading: str, name: str, bars: Sequence[Bar], heads: Iterable[str], rows: Iterable[tuple[str, ...]]
) -> str:
    picture = interval_bars(name, heading, "The table beside it has the numbers.", bars) if bars else Svg("")
    table = _table(heads, rows)
    inner = f'<div class="beside"><div>{picture}</div>{table}</div>' if bars else table
    return f"<section><h3>{escape(heading)}</h3>{inner}</section>"


def _table(heads: Iterable[str], rows: Iterable[tuple[str, ...]]) -> str:
    head = "".join(_cell(each, "th") for each in heads)
    body = "".join(f"<tr>{''.join(_cell(each, 'td') for each in row)}</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _cell(content: str, tag: str) -> str:
    """A cell, unless it is one already."""
    return content if content.startswith(("<td", "<th")) else f"<{tag}>{content}</{tag}>"


def _number(text: str, tag: str = "td") -> str:
    return f'<{tag} class="number">{escape(text)}</{tag}>'


def _alike(report: BankReport) -> str:
    if not report.alike:
        return ""
    rows = [(escape(later), escape(earlier)) for later, earlier in report.alike]
    return _section("Pairs alike", f"{report.bank}-pairs", [], ("item", "earlier item"), rows)


def _telling(report: BankReport) -> str:
    if not report.telling:
        return ""
    bars = [
        Bar(
            label=each.stem,
            note=f"{each.in_keys} of {each.in_keys + each.in_wrong} in keys",
            value=each.in_keys / (each.in_keys + each.in_wrong),
        )
        for each in report.telling
    ]
    rows = [
        (
            escape(each.stem),
            _number(str(each.in_keys)),
            _number(str(each.in_wrong)),
            _number(f"{each.z:+.1f}"),
        )
        for each in report.telling
    ]
    heads = ("word stem", _number("keys", "th"), _number("wrong options", "th"), _number("z", "th"))
    return _section(TELLING, f"{report.bank}-words", bars, heads, rows)


def _rules(report: BankReport) -> str:
    """How often each rule was broken; a bar is a share of the most broken one."""
    most = max([each.found for each in report.rules] or [0]) or 1
    bars = [Bar(label=each.rule, note=str(each.found), value=each.found / most) for each in report.rules]
    rows = [
        (
            escape(each.rule),
            each.severity,
            _number(str(each.found)),
            _number(str(each.waived)),
            escape(each.reason),
        )
        for each in report.rules
    ]
    heads = ("rule", "severity", _number("found", "th"), _number("waived", "th"), "why it is a rule")
    if not rows:
        return "<section><h3>Findings by rule</h3><p>None, and nothing is waived.</p></section>"
    return _section("Findings by rule", f"{report.bank}-rules", bars, heads, rows)
