"""What a learner has done so far, what it says, and what to do next."""

from flask import Flask


def init_app(app: Flask) -> None:
    from quizapp.progress import routes

    app.register_blueprint(routes.bp)
