"""The security headers stand on every answer: pages, redirects, errors and static files alike."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.wrappers import Response

from quizapp.accounts.access import public
from quizapp.accounts.models import User
from quizapp.assets import fingerprint

Make = Callable[..., Flask]
SECURITY = {
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "Referrer-Policy",
    "Permissions-Policy",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Resource-Policy",
}
ANSWERS = {
    "a page": ("GET", "/", 200),
    "a form": ("GET", "/login", 200),
    "a redirect": ("GET", "/home", 303),
    "a method that is not there": ("DELETE", "/login", 405),
    "a page that is not there": ("GET", "/nowhere", 404),
    "a bug": ("GET", "/broken", 500),
    "JSON": ("GET", "/healthz", 200),
    "options": ("OPTIONS", "/login", 200),
    "a static file": ("GET", "/static/css/base.css", 200),
    "a static file that is not there": ("GET", "/static/css/nothing.css", 404),
}


@public
def _fail() -> str:
    raise RuntimeError("a bug")


@contextmanager
def answer_of(app: Flask, kind: str) -> Iterator[Response]:
    method, address, status = ANSWERS[kind]
    if kind == "a bug":
        app.add_url_rule("/broken", view_func=_fail)
    with app.test_client().open(address, method=method) as response:
        assert response.status_code == status
        yield response


@pytest.mark.parametrize("kind", ANSWERS)
def test_every_answer_carries_the_security_headers(make_app: Make, kind: str) -> None:
    with answer_of(make_app(), kind) as response:
        assert set(response.headers.keys()) >= SECURITY
        assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("kind", ANSWERS)
def test_transport_security_is_asked_for_with_https_only(make_app: Make, kind: str) -> None:
    with answer_of(make_app(), kind) as plain:
        assert "Strict-Transport-Security" not in plain.headers
    with answer_of(make_app(base_url="https://quiz.example.org"), kind) as safe:
        assert re.match(r"max-age=\d{8,}", safe.headers["Strict-Transport-Security"])


def test_the_policy_allows_nothing_inline_and_nothing_from_elsewhere(client: FlaskClient) -> None:
    policy = client.get("/").headers["Content-Security-Policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["form-action"] == "'self'"
    assert rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "*" not in policy


@pytest.mark.parametrize("kind", [kind for kind in ANSWERS if "static" not in kind])
def test_pages_are_kept_nowhere(make_app: Make, kind: str) -> None:
    with answer_of(make_app(), kind) as response:
        assert response.headers["Cache-Control"] == "no-store"


def test_the_session_cookie_is_out_of_reach(
    make_app: Make,
    new_client: Callable[[Flask], FlaskClient],
    alice: User,
    sign_in: Callable[[FlaskClient, User], None],
    now: datetime,
) -> None:
    client = new_client(make_app(base_url="https://quiz.example.org"))
    sign_in(client, alice)
    cookie = client.post("/logout", base_url="https://localhost").headers["Set-Cookie"]
    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))


# Static files


def assets_of(page: str) -> set[str]:
    return set(re.findall(r'(?:href|src)="(/static/[^"#]+)', page))


def test_assets_of_a_page_are_kept_for_good(app: Flask) -> None:
    client = app.test_client()
    addresses = {
        address for page in ("/", "/login", "/terms") for address in assets_of(client.get(page).text)
    }
    assert len(addresses) > 3
    for address in addresses:
        with client.get(address) as response:
            assert response.status_code == 200, address
            kept = response.headers["Cache-Control"]
            assert "immutable" in kept, f"{address} has no version: use asset()"
            assert int(re.findall(r"max-age=(\d+)", kept)[0]) >= 365 * 24 * 3600


def test_what_assets_name_themselves_is_kept_with_them(app: Flask) -> None:
    """A module that imports another, kept for good without a version, would be old after an update."""
    client = app.test_client()
    [style] = [address for address in assets_of(client.get("/").text) if address.endswith("/css/base.css")]
    root = style.removesuffix("css/base.css")
    folder = Path(app.static_folder or "")
    named = [root + path.relative_to(folder).as_posix() for path in folder.rglob("*.js")]
    with client.get(style) as response:
        named += [
            root + found for found in re.findall(r'url\("\.\./([^"]+)"\)', response.get_data(as_text=True))
        ]
    assert len(named) > 5
    for address in named:
        with client.get(address) as response:
            assert "immutable" in response.headers["Cache-Control"], address
    for module in folder.glob("js/*.js"):
        for imported in re.findall(r'from "([^"]+)"', module.read_text("utf-8")):
            assert imported.startswith("./"), (
                f"{module.name}: import by a relative path, which keeps the version"
            )


def test_an_address_without_a_version_is_asked_for_again(app: Flask) -> None:
    with app.test_client().get("/static/css/base.css") as response:
        assert response.headers["Cache-Control"] == "max-age=0, public"
        assert response.headers["Last-Modified"]


def test_a_changed_file_has_a_new_address(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("1")
    first = fingerprint(tmp_path)
    assert fingerprint(tmp_path) == first
    (tmp_path / "a.js").write_text("2")
    assert fingerprint(tmp_path) != first
    (tmp_path / "a.js").write_text("1")
    (tmp_path / "a.js").rename(tmp_path / "b.js")
    assert fingerprint(tmp_path) != first


def test_an_asset_that_is_not_there_is_noticed_where_it_is_named(app: Flask) -> None:
    with app.test_request_context(), pytest.raises(FileNotFoundError):
        app.jinja_env.from_string("{{ asset('js/nothing.js') }}").render()
