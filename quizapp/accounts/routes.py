"""The door (register, sign in and out, links from mails), one's own account, the admin's list of people."""

from typing import Any

import structlog
from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError

from quizapp import clock, db, errors, mail
from quizapp.accounts import access, addresses, forms, limits, login, passwords, queries, services, tokens
from quizapp.accounts.access import USERS, can, public, require, viewer
from quizapp.accounts.errors import LinkDead
from quizapp.config import Settings
from quizapp.i18n import gettext as _

bp = Blueprint("accounts", __name__)
logger = structlog.get_logger("accounts")

UNPROCESSABLE = 422


def settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found


def page(template: str, form: Any = None, **values: Any) -> ResponseReturnValue:
    """A page of this feature; 422 when its form came back with problems."""
    status = UNPROCESSABLE if form is not None and form.errors else 200
    return render_template(f"accounts/{template}", form=form, **values), status


def sent() -> Any:
    """The fields of a form that was sent. Empty ones would read as every box unticked."""
    return request.form if request.method == "POST" else None


def begin_session(found: queries.Credentials, version: int) -> None:
    login.begin_session(session, found.user_id, version, clock.now())


# Registering


@bp.route("/register", methods=["GET", "POST"])
@public
def register() -> ResponseReturnValue:
    target = login.safe_next(request.args.get("next"))
    if access.viewer_or_none():
        return redirect(target or "/", 303)
    form = forms.RegisterForm(sent())
    if request.method != "POST" or not form.validate():
        return page("register.html", form, target=target)
    address = str(form.email.data)
    limits.count(limits.REGISTER, address)
    password_hash = passwords.hash_password(passwords.hasher(), str(form.new_password.data))
    user = services.register(
        db.session,
        email=address,
        name=str(form.name.data),
        password_hash=password_hash,
        time_zone=settings().default_time_zone,
        now=clock.now(),
    )
    db.session.commit()
    # New or known, the browser gets the same answer; what is true is only in the mail.
    mail.send(welcome(user.id, address, target) if user else already_known(address, target))
    if settings().require_verified_email:
        text = _("Almost there: open the link in the mail to %(email)s, then sign in.", email=address)
    else:
        text = _("Almost there: sign in to begin. We have also sent a mail to %(email)s.", email=address)
    return on_to_sign_in(address, text, target)


def welcome(user_id: int, address: str, target: str | None = None) -> mail.Message:
    """:param target: the page of ours that they came for: the way there may lead through this mail."""
    token = tokens.make_verify_token(settings().secret_key, user_id, address)
    link = settings().base_url + url_for(".confirm", token=token, next=target)
    needs_proof = settings().require_verified_email
    # No name: a stranger could have chosen it, as a message of their own to this address.
    return mail.compose(
        "accounts/mail/welcome.txt", address, _("Welcome"), link=link, needs_proof=needs_proof
    )


def already_known(address: str, target: str | None) -> mail.Message:
    base = settings().base_url
    return mail.compose(
        "accounts/mail/already_known.txt",
        address,
        _("You already have an account"),
        sign_in_link=base + url_for(".login", next=target),
        forgot_link=base + url_for(".forgot_password"),
    )


def on_to_sign_in(address: str | None, message: str, target: str | None = None) -> ResponseReturnValue:
    flash(message, "info")
    session["typed_email"] = address
    return redirect(url_for(".login", next=target), 303)


# Signing in and out


@bp.route("/login", methods=["GET", "POST"], endpoint="login")
@public
def sign_in() -> ResponseReturnValue:
    target = login.safe_next(request.args.get("next"))
    if access.viewer_or_none():
        return redirect(target or "/", 303)
    form = forms.LoginForm(sent(), data={"email": session.pop("typed_email", None)})
    if request.method == "POST" and form.validate() and let_in(form):
        return redirect(target or "/", 303)
    idle_seconds = settings().idle_minutes * 60 if session.pop("signed_out", None) == "idle" else None
    needs_proof = settings().require_verified_email
    return page("login.html", form, idle_seconds=idle_seconds, needs_proof=needs_proof, target=target)


def let_in(form: forms.LoginForm) -> bool:
    """Begin a session if address and password are right; else say so on the form, whatever the reason."""
    typed, password = str(form.email.data), str(form.password.data)
    address = addresses.canonical(typed)
    limits.count(limits.SIGN_IN, address or typed)
    found = read_credentials(address)
    is_right = passwords.matches(passwords.hasher(), found.password_hash if found else None, password)
    if not found or not is_right or not is_welcome(found):
        form.password.errors = [*form.password.errors, _("That email and password do not go together.")]
        return False
    better = stronger_hash(found, password)
    services.note_sign_in(db.session, found.user_id, now=clock.now())
    if better:
        services.strengthen_hash(db.session, found.user_id, found.password_hash, better)
    db.session.commit()
    limits.forget(limits.SIGN_IN, str(address))
    begin_session(found, found.session_version)
    logger.info("signed in", user_id=found.user_id)
    return True


def read_credentials(who: str | int | None) -> queries.Credentials | None:
    """The credentials behind an address or an id."""
    # In a session of its own: the request's would hold SQLite's write lock while the password is hashed.
    with db.database().open_session(read_only=True) as reading:
        if isinstance(who, int):
            return queries.own_credentials(reading, who)
        return queries.credentials_of(reading, who) if who else None


def is_welcome(found: queries.Credentials) -> bool:
    return found.is_active and (found.is_verified or not settings().require_verified_email)


def stronger_hash(found: queries.Credentials, password: str) -> str | None:
    hasher = passwords.hasher()
    if not hasher.check_needs_rehash(found.password_hash):
        return None
    return passwords.hash_password(hasher, password)


@bp.post("/logout")
@public
def logout() -> ResponseReturnValue:
    login.end_session()
    flash(_("You are signed out."), "info")
    return redirect("/", 303)


@bp.errorhandler(CSRFError)
def stale_form(error: CSRFError) -> ResponseReturnValue:
    """Whoever signs out once more, from a page of before, is signed out: no reason to complain."""
    if request.endpoint == "accounts.logout" and access.viewer_or_none() is None:
        return logout()
    return errors.stale_form(error)


# Links from mails


@bp.route("/password/forgot", methods=["GET", "POST"])
@public
def forgot_password() -> ResponseReturnValue:
    form = forms.AddressForm(sent())
    if request.method != "POST" or not form.validate():
        return page("forgot.html", form)
    address = str(form.email.data)
    limits.count(limits.MAIL, address)
    found = read_credentials(address)
    # Known or not, the same work is done; only the sending differs, and that happens apart from the request.
    message = reset_mail(found, address)
    if found and found.is_active:
        mail.send(message)
    text = _("If %(email)s has an account, a link is on its way. It works for one hour.", email=address)
    return on_to_sign_in(address, text)


def reset_mail(found: queries.Credentials | None, address: str) -> mail.Message:
    user_id, password_hash = (found.user_id, found.password_hash) if found else (0, "")
    token = tokens.make_reset_token(settings().secret_key, user_id, password_hash)
    link = settings().base_url + url_for(".reset_password", token=token)
    return mail.compose("accounts/mail/reset.txt", address, _("Choose a new password"), link=link)


@bp.route("/password/reset/<token>", methods=["GET", "POST"])
@public
def reset_password(token: str) -> ResponseReturnValue:
    link = tokens.read_reset_token(settings().secret_key, token)
    with db.database().open_session(read_only=True) as reading:
        user = services.load_for_reset(reading, link)
    form = forms.ResetForm(sent())
    if request.method != "POST" or not form.validate() or is_refused(form, user.email):
        return page("reset.html", form, email=user.email)
    new_hash = passwords.hash_password(passwords.hasher(), str(form.new_password.data))
    services.change_password(db.session, user.id, user.password_hash, new_hash, now=clock.now())
    db.session.commit()
    limits.forget(limits.SIGN_IN, user.email)
    login.end_session()
    logger.info("password reset", user_id=user.id)
    return on_to_sign_in(user.email, _("Your password is changed. Sign in with the new one."))


def is_refused(form: forms.ResetForm | forms.PasswordForm, email: str) -> bool:
    """Whether the new password is too easy to guess; says so on the form."""
    try:
        forms.refuse_common(form.new_password.data, email)
    except ValueError as error:
        form.new_password.errors = [*form.new_password.errors, str(error)]
        return True
    return False


@bp.route("/verify", methods=["GET", "POST"])
@public
def send_confirmation() -> ResponseReturnValue:
    form = forms.AddressForm(sent())
    if request.method != "POST" or not form.validate():
        return page("send_confirmation.html", form)
    address = str(form.email.data)
    limits.count(limits.MAIL, address)
    with db.database().open_session(read_only=True) as reading:
        user = queries.find_user(reading, address)
    message = welcome(user.id if user else 0, address)
    if user and not user.verified_at and not user.disabled_at:
        mail.send(message)
    text = _("If %(email)s is waiting to be confirmed, a mail with a new link is on its way.", email=address)
    return on_to_sign_in(address, text)


@bp.route("/verify/<token>", methods=["GET", "POST"])
@public
def confirm(token: str) -> ResponseReturnValue:
    """A page with a button: mail programs open links to look at them, and that must change nothing."""
    link = tokens.read_verify_token(settings().secret_key, token)
    if link is None:
        raise LinkDead
    if request.method != "POST":
        return page("confirm.html", email=link[1])
    services.verify(db.session, link, now=clock.now())
    db.session.commit()
    target = login.safe_next(request.args.get("next"))
    if access.viewer_or_none():
        flash(_("Thank you. Your email address is confirmed."), "good")
        return redirect(target or "/", 303)
    return on_to_sign_in(link[1], _("Thank you. Your email address is confirmed. Sign in to begin."), target)


# One's own account


@bp.route("/account", methods=["GET", "POST"], endpoint="settings")
def own_settings() -> ResponseReturnValue:
    person = viewer()
    form = forms.SettingsForm(sent(), data=current_settings(person))
    form.offer(forms.exam_choices(db.session), person.time_zone)
    if request.method != "POST" or not form.validate():
        return page("settings.html", form)
    services.update_settings(db.session, person.id, form.values())
    db.session.commit()
    flash(_("Your settings are saved."), "good")
    return redirect(url_for(".settings"), 303)


def current_settings(person: access.Viewer) -> dict[str, Any]:
    names = ("name", "time_zone", "time_multiplier", "hides_clock", "uses_shortcuts", "asks_certainty")
    chosen = {name: getattr(person, name) for name in names}
    return chosen | {"state": person.state or "", "target_blueprint_id": person.target_blueprint_id or ""}


@bp.route("/account/password", methods=["GET", "POST"])
def change_password() -> ResponseReturnValue:
    person = viewer()
    db.end_reading()  # no transaction should wait for the hashing
    form = forms.PasswordForm(sent())
    if request.method != "POST" or not form.validate() or is_refused(form, person.email):
        return page("password.html", form)
    limits.count(limits.OWN_PASSWORD, str(person.id))
    found = read_credentials(person.id)
    if not found or not passwords.matches(passwords.hasher(), found.password_hash, str(form.password.data)):
        form.password.errors = [*form.password.errors, _("That is not the password you use now.")]
        return page("password.html", form)
    new_hash = passwords.hash_password(passwords.hasher(), str(form.new_password.data))
    version = services.change_password(db.session, person.id, found.password_hash, new_hash)
    db.session.commit()
    limits.forget(limits.OWN_PASSWORD, str(person.id))
    begin_session(found, version)
    logger.info("password changed", user_id=person.id)
    flash(_("Your password is changed. You are signed out on all other devices."), "good")
    return redirect(url_for(".settings"), 303)


@bp.post("/account/sign-out-everywhere")
def sign_out_everywhere() -> ResponseReturnValue:
    services.sign_out_everywhere(db.session, viewer().id)
    db.session.commit()
    login.end_session()
    return on_to_sign_in(None, _("You are signed out on all devices."))


# The admin's list


@bp.get("/admin/users")
def users() -> ResponseReturnValue:
    require(can(viewer(), "view", USERS))
    search = request.args.get("q", "").strip()[:100].replace("\x00", "")
    found = queries.list_people(db.session, search, request.args.get("page"))
    return page("users.html", found=found, page=found.page, search=search, role_names=forms.ROLE_NAMES)


@bp.post("/admin/users/<int:user_id>/disable")
def disable(user_id: int) -> ResponseReturnValue:
    require(can(viewer(), "manage", USERS))
    services.disable(db.session, user_id, now=clock.now(), by=viewer().id)
    db.session.commit()
    logger.info("account disabled", user_id=user_id, by=viewer().id)
    flash(_("The account is disabled. The person is signed out; nothing of theirs is removed."), "good")
    return back_to_users()


@bp.post("/admin/users/<int:user_id>/enable")
def enable(user_id: int) -> ResponseReturnValue:
    require(can(viewer(), "manage", USERS))
    services.enable(db.session, user_id)
    db.session.commit()
    logger.info("account enabled", user_id=user_id, by=viewer().id)
    flash(_("The account works again."), "good")
    return back_to_users()


def back_to_users() -> ResponseReturnValue:
    """The list as it was searched and paged."""
    search, number = request.form.get("q") or None, request.form.get("page") or None
    return redirect(url_for(".users", q=search, page=number), 303)
