"""The learner's home and progress."""

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from quizapp import clock, db
from quizapp.accounts.access import viewer
from quizapp.banks.queries import reference
from quizapp.exams.queries import overview
from quizapp.progress import pictures, queries
from quizapp.progress.next_step import next_step

bp = Blueprint("progress", __name__)


@bp.get("/home")
def home() -> ResponseReturnValue:
    person = viewer()
    taxonomy = reference(db.session).taxonomy
    standings = queries.standings(db.session, person.id)
    now = clock.now()
    seen = overview(db.session, person.id, now)
    blueprint = queries.target_blueprint(db.session, person)
    ranked = queries.ranked(db.session, person, standings)
    return render_template(
        "progress/home.html",
        step=next_step(standings, seen, ranked, blueprint, now),
        standings=standings,
        overview=seen,
        now=now,
        taxonomy=taxonomy,
        blueprint=blueprint,
        domains=pictures.domains(standings, taxonomy),
        principles=pictures.principles(standings, taxonomy, queries.principles_by_domain(db.session)),
        missteps=pictures.missteps(standings, taxonomy),
        trend=pictures.trend(seen.past),
        assigned=current_app.extensions["assigned"](db.session, person.id, now),
    )
