"""People: who they are, how they sign in, and what they may see."""

from flask import Flask


def init_app(app: Flask) -> None:
    from quizapp.accounts import commands, limits, passwords, programme_routes, routes

    passwords.init_app(app)
    limits.init_app(app)
    app.register_blueprint(routes.bp)
    app.register_blueprint(programme_routes.bp)
    for group in commands.GROUPS:
        app.cli.add_command(group)
