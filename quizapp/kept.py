"""Pages that are asked for again and again, kept as text with room for what differs from person to person."""

import re
from collections.abc import Mapping
from typing import Any

from flask import current_app, render_template, request
from jinja2 import Environment, TemplateAssertionError, meta
from markupsafe import escape

from quizapp.i18n import translations

# What a kept page may use beside its keys and holes: it depends on nothing but the language and the address.
ALIKE = frozenset({"_", "asset", "draw_icon", "page_language", "url_for"})
MOST_KEPT = 500
_HOLE = re.compile("\0(\\w+)\0")


class Hole:
    """Stands for a value while a page is rendered for keeping. It can be written out, and nothing else."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __html__(self) -> str:
        return f"\0{self._name}\0"

    def _refuse(self, *_other: object) -> Any:
        raise TypeError(f"{self._name} differs from person to person: make it a key, if it has few choices")

    __bool__ = __str__ = __eq__ = __len__ = __iter__ = _refuse
    __hash__ = None  # type: ignore[assignment]


def render_kept(template: str, keys: Mapping[str, Any], holes: Mapping[str, Any]) -> str:
    """The page, rendered once for each language and choice of `keys`, with `holes` filled in each time.

    A hole can only be written out. A template that uses any other name is refused, so that nothing of one
    person can be kept and shown to another.

    :param keys: name to a truth value, a number or a word, of few choices: by them the template decides.
    :param holes: name to a value, escaped unless it is markup.
    """
    kept: dict[Any, list[str]] = current_app.extensions.setdefault("kept_pages", {})
    key = template, translations(), request.script_root, tuple(keys.values())
    pieces = kept.get(key)
    if pieces is None:
        assert all(isinstance(value, bool | int | str) for value in keys.values())
        _check(current_app.jinja_env, template, {*keys, *holes})
        text = render_template(template, **keys, **{name: Hole(name) for name in holes})
        pieces = _HOLE.split(text)
        if not current_app.debug:  # else the template may change while the program runs
            if len(kept) >= MOST_KEPT:
                kept.clear()
            kept[key] = pieces
    fillings = {name: str(value) if type(value) is int else escape(value) for name, value in holes.items()}
    filled = pieces.copy()
    filled[1::2] = [fillings[name] for name in pieces[1::2]]
    return "".join(filled)


def _check(environment: Environment, template: str, own: set[str]) -> None:
    """:raises TemplateAssertionError: if the template, or one that it is made of, uses something personal."""
    # Global names count as declared, and among them are the request and the token of its form.
    bare = environment.overlay()
    bare.globals = {}
    waiting = [template]
    while waiting:
        name = waiting.pop()
        source, _path, _is_current = environment.loader.get_source(environment, name)  # type: ignore[union-attr]
        parsed = bare.parse(source, name)
        strange = meta.find_undeclared_variables(parsed) - ALIKE - own
        if strange:
            raise TemplateAssertionError(f"a kept page cannot use {', '.join(sorted(strange))}", 1, name)
        for other in meta.find_referenced_templates(parsed):
            if other is None:
                raise TemplateAssertionError("a kept page names its parts by fixed names", 1, name)
            waiting.append(other)
