"""What may stand in an address."""

from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

LARGEST_ID = 2**31 - 1


class IdConverter(IntegerConverter):
    """A number that an id can have: PostgreSQL would raise on a larger one."""

    def __init__(self, url_map: Map, *arguments: Any, **options: Any) -> None:
        super().__init__(url_map, *arguments, **({"max": LARGEST_ID} | options))


def init_app(app: Flask) -> None:
    app.url_map.converters["int"] = IdConverter
