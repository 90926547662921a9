"""What a learner has done so far, what it says, and what to do next."""

from collections.abc import Callable
from typing import Any

from flask import Flask


def init_app(app: Flask, assigned: Callable[..., Any]) -> None:
    """`assigned(session, learner id, now)` says what the learner was given to do."""
    from quizapp.progress import commands, routes

    app.extensions["assigned"] = assigned
    app.register_blueprint(routes.bp)
    app.cli.add_command(commands.rollups)
