"""Groups for those who look after them: list, members, code, invitations, archive."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

import structlog
from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quizapp import clock, db, mail
from quizapp.accounts import limits, tokens
from quizapp.accounts.access import GROUPS, Act, can, require, viewer
from quizapp.accounts.queries import own_programme
from quizapp.cohorts import codes, forms, queries, services
from quizapp.cohorts.models import Cohort, CohortInvitation
from quizapp.cohorts.queries import Member, ReadActivity
from quizapp.cohorts.sitting_queries import next_sittings
from quizapp.config import Settings
from quizapp.i18n import gettext as _
from quizapp.i18n import ngettext

bp = Blueprint("cohorts", __name__)
bp.add_app_template_filter(codes.spaced, "spaced_code")
logger = structlog.get_logger("cohorts")

UNPROCESSABLE = 422
LONG_AGO = datetime.min.replace(tzinfo=UTC)
SORTS: dict[str, Callable[[Member], Any]] = {
    "name": lambda member: member.name.casefold(),
    "joined": lambda member: member.joined_at,
    "active": lambda member: member.last_active_at or LONG_AGO,
    "finished": lambda member: member.finished,
    "hours": lambda member: member.milliseconds,
}


def settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found


def own(cohort_id: int, act: Act = "manage") -> Cohort:
    """The group, if it is of this person's programme."""
    return queries.own_cohort(db.session, viewer(), cohort_id, act)


def page(template: str, form: Any = None, **values: Any) -> ResponseReturnValue:
    """A page of this feature; 422 when its form came back with problems."""
    status = UNPROCESSABLE if form is not None and form.errors else 200
    return render_template(f"cohorts/{template}", form=form, **values), status


def sent() -> Any:
    return request.form if request.method == "POST" else None


def to_group(cohort_id: int) -> ResponseReturnValue:
    return redirect(url_for(".members", cohort_id=cohort_id), 303)


def link_to(endpoint: str, **parts: Any) -> str:
    """An address of ours for somebody who is not on our pages yet."""
    return settings().base_url + url_for(endpoint, **parts)


@bp.get("/cohorts")
def index() -> ResponseReturnValue:
    require(can(viewer(), "view", GROUPS))
    return page("index.html", found=queries.cohorts_of_programmes(db.session, viewer()), now=clock.now())


@bp.route("/programmes/<int:programme_id>/cohorts/new", methods=["GET", "POST"])
def create(programme_id: int) -> ResponseReturnValue:
    programme = own_programme(db.session, viewer(), programme_id, "manage")
    form = forms.CohortForm(sent())
    if request.method != "POST" or not form.validate():
        return page("form.html", form, programme=programme, cohort=None)
    cohort = services.create_cohort(db.session, programme.id, now=clock.now(), **form.data)
    if cohort is None:
        form.name.errors = [name_is_taken()]
        return page("form.html", form, programme=programme, cohort=None)
    db.session.commit()
    logger.info("cohort created", cohort_id=cohort.id, by=viewer().id)
    flash(_("The group is ready. Give its code to your learners, or invite them by mail."), "good")
    return to_group(cohort.id)


def name_is_taken() -> str:
    return _("This programme already has a group with that name, perhaps among the archived ones.")


@bp.route("/cohorts/<int:cohort_id>/edit", methods=["GET", "POST"])
def edit(cohort_id: int) -> ResponseReturnValue:
    cohort = own(cohort_id)
    programme = cohort.programme
    form = forms.CohortForm(sent(), obj=cohort)
    if request.method != "POST" or not form.validate():
        return page("form.html", form, programme=programme, cohort=cohort)
    if not services.update_cohort(db.session, cohort, **form.data):
        form.name.errors = [name_is_taken()]
        return page("form.html", form, programme=programme, cohort=own(cohort_id))
    db.session.commit()
    flash(_("The group is changed."), "good")
    return to_group(cohort_id)


@bp.get("/cohorts/<int:cohort_id>")
def members(cohort_id: int) -> ResponseReturnValue:
    cohort = own(cohort_id, "view")
    sort = request.args.get("sort", "name")
    sort = sort if sort in SORTS else "name"
    is_descending = request.args.get("order") == "desc"
    activity = cast(ReadActivity, current_app.extensions["activity"])
    found = sorted(queries.members(db.session, cohort.id, activity), key=SORTS[sort], reverse=is_descending)
    return page(
        "members.html",
        cohort=cohort,
        members=found,
        next_sittings=next_sittings(db.session, cohort.id, clock.now()),
        sort=sort,
        is_descending=is_descending,
        now=clock.now(),
        join_link=link_to("groups.look", code=cohort.join_code),
    )


@bp.post("/cohorts/<int:cohort_id>/code")
def replace_code(cohort_id: int) -> ResponseReturnValue:
    services.replace_code(own(cohort_id), now=clock.now())
    db.session.commit()
    flash(_("The group has a new code. The one before no longer works."), "good")
    return to_group(cohort_id)


@bp.post("/cohorts/<int:cohort_id>/archive")
def archive(cohort_id: int) -> ResponseReturnValue:
    services.archive(own(cohort_id), now=clock.now())
    db.session.commit()
    flash(_("The group is archived. Nobody new can join; its members and their results stay."), "good")
    return to_group(cohort_id)


@bp.post("/cohorts/<int:cohort_id>/unarchive")
def unarchive(cohort_id: int) -> ResponseReturnValue:
    services.unarchive(own(cohort_id))
    db.session.commit()
    flash(_("The group is open again."), "good")
    return to_group(cohort_id)


@bp.route("/cohorts/<int:cohort_id>/members/<int:user_id>/remove", methods=["GET", "POST"])
def remove_member(cohort_id: int, user_id: int) -> ResponseReturnValue:
    cohort = own(cohort_id)
    name = queries.member_name(db.session, cohort.id, user_id)
    if request.method != "POST":
        return page("remove.html", cohort=cohort, user_id=user_id, name=name)
    services.leave(db.session, cohort, user_id, now=clock.now())
    db.session.commit()
    logger.info("member removed", cohort_id=cohort.id, user_id=user_id, by=viewer().id)
    flash(_("%(name)s is no longer in the group.", name=name), "good")
    return to_group(cohort_id)


# Invitations


@bp.route("/cohorts/<int:cohort_id>/invitations", methods=["GET", "POST"])
def invitations(cohort_id: int) -> ResponseReturnValue:
    cohort = own(cohort_id)
    form = forms.InviteForm(sent())
    if request.method != "POST" or not form.validate():
        return invitations_page(cohort, form)
    limits.count(limits.INVITE, str(viewer().id))
    cohort = own(cohort_id)  # counting has ended the transaction
    invited = services.invite(db.session, cohort, form.chosen, now=clock.now())
    db.session.commit()
    for invitation in invited:
        mail.send(invitation_mail(cohort, invitation))
    logger.info("invited", cohort_id=cohort.id, count=len(invited), by=viewer().id)
    flash(what_was_sent(len(invited), len(form.chosen) - len(invited)), "good")
    return to_invitations(cohort_id)


def invitations_page(cohort: Cohort, form: forms.InviteForm) -> ResponseReturnValue:
    return page(
        "invitations.html",
        form,
        cohort=cohort,
        invitations=queries.invitations(db.session, cohort.id),
        oldest_alive=clock.now() - tokens.INVITATION_LIFE,
        most=forms.MOST_ADDRESSES,
    )


def to_invitations(cohort_id: int) -> ResponseReturnValue:
    return redirect(url_for(".invitations", cohort_id=cohort_id), 303)


def what_was_sent(count: int, others: int) -> str:
    said = ngettext("%(num)s invitation is on its way.", "%(num)s invitations are on their way.", count)
    if others == 0:
        return said
    skipped = ngettext(
        "%(num)s address was invited before and was skipped.",
        "%(num)s addresses were invited before and were skipped.",
        others,
    )
    return f"{said} {skipped}"


def invitation_mail(cohort: Cohort, invitation: CohortInvitation) -> mail.Message:
    token = tokens.make_invitation_token(settings().secret_key, invitation.id)
    programme = cohort.programme.name
    return mail.compose(
        "cohorts/mail/invitation.txt",
        invitation.email,
        _("%(programme)s invites you to practise together", programme=programme),
        programme=programme,
        group=cohort.name,
        link=link_to("groups.invitation", token=token),
    )


@bp.post("/cohorts/<int:cohort_id>/invitations/<int:invitation_id>/resend")
def resend(cohort_id: int, invitation_id: int) -> ResponseReturnValue:
    own(cohort_id)
    limits.count(limits.INVITE, str(viewer().id))
    cohort = own(cohort_id)  # counting has ended the transaction
    invitation = services.resend(db.session, cohort, invitation_id, now=clock.now())
    db.session.commit()
    mail.send(invitation_mail(cohort, invitation))
    flash(_("The invitation to %(email)s is on its way again.", email=invitation.email), "good")
    return to_invitations(cohort_id)


@bp.post("/cohorts/<int:cohort_id>/invitations/<int:invitation_id>/withdraw")
def withdraw(cohort_id: int, invitation_id: int) -> ResponseReturnValue:
    cohort = own(cohort_id)
    invitation = services.withdraw(db.session, cohort, invitation_id, now=clock.now())
    db.session.commit()
    flash(_("The invitation to %(email)s no longer works.", email=invitation.email), "good")
    return to_invitations(cohort_id)
