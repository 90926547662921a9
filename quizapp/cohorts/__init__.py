"""Groups of learners: what staff look after, and how learners join and leave."""

from flask import Flask

from quizapp.cohorts.queries import ReadActivity


def init_app(app: Flask, activity: ReadActivity) -> None:
    """`activity(session, learner ids)` says when each was last active and for how long in all."""
    from quizapp.cohorts import (
        commands,
        group_routes,
        own_sitting_routes,
        routes,
        sitting_routes,
        sitting_words,
        time_routes,
    )

    app.extensions["activity"] = activity
    app.register_blueprint(routes.bp)
    app.register_blueprint(group_routes.bp)
    app.register_blueprint(sitting_routes.bp)
    app.register_blueprint(time_routes.bp)
    app.register_blueprint(own_sitting_routes.bp)
    sitting_words.init_app(app)
    app.cli.add_command(commands.sittings)
    # Among the jobs around attempts, though only this feature knows whom a sitting is for.
    app.cli.commands["attempts"].add_command(commands.prepare)  # type: ignore[attr-defined]  # it is a group
