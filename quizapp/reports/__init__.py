"""Reports for the staff of a programme: one module each, with a page, a table of the same numbers and a file.

To add one: `reports/<name>.py` with its figures, `templates/reports/<name>.html`, a view called <name> in
`routes.py`, a command called <name> in `commands.py`, `tests/reports/test_<name>.py`, and its name here.
"""

from flask import Flask

REPORTS = ("cohort",)


def init_app(app: Flask) -> None:
    from quizapp.reports import commands, routes

    app.register_blueprint(routes.bp)
    app.cli.add_command(commands.report)
