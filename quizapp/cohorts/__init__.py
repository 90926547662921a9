"""Groups of learners: what staff look after, and how learners join and leave."""

from flask import Flask

from quizapp.cohorts.queries import ReadActivity


def init_app(app: Flask, activity: ReadActivity) -> None:
    """`activity(session, learner ids)` says when each was last active and for how long in all."""
    from quizapp.cohorts import group_routes, routes

    app.extensions["activity"] = activity
    app.register_blueprint(routes.bp)
    app.register_blueprint(group_routes.bp)
