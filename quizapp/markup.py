"""Authored text on its way into HTML: the only place that makes trusted markup."""

import functools

import nh3
from flask import Flask
from markdown_it import MarkdownIt
from markupsafe import Markup

_ALLOWED = {"strong", "em", "br"}
_markdown = MarkdownIt("commonmark", {"html": False})


def init_app(app: Flask) -> None:
    app.jinja_env.filters["inline"] = inline


@functools.lru_cache(maxsize=4096)
def inline(text: str) -> Markup:
    """One line of authored text: bold and emphasis, nothing else."""
    return Markup(nh3.clean(_markdown.renderInline(text), tags=_ALLOWED, attributes={}))
