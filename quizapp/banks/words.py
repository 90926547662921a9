"""Words about content, for templates of any feature."""

from markupsafe import Markup
from sqlalchemy.orm import Session

from quizapp import db
from quizapp.banks import queries
from quizapp.core.blueprint import ExamBlueprint
from quizapp.core.coverage import Coverage
from quizapp.core.glossary import Term
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


def explained_words(item: Item) -> list[Term]:
    """The words of the glossary that an item's questions and responses use."""
    texts = [text for each in item.lists() for text in (each.lead, *(option.text for option in each.options))]
    return queries.reference(db.session).glossary.found_in(texts)


def coverage_rows(exam: ExamBlueprint, found: Coverage) -> list[list[object]]:
    """The table of what the banks have for an exam."""
    return [
        [exam.domain_names[each.domain], each.wanted, each.missing, each.able, each.only]
        for each in found.domains
    ]


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
