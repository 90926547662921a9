"""Groups for learners: joining by code or invitation, one's own groups, leaving."""

from typing import Any

import structlog
from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quizapp import clock, db
from quizapp.accounts import limits, tokens
from quizapp.accounts.access import public, viewer, viewer_or_none
from quizapp.cohorts import codes, forms, queries, services
from quizapp.cohorts.errors import CodeUnknown, InvitationDead
from quizapp.cohorts.models import Cohort
from quizapp.cohorts.sitting_queries import own_sittings
from quizapp.i18n import gettext as _

bp = Blueprint("groups", __name__)
logger = structlog.get_logger("cohorts")

UNPROCESSABLE, NOT_FOUND = 422, 404


def page(template: str, status: int = 200, **values: Any) -> ResponseReturnValue:
    return render_template(f"groups/{template}", **values), status


@bp.get("/groups")
def mine() -> ResponseReturnValue:
    person, now = viewer(), clock.now()
    return page(
        "mine.html",
        form=forms.CodeForm(),
        groups=queries.own_groups(db.session, person.id),
        given=own_sittings(db.session, person.id, now),
        now=now,
    )


@bp.route("/groups/<int:cohort_id>/leave", methods=["GET", "POST"])
def leave(cohort_id: int) -> ResponseReturnValue:
    group = queries.own_group(db.session, viewer().id, cohort_id)
    if request.method != "POST":
        return page("leave.html", group=group)
    services.leave(db.session, group.cohort, viewer().id, now=clock.now())
    db.session.commit()
    logger.info("group left", cohort_id=cohort_id, user_id=viewer().id)
    flash(_("You have left %(group)s. Its staff no longer see you there.", group=group.cohort.name), "good")
    return to_own_groups()


def to_own_groups() -> ResponseReturnValue:
    return redirect(url_for(".mine"), 303)


# By code


@bp.route("/join", methods=["GET", "POST"])
def enter_code() -> ResponseReturnValue:
    form = forms.CodeForm(request.form if request.method == "POST" else None)
    if request.method != "POST":
        return page("code.html", form=form)
    if not form.validate():
        return page("code.html", UNPROCESSABLE, form=form)
    code = codes.canonical(str(form.code.data))
    try:
        queries.cohort_of_code(db.session, code, clock.now())
    except CodeUnknown as error:
        return wrong_code(form, error, UNPROCESSABLE)
    return redirect(url_for(".look", code=code), 303)


def wrong_code(form: forms.CodeForm, error: CodeUnknown, status: int) -> ResponseReturnValue:
    """The page to type it again."""
    # Wrong codes alone are counted, so that nobody finds one by trying; also those of a link, which would
    # tell the same. The count has a transaction of its own.
    limits.count(limits.WRONG_CODE, str(viewer().id))
    form.code.errors = [f"{error.title}. {error.text}"]
    return page("code.html", status, form=form)


@bp.get("/join/<code>")
@public
def look(code: str) -> ResponseReturnValue:
    """What one would join, before joining. A visitor is asked in first, and told nothing about the code."""
    person = viewer_or_none()
    if person is None:
        return page("visitor.html")
    try:
        cohort = queries.cohort_of_code(db.session, codes.canonical(code), clock.now())
    except CodeUnknown as error:
        return wrong_code(forms.CodeForm(data={"code": code}), error, NOT_FOUND)
    return before_joining(cohort, url_for(".join", code=codes.canonical(code)))


def before_joining(cohort: Cohort, address: str) -> ResponseReturnValue:
    is_in = queries.is_in(db.session, cohort.id, viewer().id)
    return page("look.html", cohort=cohort, address=address, is_in=is_in)


@bp.post("/join/<code>")
def join(code: str) -> ResponseReturnValue:
    try:
        cohort, is_new = services.join_by_code(
            db.session, codes.canonical(code), viewer().id, now=clock.now()
        )
    except CodeUnknown as error:
        return wrong_code(forms.CodeForm(data={"code": code}), error, NOT_FOUND)
    return joined(cohort, is_new)


def joined(cohort: Cohort, is_new: bool) -> ResponseReturnValue:
    db.session.commit()
    if is_new:
        logger.info("group joined", cohort_id=cohort.id, user_id=viewer().id)
        flash(_("Welcome. You are now in %(group)s.", group=cohort.name), "good")
    else:
        flash(_("You are already in %(group)s. Nothing has changed.", group=cohort.name), "info")
    return to_own_groups()


# By invitation


def invitation_id(token: str) -> int | None:
    return tokens.read_invitation_token(current_app.config["SETTINGS"].secret_key, token)


@bp.get("/invitations/<token>")
@public
def invitation(token: str) -> ResponseReturnValue:
    """As for a code: mail programs open links to look at them, and that must change nothing."""
    person = viewer_or_none()
    if person is None:
        return page("visitor.html")
    cohort, found = queries.cohort_of_invitation(db.session, invitation_id(token))
    if found.user_id not in (None, person.id):
        raise InvitationDead
    return before_joining(cohort, url_for(".accept", token=token))


@bp.post("/invitations/<token>")
def accept(token: str) -> ResponseReturnValue:
    return joined(
        *services.join_by_invitation(db.session, invitation_id(token), viewer().id, now=clock.now())
    )
