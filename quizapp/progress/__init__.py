"""What a learner has done so far, what it says, and what to do next."""

from flask import Flask


def init_app(app: Flask) -> None:
    from quizapp.progress import commands, routes

    app.register_blueprint(routes.bp)
    app.cli.add_command(commands.rollups)
