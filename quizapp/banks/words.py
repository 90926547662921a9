"""Words about content, for templates of any feature."""

from markupsafe import Markup
from sqlalchemy.orm import Session

from quizapp import db
from quizapp.banks import queries
from quizapp.core.items import Item
from quizapp.i18n import gettext as _


def authored(text: str) -> Markup:
    """One line of authored text, with its variables filled in."""
    return queries.authored(db.session, text)


def exam_name(blueprint_id: str | None) -> str:
    """What people call an exam; its id when it is gone."""
    return queries.exam_name(db.session, blueprint_id)


def exam_choices(session: Session) -> list[tuple[str, str]]:
    """The exams that a learner can prepare for: id and name."""
    known = queries.catalogue(session).blueprints
    return [(blueprint_id, current.blueprint.name) for blueprint_id, current in known.items()]


def kind_names() -> dict[str, str]:
    return {
        "first_response": _("First response"),
        "next_step": _("Next step"),
        "fits_the_role": _("Fits the role"),
        "spot_misstep": _("Spot the misstep"),
        "why": _("Why"),
        "recall": _("Recall"),
    }


def status_names() -> dict[str, str]:
    return {
        "draft": _("Draft"),
        "in_review": _("In review"),
        "live": _("Live"),
        "retired": _("Retired"),
    }


def key_basis_text(item: Item) -> str:
    """Who says that the key is right."""
    if item.key_basis == "standards":
        return _("Keyed from cited standards, not yet reviewed by a peer panel.")
    if any(panel.demonstration for _path, panel in item.panels()):
        return _("Keyed by a made-up panel, for demonstration.")
    return _("Keyed by a panel of working peers.")


def rule_meanings() -> dict[str, str]:
    """What each scoring rule does, in a sentence."""
    return {
        "single_best/key@1": _("One point for the best response, none for another."),
        "single_best/panel_share@1": _(
            "The votes of the panel for the chosen response, as a share of those for the most chosen one."
        ),
        "multiple_response/plus_minus@1": _(
            "Each right choice earns its share, each other choice takes one share back; never below zero."
        ),
        "multiple_response/select_n@1": _(
            "Each right choice earns its share; more than is asked for is refused."
        ),
        "multiple_response/all_or_nothing@1": _("One point for all right choices and no other, else none."),
        "multiple_response/ripkey@1": _(
            "Each right choice earns its share; nothing when more is chosen than is right."
        ),
        "multiple_response/per_option@1": _(
            "Each response that is rightly chosen or rightly left earns its share."
        ),
        "multiple_response/moodle_fractions@1": _(
            "The fractions of the choices, added up and held between zero and one."
        ),
        "multiple_response/map_response@1": _(
            "The values of the choices, added up and held between the bounds of the item."
        ),
        "multiple_true_false/ps50@1": _(
            "All statements right earn the point, more than half of them half of it."
        ),
        "multiple_true_false/per_statement@1": _("Each statement that is judged right earns its share."),
        "multiple_true_false/all_or_nothing@1": _(
            "One point when every statement is judged right, else none."
        ),
        "best_worst/half_each@1": _("Half a point for the best, half for the worst."),
        "best_worst/signed@1": _(
            "One point for each that is right, minus one for each taken for its opposite."
        ),
        "ranking/distance@1": _(
            "The closer the order is to the keyed one, the more it earns; the farthest order earns nothing."
        ),
        "rating/same_side_half@1": _(
            "The keyed rating earns the response's share, its neighbour on the same side half of that."
        ),
        "branching/credit_per_turn@1": _("The credit of each reply on the way, added up."),
        "case/sum@1": _("The points of all questions, added up."),
        "case/both_right@1": _("One point when all questions are right, else none."),
    }
