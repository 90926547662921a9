"""A programme's own page, for those who look after its learners: name, zone and staff."""

from typing import Any

import structlog
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quizapp import clock, db
from quizapp.accounts import forms, queries, services
from quizapp.accounts.access import STAFF_ROLES, may_give, viewer
from quizapp.accounts.models import Programme
from quizapp.i18n import gettext as _

bp = Blueprint("programmes", __name__, url_prefix="/programmes")
logger = structlog.get_logger("accounts")

UNPROCESSABLE = 422


def managed(programme_id: int) -> Programme:
    """The programme, if this person manages it."""
    return queries.own_programme(db.session, viewer(), programme_id, "manage")


def roles_to_give(programme: Programme) -> list[str]:
    return [role for role in STAFF_ROLES if may_give(viewer(), role, programme.id)]


def page(programme: Programme, form: Any = None, staff_form: Any = None) -> ResponseReturnValue:
    """The programme's page, perhaps with one of its two forms as it came back."""
    has_problems = form is not None or staff_form is not None
    if form is None:
        form = forms.ProgrammeForm(data={"name": programme.name, "time_zone": programme.time_zone})
        form.offer(programme.time_zone)
    if staff_form is None:
        staff_form = forms.StaffForm()
        staff_form.offer(roles_to_give(programme))
    return render_template(
        "programmes/settings.html",
        programme=programme,
        staff=queries.staff(db.session, programme.id),
        form=form,
        staff_form=staff_form,
        roles_to_give=roles_to_give(programme),
        role_names=forms.ROLE_NAMES,
    ), UNPROCESSABLE if has_problems else 200


def back(programme_id: int) -> ResponseReturnValue:
    return redirect(url_for(".settings", programme_id=programme_id), 303)


@bp.get("/<int:programme_id>")
def settings(programme_id: int) -> ResponseReturnValue:
    return page(managed(programme_id))


@bp.post("/<int:programme_id>")
def save_settings(programme_id: int) -> ResponseReturnValue:
    programme = managed(programme_id)
    form = forms.ProgrammeForm(request.form)
    form.offer(programme.time_zone)
    if not form.validate():
        return page(programme, form)
    name, time_zone = str(form.name.data), str(form.time_zone.data)
    if not services.update_programme(db.session, programme, name=name, time_zone=time_zone):
        form.name.errors = [_("There is already a programme with that name.")]
        return page(programme, form)
    db.session.commit()
    flash(_("The settings of the programme are saved."), "good")
    return back(programme_id)


@bp.post("/<int:programme_id>/staff")
def add_staff(programme_id: int) -> ResponseReturnValue:
    programme = managed(programme_id)
    form = forms.StaffForm(request.form)
    form.offer(roles_to_give(programme))
    if not form.validate():
        return page(programme, staff_form=form)
    user = queries.find_user(db.session, form.email.data)
    if user is None:
        form.email.errors = [_("Nobody has an account with this address. Ask them to register first.")]
        return page(programme, staff_form=form)
    if any(member.user_id == user.id for member in queries.staff(db.session, programme.id)):
        form.email.errors = [_("This person is on the list already. You can change their role there.")]
        return page(programme, staff_form=form)
    services.set_staff_role(db.session, programme.id, user.id, str(form.role.data), now=clock.now())
    db.session.commit()
    logger.info("staff added", programme_id=programme.id, user_id=user.id, by=viewer().id)
    flash(_("%(name)s is on the staff now.", name=user.name), "good")
    return back(programme_id)


@bp.post("/<int:programme_id>/staff/<int:user_id>")
def change_role(programme_id: int, user_id: int) -> ResponseReturnValue:
    """Not one's own: nobody gives themselves more rights than a colleague gave them."""
    programme = managed(programme_id)
    member = queries.staff_member(db.session, programme.id, user_id)
    form = forms.RoleForm(request.form)
    form.offer(roles_to_give(programme))
    is_within_reach = member.user_id != viewer().id and may_give(viewer(), member.role, programme.id)
    if not is_within_reach or not form.validate():
        flash(_("Choose a role from the list. Your own role is changed by a colleague."), "problem")
        return back(programme_id)
    services.set_staff_role(db.session, programme.id, user_id, str(form.role.data), now=clock.now())
    db.session.commit()
    logger.info("staff changed", programme_id=programme.id, user_id=user_id, by=viewer().id)
    flash(_("The role of %(name)s is changed.", name=member.name), "good")
    return back(programme_id)


@bp.route("/<int:programme_id>/staff/<int:user_id>/remove", methods=["GET", "POST"])
def remove_staff(programme_id: int, user_id: int) -> ResponseReturnValue:
    programme = managed(programme_id)
    member = queries.staff_member(db.session, programme.id, user_id)
    if request.method != "POST":
        return render_template("programmes/remove.html", programme=programme, member=member)
    services.remove_staff(db.session, programme.id, user_id)
    db.session.commit()
    logger.info("staff removed", programme_id=programme.id, user_id=user_id, by=viewer().id)
    flash(
        _("%(name)s is no longer on the staff of %(programme)s.", name=member.name, programme=programme.name),
        "good",
    )
    is_still_managed = user_id != viewer().id or viewer().is_admin
    return back(programme_id) if is_still_managed else redirect("/", 303)
