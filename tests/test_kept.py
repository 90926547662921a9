"""Pages that are kept as text: alike for everybody, with room for what is not."""

from collections.abc import Callable
from gettext import NullTranslations
from typing import Any

import flask_babel
import pytest
from flask import Flask
from jinja2 import DictLoader, TemplateAssertionError
from jinja2.exceptions import UndefinedError
from markupsafe import Markup

from quizapp import i18n
from quizapp.kept import MOST_KEPT, render_kept

Page = Callable[..., str]


@pytest.fixture
def bare_app() -> Flask:
    """No database and no people: only templates."""
    app = Flask(__name__)
    i18n.init_app(app, "UTC")
    app.jinja_env.globals["asset"] = str
    return app


@pytest.fixture
def page(bare_app: Flask) -> Page:
    """Renders a template: `page(source, keys, holes, **others)`, each time in a request of its own."""

    def render(source: str, keys: Any = None, holes: Any = None, root: str = "", **others: str) -> str:
        bare_app.jinja_env.loader = DictLoader({"page.html": source} | others)
        with bare_app.test_request_context("/", environ_overrides={"SCRIPT_NAME": root}):
            return render_kept("page.html", keys or {}, holes or {})

    return render


def test_a_page_is_rendered_once(bare_app: Flask, page: Page) -> None:
    calls: list[str] = []

    def asset(name: str) -> str:
        calls.append(name)
        return name

    bare_app.jinja_env.globals["asset"] = asset
    assert [page("{{ asset('a.css') }}") for _ in range(3)] == ["a.css"] * 3
    assert calls == ["a.css"]


def test_each_choice_of_keys_has_its_own_text(page: Page) -> None:
    source = "{% if is_last %}Review{% else %}Next{% endif %}"
    shown = [page(source, {"is_last": value}) for value in (True, False, True)]
    assert shown == ["Review", "Next", "Review"]


def test_holes_are_filled_for_each_person_and_escaped(page: Page) -> None:
    source = '<b title="{{ who }}">{{ who }}</b>{{ how }}'
    assert page(source, holes={"who": "Ann", "how": Markup("<i>")}) == '<b title="Ann">Ann</b><i>'
    assert page(source, holes={"who": '<">', "how": 3}) == '<b title="&lt;&#34;&gt;">&lt;&#34;&gt;</b>3'
    told = "\0how\0"
    assert page(source, holes={"who": told, "how": "x"}) == f'<b title="{told}">{told}</b>x'


def test_a_hole_may_stand_inside_a_translated_text(page: Page) -> None:
    source = "{{ _('%(count)s items', count=n) }}"
    assert [page(source, holes={"n": value}) for value in (3, "<4>")] == ["3 items", "&lt;4&gt; items"]


@pytest.mark.parametrize(
    "source",
    [
        "{% if who %}yes{% endif %}",
        "{{ who == 'Ann' }}",
        "{{ who | upper }}",
        "{{ who | length }}",
        "{{ 'a' ~ who }}",
        "{% for letter in who %}{% endfor %}",
    ],
)
def test_a_hole_can_only_be_written_out(page: Page, source: str) -> None:
    with pytest.raises(TypeError, match="who differs from person to person"):
        page(source, holes={"who": "Ann"})


def test_what_is_behind_a_hole_cannot_be_reached(page: Page) -> None:
    with pytest.raises(UndefinedError):
        page("{{ who.name.first }}", holes={"who": "Ann"})


@pytest.mark.parametrize(
    "personal", ["current_user.name", "csrf_token()", "g.viewer", "request.path", "session"]
)
def test_a_page_that_uses_something_personal_is_refused(page: Page, personal: str) -> None:
    used = f"{{{{ {personal} }}}}"
    macro = f"{{% macro one() %}}{used}{{% endmacro %}}"
    with pytest.raises(TemplateAssertionError, match="a kept page cannot use"):
        page(used)
    with pytest.raises(TemplateAssertionError, match="a kept page cannot use"):
        page("{% extends 'frame' %}", frame=used)
    with pytest.raises(TemplateAssertionError, match="a kept page cannot use"):
        page("{% include 'part' %}", part=used)
    with pytest.raises(TemplateAssertionError, match="a kept page cannot use"):
        page(
            "{% import 'macros' as ui %}{{ ui.one() }}",
            macros=macro,
        )


def test_a_part_with_a_name_that_changes_is_refused(page: Page) -> None:
    with pytest.raises(TemplateAssertionError, match="fixed names"):
        page("{% include 'part' ~ number %}", {"number": 1}, part1="")


def test_a_key_is_a_plain_value(page: Page, now: object) -> None:
    with pytest.raises(AssertionError):
        page("{{ moment }}", {"moment": now})


def test_each_language_has_its_own_text(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    assert page("{{ page_language() }}") == "en"
    spanish = NullTranslations()
    spanish.ugettext = spanish.gettext  # type: ignore[attr-defined]
    monkeypatch.setattr(flask_babel, "get_translations", lambda: spanish)
    monkeypatch.setattr(i18n, "_locale", lambda: "es")
    monkeypatch.setattr(flask_babel, "get_locale", lambda: "es")
    assert page("{{ page_language() }}") == "es"


def test_each_place_behind_a_proxy_has_its_own_text(bare_app: Flask, page: Page) -> None:
    bare_app.add_url_rule("/page", "page", lambda: "")
    shown = [page("{{ url_for('page') }}", root=root) for root in ("", "/quiz", "")]
    assert shown == ["/page", "/quiz/page", "/page"]


def test_what_is_kept_stays_bounded(bare_app: Flask, page: Page) -> None:
    for number in range(MOST_KEPT + 10):
        assert page("{{ n }}", {"n": number}) == str(number)
    assert len(bare_app.extensions["kept_pages"]) <= MOST_KEPT


def test_nothing_is_kept_while_templates_may_change(bare_app: Flask, page: Page) -> None:
    bare_app.debug = True
    assert page("before") == "before"
    assert page("after") == "after"
