"""Structured logs: one line a request, with an id that the error page shows too. No bodies, no addresses."""

import json
import logging
import secrets
import sys
import time
from collections.abc import MutableMapping
from typing import Any

import structlog
from flask import Flask, Response, g, has_app_context, request


def configure(log_format: str, level: str) -> None:
    """Send the logs of this process to standard error, as JSON lines or as text."""
    renderer: structlog.typing.Processor
    if log_format == "json":
        renderer = structlog.processors.JSONRenderer(serializer=_dump)
    else:
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[
            _add_request_id,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )


_encoder = json.JSONEncoder(default=repr)


def _dump(event: dict[str, Any], **_options: Any) -> str:
    # json.dumps with options makes an encoder for each line.
    return _encoder.encode(event)


def init_app(app: Flask) -> None:
    app.before_request(_begin)
    # Bound once: the logger of a module finds its settings anew at each line.
    logger = structlog.get_logger("request").bind()
    app.after_request(lambda response: _end(logger, response))


def _add_request_id(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if has_app_context() and "request_id" in g:
        event["request_id"] = g.request_id
    return event


def _begin() -> None:
    g.request_id = secrets.token_hex(6)
    g.began = time.perf_counter()


def _end(logger: Any, response: Response) -> Response:
    rule = request.url_rule
    logger.info(
        "request",
        method=request.method,
        route=rule.rule if rule else None,
        status=response.status_code,
        ms=round((time.perf_counter() - g.began) * 1000, 1),
    )
    response.headers.add("X-Request-ID", g.request_id)
    return response
