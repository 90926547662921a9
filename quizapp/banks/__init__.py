"""Question banks: files into rows, and the pages about content."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: "Flask") -> None:
    from quizapp.banks import routes, words

    app.register_blueprint(routes.bp)
    app.extensions["exam_choices"] = words.exam_choices
    app.jinja_env.filters["authored"] = words.authored
    app.jinja_env.globals.update(
        coverage_rows=words.coverage_rows,
        explained_words=words.explained_words,
        exam_name=words.exam_name,
        key_basis_text=words.key_basis_text,
        kind_names=words.kind_names,
        status_names=words.status_names,
    )
