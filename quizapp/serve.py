"""`quizapp serve`: Granian, with the app read into memory before its processes part.

What they then have in common is in memory once, and a process that has to be replaced is there at once. None
has a connection of another one to the database: the app makes its own at the first request.
"""

import ctypes
import gc
import multiprocessing
import sys
from contextlib import suppress
from importlib import import_module
from typing import Final

import click
from flask import Flask
from flask_babel import format_datetime
from granian.cli import cli as granian
from sqlalchemy.orm import configure_mappers

from quizapp.config import PROJECT, SettingsError

APP: Final = "wsgi:app"
# One thread a process: what a request computes would only wait for what another one does.
OPTIONS: Final = ("--interface", "wsgi", "--blocking-threads", "1", "--respawn-failed-workers")
PAGES: Final = ("/healthz", "/login")
MMAP_THRESHOLD: Final = -3  # of mallopt(3)
LARGE: Final = 512 * 1024


@click.command(
    context_settings={"ignore_unknown_options": True},
    add_help_option=False,
    short_help="Serve the app with Granian, whose options it takes.",
)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def serve(options: tuple[str, ...]) -> None:
    """Serve the app with Granian; OPTIONS are Granian's own, such as --port 8000 --workers 4."""
    give_large_pieces_back()
    if sys.platform == "linux" and "--help" not in options:
        multiprocessing.set_start_method("fork")
        read_app()
    granian.main([*OPTIONS, *options, APP], prog_name="quizapp serve", auto_envvar_prefix="GRANIAN")


def read_app() -> None:
    """Have the app in memory, or say what is wrong with its settings."""
    sys.path.insert(0, str(PROJECT))
    gc.disable()  # what is read here stays
    module, name = APP.split(":")
    try:
        app: Flask = getattr(import_module(module), name)
    except SettingsError as error:
        click.echo(f"The settings are not right:\n{error}", err=True)
        sys.exit(2)
    make_what_all_need(app)
    gc.freeze()  # as in wsgi.py, with what came since
    gc.enable()


def make_what_all_need(app: Flask) -> None:
    """Make what is else made at the first request that needs it, by each process for itself.

    Two pages that need no database bring templates and forms. Nobody asked for them: they are neither sent
    nor in the log.
    """
    configure_mappers()
    for page in PAGES:
        with app.test_request_context(page):
            app.dispatch_request()
            format_datetime()  # the calendars and time zones of Babel


def give_large_pieces_back() -> None:
    """Have the C library give large pieces of memory back to the system, as that of a password's hash.

    Glibc otherwise learns from the first one to keep pieces of its size: 19 MB in each process.
    """
    with suppress(AttributeError, OSError):  # another C library
        ctypes.CDLL(None).mallopt(MMAP_THRESHOLD, LARGE)
