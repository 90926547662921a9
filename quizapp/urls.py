"""What may stand in an address."""

from typing import Any

from flask import Flask, current_app, has_request_context, request, url_for
from werkzeug.routing import BaseConverter, IntegerConverter, Map

LARGEST_ID = 2**31 - 1


class IdConverter(IntegerConverter):
    """A number that an id can have: PostgreSQL would raise on a larger one."""

    def __init__(self, url_map: Map, *arguments: Any, **options: Any) -> None:
        super().__init__(url_map, *arguments, **({"max": LARGEST_ID} | options))


class WordConverter(BaseConverter):
    """A text that an id can be: PostgreSQL would raise on a NUL."""

    regex = r"[^/\0]+"
    part_isolating = True


def init_app(app: Flask) -> None:
    app.url_map.converters["int"] = IdConverter
    app.url_map.converters["word"] = WordConverter
    app.jinja_env.globals["url_for"] = _address


def _address(endpoint: str, **values: Any) -> str:
    """Flask's url_for for templates. Addresses without values are kept: each page has a dozen."""
    if values or endpoint.startswith(".") or not has_request_context():
        return url_for(endpoint, **values)
    kept: dict[tuple[str, str], str] = current_app.extensions.setdefault("addresses", {})
    key = request.script_root, endpoint
    if key not in kept:
        kept[key] = url_for(endpoint)
    return kept[key]
