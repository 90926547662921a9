"""The product's errors, and the one place where an error becomes a page or JSON."""

import sqlite3
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, current_app, g, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from werkzeug.exceptions import HTTPException

from quizapp.db import READING_METHODS
from quizapp.i18n import lazy_gettext as _l

logger = structlog.get_logger()

RETRY_SECONDS = 5
READ_ONLY = "25006"  # PostgreSQL's code for a write where none is allowed


class QuizError(Exception):
    """Base of every error that a service raises; a subclass names the rule that was broken."""

    status = HTTPStatus.BAD_REQUEST
    code = "refused"
    title: Any = _l("That did not work")
    text: Any = _l("Nothing was changed. Go back and try again.")

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or str(self.code))
        self.message = message


class NotFound(QuizError):
    """Not there, or not yours: the two look alike."""

    status = HTTPStatus.NOT_FOUND
    code = "not_found"
    title = _l("We could not find that page")
    text = _l("It may have moved, or it may belong to someone else. Your own work is safe.")


_PAGES: dict[int, tuple[str, Any, Any]] = {
    400: ("bad_request", QuizError.title, QuizError.text),
    401: ("sign_in", _l("Please sign in"), _l("Sign in to go on.")),
    403: (NotFound.code, NotFound.title, NotFound.text),
    404: (NotFound.code, NotFound.title, NotFound.text),
    405: ("method", _l("That page works another way"), _l("Go back and use the buttons on the page.")),
    413: ("too_large", _l("That is too large"), _l("Nothing was changed. Please send less at once.")),
    415: ("bad_request", QuizError.title, QuizError.text),
    429: (
        "slow_down",
        _l("Please wait a moment"),
        _l("There were many tries in a short time. Wait a few minutes, then try again."),
    ),
    500: (
        "our_fault",
        _l("Something went wrong on our side"),
        _l("Your saved answers are safe. Try again, or tell us the number below."),
    ),
    503: (
        "not_ready",
        _l("We will be right back"),
        _l("Your saved answers are safe. Try again in a minute."),
    ),
}


def init_app(app: Flask) -> None:
    app.register_error_handler(QuizError, _quiz_error)
    app.register_error_handler(CSRFError, stale_form)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(NoConnectionFree, _database_away)
    app.register_error_handler(InternalError, _perhaps_read_only)
    app.register_error_handler(Exception, _bug)


def wants_json() -> bool:
    """Whether the caller is a script that reads JSON rather than a person who reads a page."""
    return request.is_json or request.accept_mimetypes.best == "application/json"


def answer(status: int, code: str, title: Any, text: Any, **more: Any) -> Response:
    """The error as JSON for a script, as a page for a person."""
    if wants_json():
        error = {"code": code, "message": str(title), "detail": str(text), "request_id": g.get("request_id")}
        response = jsonify(error=error | more)
    else:
        response = make_response(_page(status=status, title=title, text=text, request_id=g.get("request_id")))
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(**values: Any) -> str:
    try:
        return render_template("error.html", **values)
    except Exception as error:
        # The navigation, for one, needs the database. A page without it, and without Flask's own context
        # (which reads the person), still says calmly what happened.
        logger.exception("the error page could not be made", exc_info=error)
        return current_app.jinja_env.get_template("error_bare.html").render(**values)


def _quiz_error(error: QuizError) -> Response:
    return answer(error.status, error.code, error.title, error.message or error.text)


def stale_form(_error: CSRFError) -> Response:
    title = _l("This page was open for a long time")
    return answer(400, "stale_form", title, _l("Nothing was changed. Reload the page and try again."))


def _http_error(error: HTTPException) -> Response:
    if error.response is not None:  # a redirect raised by the router
        return make_response(error.get_response())
    status = error.code or 500
    code, title, text = _PAGES.get(status, _PAGES[400] if status < 500 else _PAGES[500])
    response = answer(404 if status == 403 else status, code, title, text)
    if isinstance(valid := getattr(error, "valid_methods", None), list):
        response.headers["Allow"] = ", ".join(valid)
    return response


def _database_away(error: OperationalError | InternalError | NoConnectionFree) -> Response:
    """The database is busy, restarting or gone: nobody's mistake, and worth another try."""
    # SQLite says "no such column" with this error, too.
    cause = getattr(error, "orig", None)
    if getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR:
        return _bug(error)
    logger.error("the database does not answer", exc_info=error)
    response = answer(503, *_PAGES[503])
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _perhaps_read_only(error: InternalError) -> Response:
    """A PostgreSQL that takes over later lets nobody write until then. Of a GET it is our own ban."""
    if getattr(error.orig, "sqlstate", None) == READ_ONLY and request.method not in READING_METHODS:
        return _database_away(error)
    return _bug(error)


def _bug(error: Exception) -> Response:
    logger.exception("unexpected error", exc_info=error)
    return answer(500, *_PAGES[500])
