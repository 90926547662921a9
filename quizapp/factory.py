"""How the app is put together."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Flask, request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.middleware.proxy_fix import ProxyFix

from quizapp import db
from quizapp.config import Settings, load_settings

LARGEST_REQUEST = 256 * 1024


def make_app(config: Mapping[str, Any] | None = None) -> Flask:
    """What `create_app` gives."""
    settings = load_settings(config)
    app = Flask("quizapp")
    configure(app, settings)

    from quizapp import assets, direct, errors, headers, i18n, logs, mail, markup, urls

    urls.init_app(app)
    logs.configure(settings.log_format, settings.log_level)
    db.init_app(app, settings.database_url)
    direct.init_app(app)
    assets.init_app(app, headers.of_every_answer(is_https=settings.is_https))
    logs.init_app(app)
    app.before_request(read_body)
    headers.init_app(app, is_https=settings.is_https)
    i18n.init_app(app, settings.default_time_zone)
    markup.init_app(app)
    errors.init_app(app)
    mail.init_app(app, settings.mail_url, settings.mail_sender)

    from quizapp.accounts import login

    login.init_app(app)
    login.FormProtection(app)
    add_features(app)
    return app


def configure(app: Flask, settings: Settings) -> None:
    """Flask's own settings, from ours."""
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        TESTING=settings.environment == "testing",
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=LARGEST_REQUEST,
        PERMANENT_SESSION_LIFETIME=timedelta(days=30),
        SESSION_COOKIE_NAME="quizapp",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_REFRESH_EACH_REQUEST=False,
        WTF_CSRF_TIME_LIMIT=None,  # a page may stay open for the length of an exam
        WTF_CSRF_SSL_STRICT=False,  # the Referer header is cut by some privacy tools; the token decides
    )
    app.debug = settings.environment == "development"
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]


def read_body() -> None:
    """Take in the whole of what is sent, before anything else is done for the request."""
    if request.method in db.READING_METHODS and not request.content_length:
        return
    # A phone on a bad line sends it slowly, and no transaction should wait for that: on SQLite a POST's holds
    # the write lock from its start. Forms and JSON are then read from what is kept here.
    body = request.get_data(cache=True)
    # Of one that does not tell its length, Werkzeug keeps as much as is allowed and says nothing of the rest.
    if len(body) >= LARGEST_REQUEST:
        raise RequestEntityTooLarge
    # Nor of a line that went dead: half a form would be taken for all of it.
    if len(body) < (request.content_length or 0):
        raise ClientDisconnected


def add_features(app: Flask) -> None:
    """Every page and every command, in the order in which features may import each other."""
    from quizapp import accounts, banks, cohorts, concerns, exams, health, pages, progress, reports
    from quizapp.cohorts.sitting_queries import own_sittings
    from quizapp.progress.queries import activity, rank_domains
    from quizapp.progress.services import update_rollups

    app.register_blueprint(health.bp)
    app.register_blueprint(pages.bp)
    accounts.init_app(app)
    banks.init_app(app)
    exams.init_app(app, on_scored=[update_rollups], rank_domains=rank_domains)
    progress.init_app(app, assigned=own_sittings)
    cohorts.init_app(app, activity=activity)
    concerns.init_app(app)
    reports.init_app(app)
