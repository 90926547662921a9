"""Plain data into models, with every problem at its place.

The parsers of YAML are imported when a file is read: a server has its content in the database and reads none,
and they would take 5 MB of each of its processes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Protocol, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from quizapp.core.items.base import Finding, Path
from quizapp.core.problems import Problem

Model = TypeVar("Model", bound=BaseModel)

# Larger than anything that content needs: a hostile file could make one pydantic call fill the memory.
MOST_FIELDS = 200
MOST_ENTRIES = 2000
LONGEST_QUOTE = 40

PATTERN_HINTS = {
    r"\S": "must not be empty",
    r"^[a-z0-9]+(-[a-z0-9]+)*$": "must be lower-case words joined by hyphens, such as party-slip",
    r"^[a-z][a-z0-9]*(-[a-z0-9]+)+$": "must be lower-case words and digits with hyphens, such as wrr-0001",
    r"^[a-z]{2}(-[A-Z]{2})?$": "must be a language code, such as en or es",
    r"^[A-Z]{2}$": "must be a state code of two capital letters, such as PA",
    r"^[A-Za-z][A-Za-z0-9_.\-]*$": "must be an id: letters, digits and _ . - only, beginning with a letter",
}
# What pydantic calls the error, our name of the rule, and what would be right.
TYPE_RULES = {
    "missing": ("missing-field", "this field is missing"),
    "string_type": ("wrong-type", "must be text; put quotes around a number, date or true/false"),
    "bool_type": ("wrong-type", "must be true or false"),
    "int_type": ("wrong-type", "must be a whole number"),
    "tuple_type": ("wrong-type", "must be a list"),
    "dict_type": ("wrong-type", "must be a mapping of fields"),
    "model_type": ("wrong-type", "must be a mapping of fields"),
    "dataclass_type": ("wrong-type", "must be a mapping of fields"),
}


class WithId(Protocol):
    """Anything that is listed by id."""

    @property
    def id(self) -> str: ...


def read_model(data: bytes, file: str, model: type[Model]) -> tuple[Model | None, list[Problem]]:
    """A content file as a model; None when it has problems."""
    from quizapp.core.yaml_text import read_yaml

    parsed = read_yaml(data, file)
    if parsed.problems:
        return None, parsed.problems
    read, findings = validate(model, parsed.data)
    return read, placed(findings, data, file)


def validate(model: type[Model], data: object, path: Path = ()) -> tuple[Model | None, list[Finding]]:
    """The data as a model, or every field that is wrong, below `path`."""
    if type(data) is not dict and not isinstance(data, Mapping):
        return None, [Finding(path, "error", "wrong-type", "must be a mapping of fields")]
    too_large = [] if _is_small(data) else list(_too_large(data, path))
    if too_large:
        return None, too_large
    try:
        return model.__pydantic_validator__.validate_python(data), []
    except ValidationError as error:
        known = sorted(field_names(model))
        details = error.errors(include_url=False)
        return None, [
            _finding(detail, data, path, known) for detail in details if not _follows(detail, details)
        ]


def placed(findings: Iterable[Finding], data: bytes, file: str, item: str | None = None) -> list[Problem]:
    """The findings as problems of a file, each at its place."""
    return placed_rows([(finding, item) for finding in findings], data, file)


def placed_rows(rows: Sequence[tuple[Finding, str | None]], data: bytes, file: str) -> list[Problem]:
    """Findings with their item ids as problems of a file. The file is only read again when there are any."""
    if not rows:
        return []
    from quizapp.core.yaml_text import locate

    places = locate(data, {finding.path for finding, _ in rows})
    return [
        Problem(file, *places[finding.path], finding.severity, finding.rule, item, finding.message)
        for finding, item in rows
    ]


def repeated_ids(rows: Iterable[WithId], path: Path) -> Iterator[Finding]:
    """A finding for each row whose id an earlier row has."""
    seen: set[str] = set()
    for index, row in enumerate(rows):
        if row.id in seen:
            message = f"the id {row.id} is used twice; every id is used once"
            yield Finding((*path, index, "id"), "error", "duplicate-id", message)
        seen.add(row.id)


def unknown_id(name: str | None, known: Iterable[str], what: str, path: Path) -> Iterator[Finding]:
    """A finding when the name is not among the known ones; with the nearest known one."""
    if name is not None and name not in known:
        message = f"unknown {what} {quoted(name)}{_did_you_mean(name, known)}"
        yield Finding(path, "error", f"unknown-{what}", message)


def unknown_ids(names: Iterable[str], known: Iterable[str], what: str, path: Path) -> Iterator[Finding]:
    """A finding for each name in a list that is not among the known ones, or that is there twice."""
    seen: set[str] = set()
    for index, name in enumerate(names):
        yield from unknown_id(name, known, what, (*path, index))
        if name in seen:
            yield Finding(
                (*path, index), "error", f"repeated-{what}", f"{quoted(name)} is in this list twice"
            )
        seen.add(name)


def field_names(model: type) -> set[str]:
    """The names of all fields of a model, or pydantic dataclass, and of those inside it."""
    names: set[str] = set()
    for name, field in model.__pydantic_fields__.items():  # type: ignore[attr-defined]
        names.add(field.alias or name)
        for inner in _models_in(field.annotation):
            names |= field_names(inner)
    return names


def quoted(value: object) -> str:
    """A value as it may stand in a message: short and on one line."""
    if isinstance(value, Mapping | list):
        return "a list" if isinstance(value, list) else "a mapping"
    text = str(value)
    return repr(text if len(text) <= LONGEST_QUOTE else text[:LONGEST_QUOTE] + "…")


def _models_in(annotation: Any) -> Iterator[type]:
    if isinstance(annotation, type) and hasattr(annotation, "__pydantic_fields__"):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name[:LONGEST_QUOTE], list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _is_small(data: object) -> bool:
    """Whether no collection in this one has many entries."""
    # Exact types, text first, because this runs for every item and isinstance would double its cost.
    if len(data) > MOST_FIELDS:  # type: ignore[arg-type]  # only called with collections
        return False
    for value in data.values() if type(data) is dict else data:  # type: ignore[attr-defined]
        if type(value) is not str and (type(value) is dict or type(value) is list) and not _is_small(value):
            return False
    return True


def _too_large(data: object, path: Path) -> Iterator[Finding]:
    """Collections with more entries than any content needs."""
    most, entries = (MOST_FIELDS, "fields") if type(data) is dict else (MOST_ENTRIES, "entries")
    size = len(data)  # type: ignore[arg-type]  # only called with collections
    if size > most:
        message = f"{size} {entries} in one place; at most {most} make sense here"
        yield Finding(path, "error", "too-many", message)
        return
    for key, value in data.items() if type(data) is dict else enumerate(data):  # type: ignore[arg-type]
        if type(value) is dict or type(value) is list:
            yield from _too_large(value, (*path, key))


def _follows(detail: ErrorDetails, details: Sequence[ErrorDetails]) -> bool:
    """Whether a list is too short only because entries that are wrong do not count."""
    loc = detail["loc"]
    return detail["type"] == "too_short" and any(
        len(other["loc"]) > len(loc) and other["loc"][: len(loc)] == loc for other in details
    )


def _finding(detail: ErrorDetails, data: object, path: Path, known: Sequence[str]) -> Finding:
    loc = detail["loc"]
    if detail["type"] in ("union_tag_invalid", "union_tag_not_found"):
        loc = (*loc, "type")
    inside = _path_in(data, loc)
    rule, message = _told(detail, known)
    name = next((part for part in reversed(inside) if isinstance(part, str)), None)
    subject = f"{name}: " if name and rule not in ("unknown-field", "missing-field") else ""
    return Finding((*path, *inside), "error", rule, subject + message)


def _path_in(data: object, loc: Iterable[int | str]) -> Path:
    """The part of pydantic's location that exists in the data: without union tags and missing fields."""
    path: list[int | str] = []
    for part in loc:
        is_field = isinstance(data, Mapping) and part in data
        is_entry = isinstance(data, list) and isinstance(part, int) and part < len(data)
        if is_field or is_entry:
            data = data[part]  # type: ignore[index]  # one of the two conditions holds
            path.append(part)
    return tuple(path)


def _told(detail: ErrorDetails, known: Sequence[str]) -> tuple[str, str]:
    """The rule that was broken, and what would be right."""
    kind, context = detail["type"], detail.get("ctx", {})
    last = detail["loc"][-1] if detail["loc"] else ""
    if kind in ("extra_forbidden", "unexpected_keyword_argument", "invalid_key"):
        return "unknown-field", f"unknown field {quoted(last)}{_did_you_mean(str(last), known)}"
    if kind == "missing":
        return "missing-field", f"the field {last} is missing"
    if kind == "literal_error":
        return "unknown-value", f"{quoted(detail['input'])} is not one of {context['expected']}"
    if kind == "union_tag_invalid":
        known_tags = context["expected_tags"].replace("'", "")
        return "unknown-item-type", f"{quoted(context['tag'])} is not one of {known_tags}"
    if kind == "union_tag_not_found":
        return "missing-field", "the field type is missing"
    if kind == "too_short":
        return (
            "wrong-value",
            f"needs at least {context['min_length']} entries, and has {context['actual_length']}",
        )
    if kind == "too_long":
        return "wrong-value", f"may have at most {context['max_length']} entries"
    if kind == "string_pattern_mismatch":
        return "wrong-form", PATTERN_HINTS.get(context["pattern"], f"must match {context['pattern']}")
    if kind == "value_error":
        return "wrong-form", str(context["error"])
    if kind in TYPE_RULES:
        return TYPE_RULES[kind]
    return "wrong-value", detail["msg"][0].lower() + detail["msg"][1:]
