"""Who is signed in: the session cookie, the person behind it, and the door that is closed by default."""

from collections.abc import Callable, Mapping, MutableMapping
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlsplit

from flask import Flask, current_app, flash, g, redirect, request, session, url_for
from flask.sessions import SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_login import AnonymousUserMixin, LoginManager, current_user
from flask_wtf import CSRFProtect
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import ColumnElement, Row, String, Table, bindparam, select
from sqlalchemy import cast as sql_cast
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from quizapp import clock, db, errors
from quizapp.accounts.access import Viewer
from quizapp.accounts.models import Membership, User
from quizapp.i18n import gettext as _
from quizapp.i18n import lazy_gettext as _l

RESTAMP_SECONDS = 60
BACKGROUND_HEADER = "X-Quizapp-Background"  # sent by what a page does by itself: no activity of a person

Companion = Callable[[Session, int, Mapping[str, Any]], Viewer | None]
# For these endpoints the person is read together with the feature's own rows, in one statement.
companions: dict[str, Companion] = {}

_account = cast(Table, User.__table__)
_membership = cast(Table, Membership.__table__)

PERSON_COLUMNS: tuple[ColumnElement[Any], ...] = (
    _account.c.id.label("person_id"),
    _account.c.email.label("person_email"),
    _account.c.name.label("person_name"),
    _account.c.is_admin.label("person_is_admin"),
    _account.c.verified_at.is_not(None).label("person_is_verified"),
    _account.c.disabled_at.is_(None).label("person_is_active"),
    _account.c.time_zone.label("person_time_zone"),
    _account.c.state.label("person_state"),
    _account.c.target_blueprint_id.label("person_target_blueprint_id"),
    _account.c.time_multiplier.label("person_time_multiplier"),
    _account.c.hides_clock.label("person_hides_clock"),
    _account.c.uses_shortcuts.label("person_uses_shortcuts"),
    _account.c.asks_certainty.label("person_asks_certainty"),
    _account.c.session_version.label("person_session_version"),
    select(
        db.joined_text(
            sql_cast(_membership.c.programme_id, String).concat(":").concat(_membership.c.role), ","
        )
    )
    .where(_membership.c.user_id == _account.c.id)
    .correlate(_account)
    .scalar_subquery()
    .label("person_roles"),
)
_PERSON = select(*PERSON_COLUMNS).where(_account.c.id == bindparam("user_id"))


def viewer_from_row(row: Row[Any]) -> Viewer:
    """The person in a row that holds PERSON_COLUMNS (and perhaps more)."""
    return Viewer(
        id=row.person_id,
        email=row.person_email,
        name=row.person_name,
        is_admin=row.person_is_admin,
        is_verified=row.person_is_verified,
        is_active=row.person_is_active,
        time_zone=row.person_time_zone,
        state=row.person_state,
        target_blueprint_id=row.person_target_blueprint_id,
        time_multiplier=row.person_time_multiplier,
        hides_clock=row.person_hides_clock,
        uses_shortcuts=row.person_uses_shortcuts,
        asks_certainty=row.person_asks_certainty,
        session_version=row.person_session_version,
        roles=_read_roles(row.person_roles),
    )


def _read_roles(joined: str | None) -> dict[int, str]:
    pairs = (pair.split(":", 1) for pair in joined.split(",")) if joined else ()
    return {int(programme_id): role for programme_id, role in pairs}


def read_person(opened: Session, user_id: int) -> Viewer | None:
    """The person with this id, in one statement."""
    row = opened.execute(_PERSON, {"user_id": user_id}).one_or_none()
    return viewer_from_row(row) if row else None


class CookieSessions(SecureCookieSessionInterface):
    """Flask's own, which would else make its signer anew for each request."""

    def __init__(self, app: Flask) -> None:
        self._serializer = super().get_signing_serializer(app)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        return self._serializer


class FormProtection(CSRFProtect):  # type: ignore[misc]
    """Flask-WTF's own, which would else read a JSON body as a form to look there for the token first."""

    def _get_csrf_token(self) -> str | None:
        found: str | None = request.headers.get("X-CSRFToken") or super()._get_csrf_token()
        return found


def init_app(app: Flask) -> None:
    app.session_interface = CookieSessions(app)
    manager = LoginManager()
    manager.session_protection = None  # ties a session to an address, and phones change theirs all day
    manager.user_loader(load_viewer)
    manager.init_app(app)
    app.before_request(_close_by_default)


def load_viewer(session_id: str) -> Viewer | None:
    """The person of this session, unless idle too long, disabled, unverified, or signed out elsewhere."""
    now = int(clock.now().timestamp())
    seen: int = session.get("seen", 0)
    if _is_idle(now, seen):
        end_session()
        session["signed_out"] = "idle"
        return None
    user_id, _, version = session_id.partition(":")
    viewer = _read(int(user_id))
    if viewer is None or not may_sign_in(viewer) or str(viewer.session_version) != version:
        end_session()
        return None
    if now - seen >= RESTAMP_SECONDS and not _is_background():
        session["seen"] = now
    return viewer


def _read(user_id: int) -> Viewer | None:
    try:
        return _companion_or_plain(user_id)
    except SQLAlchemyError:
        # The error page asks who is here, too, and must not fail for the same reason.
        g._login_user = AnonymousUserMixin()
        raise


def _companion_or_plain(user_id: int) -> Viewer | None:
    companion = companions.get(request.endpoint or "")
    if companion is None:
        return read_person(db.session, user_id)
    return companion(db.session, user_id, request.view_args or {})


def may_sign_in(person: Viewer) -> bool:
    """Not disabled, and verified where the operator wants that."""
    return person.is_active and (
        person.is_verified or not current_app.config["SETTINGS"].require_verified_email
    )


def _is_idle(now: int, seen: int) -> bool:
    limit: int = current_app.config["SETTINGS"].idle_minutes * 60
    return now > seen + limit and now > session.get("stay_until", 0)


def _is_background() -> bool:
    return BACKGROUND_HEADER in request.headers


def begin_session(cookie: MutableMapping[str, Any], user_id: int, version: int, now: datetime) -> None:
    """Sign a person in: everything in the old cookie goes, so that nothing planted there survives."""
    cookie.clear()
    cookie["_user_id"] = f"{user_id}:{version}"
    cookie["_permanent"] = True  # the cookie lives 30 days; `seen` decides about idleness
    cookie["seen"] = int(now.timestamp())


def end_session() -> None:
    """Forget everything in the cookie."""
    session.clear()


def keep_signed_in_until(moment: datetime) -> None:
    """Until then (the deadline of a timed mock, and its grace) idleness does not sign this person out."""
    until = int(moment.timestamp())
    if until > session.get("stay_until", 0):  # else the cookie would be signed and sent again with every page
        session["stay_until"] = until


def keep_signed_in_only_until(moment: datetime | None) -> None:
    """A mock is handed in: from now on idleness counts again, unless another one runs until then."""
    session.pop("stay_until", None)
    if moment is not None:
        keep_signed_in_until(moment)


def _close_by_default() -> ResponseReturnValue | None:
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or request.endpoint == "static" or getattr(view, "is_public", False):
        return None
    return None if current_user.is_authenticated else _ask_to_sign_in()


def _ask_to_sign_in() -> ResponseReturnValue:
    if errors.wants_json() or _is_background():
        return errors.answer(401, "sign_in", _l("Please sign in"), _l("Sign in to go on where you were."))
    if request.method not in db.READING_METHODS and request.endpoint != "accounts.logout":
        told = _("You were signed out, so what you just sent was not saved. Sign in, then send it again.")
        flash(told, "problem")
    return redirect(url_for("accounts.login", next=_page_to_return_to()), 303)


def _page_to_return_to() -> str | None:
    """The page that the person is on: this one, or the one whose form was sent."""
    if request.method in db.READING_METHODS:
        return request.full_path.rstrip("?")
    sender = urlsplit(request.referrer or "")
    if sender.netloc != request.host:
        return None
    return sender.path + (f"?{sender.query}" if sender.query else "")


def safe_next(target: str | None) -> str | None:
    """The target if it is a page of ours, so that a link cannot lead a person on to another site."""
    if not target or not target.startswith("/") or target.startswith("//"):
        return None
    # Browsers read a backslash as a slash, and drop tabs and line ends.
    if "\\" in target or any(ord(character) < 33 for character in target):
        return None
    return target
