"""YAML of content files: read fast, and read again with positions when something is wrong.

Two parsers stand behind `read_yaml`. yaml_rs (YAML 1.2, compiled) reads a file that is in order. Whatever
it cannot report or bound is left to the walk over libyaml's events (yaml_walk.py), which gives the same data,
as a test holds, and every place and problem: slower, but without recursion and with limits.

Dates stay text here (yaml_rs makes dates of quoted text too); the fields that are dates read them.

Why yaml_rs alone will not do (tried, 0.1.6): some 10,000 nested "- " overflow its stack and end the process,
a number of millions of digits takes half a minute, several documents look like a list, tags and directives
are ignored, and bytes that are not UTF-8 are replaced. `_needs_walk` finds these by cheap searches first.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from quizapp.core.items.base import Path
from quizapp.core.problems import Problem
from quizapp.core.yaml_walk import MAX_DIGITS, MAX_NODES, syntax_problem, walked

try:
    from yaml_rs import loads as fast_loads
except ImportError:  # no wheel for this machine: everything is read by the walk
    fast_loads = None  # type: ignore[assignment]

MAX_BYTES: Final = 5_000_000

FORBIDDEN_CHARACTER = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
CHARACTER_NAMES = {
    "\x00": "a NUL character; the file may be damaged or UTF-16, save it as UTF-8 text",
    "\t": "a tab; use spaces",
    "\x85": "a line separator character (U+0085); use a plain line break",
    "\u2028": "a line separator character (U+2028); use a plain line break",
    "\u2029": "a paragraph separator character (U+2029); use a plain line break",
    "\ufeff": "a byte order mark inside the text; remove it",
}

# Signs that a file needs the walk. They may come up in plain text too: that costs time, never a wrong result.
_TAG = re.compile(r"!(?<=[\s\[{,:]!)")  # the first character a literal: the search is ten times faster
_ANCHOR = re.compile(r"&(?<=[\s\[{,:]&)(?=\S)")
_EXPLICIT_KEY = re.compile(r"\?(?<=[\s\[{,]\?)(?=\s)")
_SECOND_DOCUMENT = re.compile(r"\n(?:---|\.\.\.|%)")
_ESCAPE = re.compile(r"\\[0abefvNLPxuU_]")
# Each with its first character, which is quicker to miss than the whole.
_SIGNS = (("\n", _SECOND_DOCUMENT), ("!", _TAG), ("&", _ANCHOR), ("\\", _ESCAPE), ("?", _EXPLICIT_KEY))
_DEEP_INDENT = "\n" + " " * 24
# The others need some of these characters next to each other, or with spaces between. They are sought first
# in what is left of the file without all other characters, a twentieth of it, and then in the whole.
_LEFT_OUT = bytes(set(range(32, 127)) - set(b"[]{}:-?0123456789_"))
_ALIKE = bytes.maketrans(b"{}?123456789_", b"[]-0000000000")
_NO_BRACKET = bytes(set(range(256)) - set(b"[]"))
_MANY_BRACKETS = b"[" * 10
_NUMBER = re.compile(rf"[0-9a-fA-F_xXoO]{{{MAX_DIGITS - 1}}}")
_IN_KEPT = (
    (b"]:", re.compile(r"[\]}] ?:")),
    (b"-" * 6, re.compile(r"[-?](?: *[-?]){5}")),
    (b"0" * (MAX_DIGITS - 2), _NUMBER),  # one less, for the e of 1e9 is left out
)
_HEX_OR_OCTAL = re.compile(rb"0[xXoO]")
_PLAIN_BYTES = bytes([10, 13, *range(32, 127)])
_HIGH_BYTES = bytes(range(128, 256))
# U+0080 to U+009F, U+2028, U+2029, U+FEFF, U+FFFE and U+FFFF begin so in UTF-8.
_FORBIDDEN_STARTS = (b"\xc2", b"\xe2\x80\xa8", b"\xe2\x80\xa9", b"\xef\xbb\xbf", b"\xef\xbf")
_NODE_SIGNS = (b"\n", b",", b"[", b"{", b":", b"- ", b"? ")


@dataclass(frozen=True, slots=True)
class Parsed:
    """The data of a file; None, with problems, when it cannot be read."""

    data: Any
    problems: list[Problem]


def read_yaml(data: bytes, name: str) -> Parsed:
    """The data of a YAML file, or everything that is wrong with its text."""
    kept = _kept(data)
    text, problem = _decoded(data, name, kept)
    if problem:
        return Parsed(None, [problem])
    if fast_loads is not None and not _needs_walk(data, text, kept):
        try:
            return Parsed(fast_loads(text, parse_datetime=False), [])
        except ValueError as error:
            failure = error
    else:
        failure = None
    walk = walked(text, name)
    if failure and not walk.problems:
        return Parsed(None, [_told_by_yaml_rs(failure, name)])
    return Parsed(None if walk.problems else walk.data, walk.problems)


def locate(data: bytes, paths: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    """Line and column, from 1, of each path; of the nearest part that is there when it is not."""
    text, problem = _decoded(data, "", _kept(data))
    wanted = set(paths)
    places: dict[Path, tuple[int, int]] = {}
    if not problem:
        every_part = {path[:end] for path in wanted for end in range(len(path) + 1)}
        places = walked(text, "", every_part).places
    return {path: _nearest(places, path) for path in wanted}


def _nearest(places: dict[Path, tuple[int, int]], path: Path) -> tuple[int, int]:
    while path and path not in places:
        path = path[:-1]
    return places.get(path, (1, 1))


def _kept(data: bytes) -> bytes:
    """The characters of a file that a sign may need, and all that are not plain."""
    return data.translate(_ALIKE, _LEFT_OUT)


def _decoded(data: bytes, name: str, kept: bytes) -> tuple[str, Problem | None]:
    """The text, or why there is none."""
    if len(data) > MAX_BYTES:
        message = f"the file has {len(data):,} bytes; split it into files of at most {MAX_BYTES:,}"
        return "", syntax_problem(name, 1, 1, "file-size", message)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "", syntax_problem(name, 1, 1, "encoding", "the file is UTF-16; save it as UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, column = _place(data[: error.start].decode("utf-8"))
        message = f"byte 0x{data[error.start]:02x} is not UTF-8; save the file as UTF-8"
        return "", syntax_problem(name, line, column, "encoding", message)
    found = FORBIDDEN_CHARACTER.search(text) if _may_hold_forbidden(kept) else None
    if found:
        line, column = _place(text[: found.start()])
        told = CHARACTER_NAMES.get(found[0], f"a control character (U+{ord(found[0]):04X}); remove it")
        return "", syntax_problem(
            name, line, column, "tab" if found[0] == "\t" else "control-character", told
        )
    return (text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text), None


def _may_hold_forbidden(kept: bytes) -> bool:
    odd = kept.translate(None, _PLAIN_BYTES)  # of most files little or nothing
    return bool(odd.translate(None, _HIGH_BYTES)) or any(start in odd for start in _FORBIDDEN_STARTS)


def _place(before: str) -> tuple[int, int]:
    lines = before.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff").split("\n")
    return len(lines), len(lines[-1]) + 1


def _needs_walk(data: bytes, text: str, kept: bytes) -> bool:
    """Whether the text might hold what the fast parser does not refuse or cannot bound."""
    return bool(
        any(sign in kept and exact.search(text) for sign, exact in _IN_KEPT)
        or (_HEX_OR_OCTAL.search(data) and _NUMBER.search(text))
        or _MANY_BRACKETS in kept.translate(None, _NO_BRACKET)
        or _DEEP_INDENT in text
        or ("<" in text and "<<" in text)
        or (len(data) > 2 * MAX_NODES and sum(map(data.count, _NODE_SIGNS)) > MAX_NODES)
        or text.startswith(("%", "!", "&", "?"))
        or any(first in text and sign.search(text) for first, sign in _SIGNS)
    )


def _told_by_yaml_rs(error: Exception, name: str) -> Problem:
    found = re.search(r"line (\d+), column (\d+)", str(error))
    line, column = (int(found[1]), int(found[2])) if found else (1, 1)
    return syntax_problem(name, line, column, "yaml-syntax", str(error).strip().splitlines()[-1])
