"""Practice sets and mock exams: start, answer, hand in, review."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Flask

from quizapp.exams.scored import OnScored


def init_app(app: Flask, on_scored: Sequence[OnScored], rank_domains: Callable[..., Any]) -> None:
    """`on_scored` hears of every scored answer; `rank_domains(session, person)` says what helps most."""
    from quizapp.exams import break_routes, certainty_words, commands, practice_routes, routes, words

    app.extensions["on_scored"] = tuple(on_scored)
    app.extensions["rank_domains"] = rank_domains
    app.register_blueprint(practice_routes.bp)
    app.register_blueprint(routes.bp)
    app.register_blueprint(break_routes.bp)
    words.init_app(app)
    certainty_words.init_app(app)
    app.cli.add_command(commands.attempts)
