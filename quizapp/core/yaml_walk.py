"""A text of YAML event by event: its data, the place of everything, and all that is wrong with it.

Nothing here recurses, and depth, values, digits and problems have limits, so that any text ends soon.
"""

import gc
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from quizapp.core.items.base import Path
from quizapp.core.problems import Problem

MAX_DEPTH: Final = 50
MAX_NODES: Final = 250_000
MAX_DIGITS: Final = 18
MAX_PROBLEMS: Final = 1000

LONG_NUMBER: Final = f"a number of more than {MAX_DIGITS} digits; put quotes around it if it is text"

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

FORBIDDEN_IN_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")

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


@dataclass(slots=True)
class _Frame:
    """A collection that is being read. In a mapping, `key` waits for its value."""

    data: Any
    path: Path
    key: Any = None
    has_key: bool = False
    lines: dict[Any, int] = field(default_factory=dict)


class _Stop(Exception):
    """Reading on makes no sense: a limit is reached, or everything wanted is found."""


@dataclass(slots=True)
class Walk:
    """One pass over the events of a text: its data, the places of the wanted paths, and all problems."""

    name: str
    wanted: Collection[Path]
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
            if len(self.places) == len(self.wanted):
                raise _Stop

    def refuse(self, event: Any, rule: str, message: str) -> None:
        mark = event.start_mark
        self.problems.append(syntax_problem(self.name, mark.line + 1, mark.column + 1, rule, message))
        if len(self.problems) >= MAX_PROBLEMS:
            told = f"the file was read up to here: it has more than {MAX_PROBLEMS} problems"
            self.problems.append(
                syntax_problem(self.name, mark.line + 1, mark.column + 1, "too-many-problems", told)
            )
            raise _Stop


def walked(text: str, name: str, wanted: Collection[Path] = ()) -> Walk:
    """The walk over a text; `name` is the file in its problems, `wanted` the paths whose places it keeps."""
    walk = Walk(name, wanted)
    try:
        with no_garbage_collection():
            for event in yaml.parse(text, Loader=Loader):
                walk.take(event)
    except _Stop:
        pass
    except yaml.YAMLError as error:
        walk.problems.append(_told_by_libyaml(error, name))
    return walk


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Nothing made meanwhile can be garbage, and looking for it would triple the time.

    What was made is old afterwards, or the next collection would look through all of it.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            if not gc.get_freeze_count():  # else a server has frozen what it shares with its other processes
                gc.freeze()
                gc.unfreeze()
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


def syntax_problem(name: str, line: int, column: int, rule: str, message: str) -> Problem:
    """A problem of the text itself, before anyone knows what it says."""
    return Problem(name, line, column, "error", rule, None, message)


def _told_by_libyaml(error: yaml.YAMLError, name: str) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    said = str(getattr(error, "problem", None) or getattr(error, "reason", None) or error)
    hint = next((told for sign, told in SYNTAX_HINTS.items() if sign in said), "")
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return syntax_problem(name, line, column, "yaml-syntax", f"{said}; {hint}" if hint else said)


def _is_long_number(text: str) -> bool:
    if len(text) <= MAX_DIGITS or text[0] not in _NUMBER_START:
        return False
    return bool(_INTEGER.fullmatch(text) or _BASED.fullmatch(text))


def resolved(text: str) -> Any:
    """The value of an unquoted scalar: YAML 1.2, but numbers as yaml_rs reads them. Dates stay text."""
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
