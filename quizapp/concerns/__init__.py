"""What learners report about items, and what staff make of it. On pages it is called a report."""

from flask import Flask


def init_app(app: Flask) -> None:
    from quizapp.concerns import routes, staff_routes, words

    app.register_blueprint(routes.bp)
    app.register_blueprint(staff_routes.bp)
    app.jinja_env.globals.update(
        concern_kinds=words.kinds, concern_kind=words.kind_name, concern_state=words.state_name
    )
