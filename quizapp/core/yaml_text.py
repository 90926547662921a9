"""YAML of content files: read fast, and read again with positions when something is wrong.

Two parsers stand behind `read_yaml`. yaml_rs (YAML 1.2, compiled) reads a file that is in order. Whatever
it cannot report or bound is left to the walk over libyaml's events below, which gives the same data (a test
holds the two equal), every place, and all problems: slower, but without recursion and with limits.

Dates stay text here (yaml_rs makes dates of quoted text too); the fields that are dates read them.

Why yaml_rs alone will not do (tried, 0.1.6): some 10,000 nested "- " overflow its stack and end the process,
a number of millions of digits takes half a minute, several documents look like a list, tags and directives
are ignored, and bytes that are not UTF-8 are replaced. `_needs_walk` finds these by cheap searches first.
"""

import gc
import re
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from quizapp.core.items.base import Path
from quizapp.core.problems import Problem

try:
    from yaml_rs import loads as fast_loads
except ImportError:  # no wheel for this machine: everything is read by the walk
    fast_loads = None  # type: ignore[assignment]

MAX_BYTES: Final = 5_000_000
MAX_DEPTH: Final = 50
MAX_NODES: Final = 250_000
MAX_DIGITS: Final = 18
MAX_PROBLEMS: Final = 1000

LONG_NUMBER: Final = f"a number of more than {MAX_DIGITS} digits; put quotes around it if it is text"

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

FORBIDDEN_CHARACTER = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
CHARACTER_NAMES = {
    "\x00": "a NUL character; the file may be damaged or UTF-16, save it as UTF-8 text",
    "\t": "a tab; use spaces",
    "\x85": "a line separator character (U+0085); use a plain line break",
    "\u2028": "a line separator character (U+2028); use a plain line break",
    "\u2029": "a paragraph separator character (U+2029); use a plain line break",
    "\ufeff": "a byte order mark inside the text; remove it",
}
FORBIDDEN_IN_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")

# Signs that a file needs the walk. They may come up in plain text too: that costs time, never a wrong result.
_TAG = re.compile(r"!(?<=[\s\[{,:]!)")  # the first character a literal: the search is ten times faster
_ANCHOR = re.compile(r"&(?<=[\s\[{,:]&)(?=\S)")
_EXPLICIT_KEY = re.compile(r"\?(?<=[\s\[{,]\?)(?=\s)")
_COLLECTION_AS_KEY = ("]:", "}:", "] :", "} :")
_SECOND_DOCUMENT = ("\n---", "\n...", "\n%")
_ESCAPE = re.compile(r"\\[0abefvNLPxuU_]")
_DEEP_INDENT = "\n" + " " * 24
_MANY_DASHES = b"-" * 6
_MANY_BRACKETS = re.compile(rb"[\[{]{10}")
_LONG_NUMBER = b"0" * (MAX_DIGITS - 1)
_ONLY_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_NUMBER_CLASS = bytes.maketrans(b"0123456789abcdefABCDEF_xXoO", b"0" * 27)
_DASH_CLASS = bytes(45 if byte in b"-?" else 10 if byte in b"\r\n" else 46 for byte in range(256))
_PLAIN_BYTES = bytes([10, 13, *range(32, 127), *range(128, 256)])
# U+0080 to U+009F, U+2028, U+2029, U+FEFF, U+FFFE and U+FFFF begin so in UTF-8.
_FORBIDDEN_STARTS = (b"\xc2", b"\xe2\x80\xa8", b"\xe2\x80\xa9", b"\xef\xbb\xbf", b"\xef\xbf")
_NODE_SIGNS = (b"\n", b",", b"[", b"{", b":", b"- ", b"? ")

_INTEGER = re.compile(r"[-+]?_*[0-9][0-9_]*")
_BASED = re.compile(r"[-+]?0(?:[xX]_*[0-9a-fA-F][0-9a-fA-F_]*|[oO]_*[0-7][0-7_]*|[bB]_*[01][01_]*)")
_FLOAT = re.compile(r"[-+]?(?:_*\._*[0-9][0-9_]*|_*[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?_*[0-9][0-9_]*)?")
_SPECIAL = re.compile(r"[-+]?\.inf|\.nan", re.IGNORECASE)
_NUMBER_START = frozenset("0123456789+-._")
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


@dataclass(frozen=True, slots=True)
class Parsed:
    """The data of a file; None, with problems, when it cannot be read."""

    data: Any
    problems: list[Problem]


def read_yaml(data: bytes, name: str) -> Parsed:
    """The data of a YAML file, or everything that is wrong with its text."""
    text, problem = _decoded(data, name)
    if problem:
        return Parsed(None, [problem])
    if fast_loads is not None and not _needs_walk(data, text):
        try:
            return Parsed(fast_loads(text, parse_datetime=False), [])
        except ValueError as error:
            failure = error
    else:
        failure = None
    walk = _walked(text, name)
    if failure and not walk.problems:
        return Parsed(None, [_told_by_yaml_rs(failure, name)])
    return Parsed(None if walk.problems else walk.data, walk.problems)


def locate(data: bytes, paths: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    """Line and column, from 1, of each path; of the nearest part that is there when it is not."""
    text, problem = _decoded(data, "")
    wanted = set(paths)
    places: dict[Path, tuple[int, int]] = {}
    if not problem:
        every_part = {path[:end] for path in wanted for end in range(len(path) + 1)}
        places = _walked(text, "", every_part).places
    return {path: _nearest(places, path) for path in wanted}


def _nearest(places: dict[Path, tuple[int, int]], path: Path) -> tuple[int, int]:
    while path and path not in places:
        path = path[:-1]
    return places.get(path, (1, 1))


def _decoded(data: bytes, name: str) -> tuple[str, Problem | None]:
    """The text, or why there is none."""
    if len(data) > MAX_BYTES:
        message = f"the file has {len(data):,} bytes; split it into files of at most {MAX_BYTES:,}"
        return "", _problem(name, 1, 1, "file-size", message)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "", _problem(name, 1, 1, "encoding", "the file is UTF-16; save it as UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, column = _place(data[: error.start].decode("utf-8"))
        message = f"byte 0x{data[error.start]:02x} is not UTF-8; save the file as UTF-8"
        return "", _problem(name, line, column, "encoding", message)
    found = FORBIDDEN_CHARACTER.search(text) if _may_hold_forbidden(data) else None
    if found:
        line, column = _place(text[: found.start()])
        told = CHARACTER_NAMES.get(found[0], f"a control character (U+{ord(found[0]):04X}); remove it")
        return "", _problem(name, line, column, "tab" if found[0] == "\t" else "control-character", told)
    return text.replace("\r\n", "\n").replace("\r", "\n"), None


def _may_hold_forbidden(data: bytes) -> bool:
    return bool(data.translate(None, _PLAIN_BYTES)) or any(start in data for start in _FORBIDDEN_STARTS)


def _place(before: str) -> tuple[int, int]:
    lines = before.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff").split("\n")
    return len(lines), len(lines[-1]) + 1


def _problem(name: str, line: int, column: int, rule: str, message: str) -> Problem:
    return Problem(name, line, column, "error", rule, None, message)


def _needs_walk(data: bytes, text: str) -> bool:
    """Whether the text might hold what the fast parser does not refuse or cannot bound."""
    numbers = data.translate(_NUMBER_CLASS)
    dashes = data.translate(_DASH_CLASS, b" ")
    brackets = data.translate(None, _ONLY_BRACKETS)
    return (
        _LONG_NUMBER in numbers
        or _MANY_DASHES in dashes
        or _MANY_BRACKETS.search(brackets) is not None
        or _DEEP_INDENT in text
        or "<<" in text
        or (len(data) > 2 * MAX_NODES and sum(map(data.count, _NODE_SIGNS)) > MAX_NODES)
        or text.startswith(("%", "!", "&", "?"))
        or any(sign in text for sign in (*_SECOND_DOCUMENT, *_COLLECTION_AS_KEY))
        or any(sign.search(text) for sign in (_TAG, _ANCHOR, _ESCAPE, _EXPLICIT_KEY))
    )


def _told_by_yaml_rs(error: Exception, name: str) -> Problem:
    found = re.search(r"line (\d+), column (\d+)", str(error))
    line, column = (int(found[1]), int(found[2])) if found else (1, 1)
    return _problem(name, line, column, "yaml-syntax", str(error).strip().splitlines()[-1])


@dataclass(slots=True)
class _Frame:
    """A collection that is being read. In a mapping, `key` waits for its value."""

    data: Any
    path: Path
    key: Any = None
    has_key: bool = False
    lines: dict[Any, int] = field(default_factory=dict)


class _Stop(Exception):
    """A problem after which reading on makes no sense."""


@dataclass(slots=True)
class _Walk:
    """One pass over the events of a text: its data, the places of the wanted paths, and all problems."""

    name: str
    wanted: Container[Path]
    data: Any = None
    places: dict[Path, tuple[int, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    frames: list[_Frame] = field(default_factory=list)
    nodes: int = 0
    documents: int = 0

    def take(self, event: Any) -> None:
        """One event more."""
        if isinstance(event, yaml.ScalarEvent):
            self.properties(event)
            self.scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            self.properties(event)
            self.open([], event)
        elif isinstance(event, yaml.MappingStartEvent):
            self.properties(event)
            self.open({}, event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self.frames.pop()
        elif isinstance(event, yaml.AliasEvent):
            self.refuse(
                event, "alias", f"an alias (*{event.anchor}); write the value out, so that items stand alone"
            )
            self.add(None, event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self.document(event)

    def document(self, event: Any) -> None:
        self.documents += 1
        if event.version or event.tags:
            self.refuse(event, "directive", "a directive (%YAML or %TAG); remove the line")
        if self.documents > 1:
            self.refuse(
                event, "several-documents", "a second document begins here; keep one document in a file"
            )
            raise _Stop

    def properties(self, event: Any) -> None:
        """Refuse tags and anchors, and more nodes than any bank has."""
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self.refuse(event, "too-many-values", f"more than {MAX_NODES:,} values; split the file")
            raise _Stop
        if event.tag is not None:
            told = f"a tag ({event.tag[:40]}); remove it, values say themselves what they are"
            self.refuse(event, "tag", told)
        if event.anchor is not None:
            self.refuse(
                event, "anchor", f"an anchor (&{event.anchor[:40]}); write the value out where it is needed"
            )

    def scalar(self, event: Any) -> None:
        value = event.value
        if event.implicit[0]:
            if _is_long_number(value):
                self.refuse(event, "long-number", LONG_NUMBER)
            else:
                value = resolved(value)
        if isinstance(value, str) and (found := FORBIDDEN_IN_TEXT.search(value)):
            told = f"the text holds a control character (U+{ord(found[0]):04X}); remove it"
            self.refuse(event, "control-character", told)
        self.add(value, event)

    def open(self, container: Any, event: Any) -> None:
        if len(self.frames) >= MAX_DEPTH:
            self.refuse(
                event, "too-deep", f"more than {MAX_DEPTH} levels inside each other; content needs about six"
            )
            raise _Stop
        if self.frames and isinstance(self.frames[-1].data, dict) and not self.frames[-1].has_key:
            self.refuse(event, "key", "a list or mapping as the name of a field; a name is plain text")
            raise _Stop
        path = self.add(container, event)
        self.frames.append(_Frame(container, path))

    def add(self, value: Any, event: Any) -> Path:
        """Put a value where it belongs and give its path."""
        if not self.frames:
            self.data = value
            self.keep((), event)
            return ()
        frame = self.frames[-1]
        if isinstance(frame.data, list):
            path = (*frame.path, len(frame.data))
            frame.data.append(value)
            self.keep(path, event)
            return path
        if not frame.has_key:
            self.add_key(frame, value, event)
            return frame.path
        frame.data[frame.key] = value
        frame.has_key = False
        return (*frame.path, frame.key)

    def add_key(self, frame: _Frame, key: Any, event: Any) -> None:
        if key == "<<":
            self.refuse(event, "merge-key", "a merge key (<<); write the fields out")
        if key in frame.lines:
            told = f"the field {str(key)[:40]!r} is there twice, first in line {frame.lines[key]}; keep one"
            self.refuse(event, "duplicate-key", told)
        else:
            frame.lines[key] = event.start_mark.line + 1
            self.keep((*frame.path, key), event)
        frame.key, frame.has_key = key, True

    def keep(self, path: Path, event: Any) -> None:
        if path in self.wanted:
            self.places[path] = (event.start_mark.line + 1, event.start_mark.column + 1)

    def refuse(self, event: Any, rule: str, message: str) -> None:
        mark = event.start_mark
        self.problems.append(_problem(self.name, mark.line + 1, mark.column + 1, rule, message))
        if len(self.problems) >= MAX_PROBLEMS:
            told = f"the file was read up to here: it has more than {MAX_PROBLEMS} problems"
            self.problems.append(
                _problem(self.name, mark.line + 1, mark.column + 1, "too-many-problems", told)
            )
            raise _Stop


def _walked(text: str, name: str, wanted: Container[Path] = ()) -> _Walk:
    walk = _Walk(name, wanted)
    try:
        with _no_garbage_collection():
            for event in yaml.parse(text, Loader=Loader):
                walk.take(event)
    except _Stop:
        pass
    except yaml.YAMLError as error:
        walk.problems.append(_told_by_libyaml(error, name))
    return walk


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Nothing made meanwhile can be garbage, and looking for it would triple the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


SYNTAX_HINTS = {
    "mapping values are not allowed": "a text with ': ' in it needs quotes around it",
    "could not find expected ':'": "a line without ': ' where a field is expected, or wrong indentation",
    "did not find expected key": "check the indentation here, and that quotes inside the text are doubled",
    "did not find expected '-' indicator": "check the indentation here",
    "found character that cannot start any token": "a text that begins with this character needs quotes",
    "unexpected end of stream": "a quote is opened and not closed",
    "did not find expected ',' or": "close the bracket, or put quotes around the text",
    "undefined alias": "a text that begins with * needs quotes",
}


def _told_by_libyaml(error: yaml.YAMLError, name: str) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    said = str(getattr(error, "problem", None) or getattr(error, "reason", None) or error)
    hint = next((told for sign, told in SYNTAX_HINTS.items() if sign in said), "")
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return _problem(name, line, column, "yaml-syntax", f"{said}; {hint}" if hint else said)


def _is_long_number(text: str) -> bool:
    if len(text) <= MAX_DIGITS or text[0] not in _NUMBER_START:
        return False
    return bool(_INTEGER.fullmatch(text) or _BASED.fullmatch(text))


def resolved(text: str) -> Any:
    """The value of an unquoted scalar: YAML 1.2, with the fast parser's reading of numbers. Dates are text."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_START:
        return text
    if _INTEGER.fullmatch(text):
        return int(text.replace("_", ""))
    if _BASED.fullmatch(text):
        return int(text.replace("_", ""), 0)
    if _FLOAT.fullmatch(text):
        return float(text.replace("_", ""))
    if _SPECIAL.fullmatch(text):
        return float(text.replace(".", ""))
    return text
