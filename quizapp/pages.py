"""The public pages (what this is, terms, privacy, licences, support) and the main navigation."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quizapp import db
from quizapp.accounts.access import BANKS, GROUPS, USERS, Viewer, can, public, viewer_or_none
from quizapp.banks.errors import NothingLoaded
from quizapp.banks.queries import reference
from quizapp.i18n import lazy_gettext as _l

bp = Blueprint("pages", __name__)

VISITOR_PAGES = [("accounts.login", _l("Sign in")), ("accounts.register", _l("Register"))]
MEMBER_PAGES = [
    ("progress.home", _l("Home")),
    ("practice.choose", _l("Practise")),
    ("exams.choose", _l("Mock exams")),
    ("banks.principles", _l("Principles")),
]
GROUP_PAGES = [("cohorts.index", _l("Groups"))]
BANK_PAGES = [("banks.index", _l("Question banks"))]
PEOPLE_PAGES = [("accounts.users", _l("People"))]
ACCOUNT_PAGES = [("accounts.settings", _l("Account"))]


class Part(NamedTuple):
    """Something made by others that every page uses; its licence stands beside its files."""

    name: str
    version: str
    use: Any
    licence: str
    folder: str

    @property
    def url(self) -> str:
        return url_for("static", filename=f"vendor/{self.folder}/LICENSE")


PARTS = [
    Part("Pico CSS", "2.1.1", _l("Style sheet"), "MIT", "pico@2.1.1"),
    Part(
        "Atkinson Hyperlegible",
        "5.3.0",
        _l("Typeface of the Braille Institute"),
        "OFL-1.1",
        "atkinson-hyperlegible@5.3.0",
    ),
    Part("Lucide", "1.62.0", _l("Icons"), "ISC", "lucide-static@1.62.0"),
]


class Link(NamedTuple):
    """One entry of the main navigation."""

    url: str
    label: Any
    is_current: bool


@bp.app_template_global()
def navigation() -> list[Link]:
    """The main navigation of this person."""
    return [_link(url_for(endpoint), label) for endpoint, label in _pages(viewer_or_none())]


def _pages(viewer: Viewer | None) -> Iterator[tuple[str, Any]]:
    if viewer is None:
        yield from VISITOR_PAGES
        return
    yield from MEMBER_PAGES
    if can(viewer, "view", GROUPS):
        yield from GROUP_PAGES
    if can(viewer, "view", BANKS):
        yield from BANK_PAGES
    if can(viewer, "view", USERS):
        yield from PEOPLE_PAGES
    yield from ACCOUNT_PAGES


def _link(url: str, label: Any) -> Link:
    return Link(url, label, request.path == url or request.path.startswith(url.rstrip("/") + "/"))


@bp.get("/")
@public
def landing() -> ResponseReturnValue:
    if viewer_or_none():
        return redirect(url_for("progress.home"))
    return render_template("pages/landing.html")


@bp.get("/terms")
@public
def terms() -> ResponseReturnValue:
    return render_template("pages/terms.html")


@bp.get("/privacy")
@public
def privacy() -> ResponseReturnValue:
    return render_template("pages/privacy.html")


@bp.get("/licences")
@public
def licences() -> ResponseReturnValue:
    return render_template("pages/licences.html", parts=PARTS)


@bp.get("/support")
@public
def support() -> ResponseReturnValue:
    try:
        lines = reference(db.session).support
    except NothingLoaded:
        lines = None  # the page still says what to do
    return render_template("pages/support.html", support=lines)
