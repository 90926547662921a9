"""The pages about content: principles and missteps for everyone, the banks themselves for trainers."""

from collections import Counter
from collections.abc import Iterable

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from quizapp import clock, db
from quizapp.accounts.access import BANKS, can, require, viewer
from quizapp.banks import queries
from quizapp.banks.models import Bank, Item, ItemRevision, ItemWithdrawal
from quizapp.core.blueprint import ExamBlueprint
from quizapp.core.coverage import Usable, cover
from quizapp.core.items import ITEM_TYPES, parse_item
from quizapp.core.panel_summary import panel_summaries
from quizapp.core.score_table import score_table
from quizapp.errors import NotFound
from quizapp.pagination import Page

bp = Blueprint("banks", __name__)
PAGE_SIZE = 25
FILTERS = ("domain", "principle", "kind", "status")


@bp.get("/coverage")
def coverage() -> ResponseReturnValue:
    """For each exam how many separate forms the live items fill."""
    require(can(viewer(), "view", BANKS))
    found = queries.catalogue(db.session)
    exams = [current.blueprint for current in found.blueprints.values()]
    return render_template(
        "banks/coverage.html",
        covered=[(exam, cover(exam.form, exam.board_map, usable(found.items, exam))) for exam in exams],
        today=clock.now().date(),
    )


def usable(items: Iterable[queries.LiveItem], exam: ExamBlueprint) -> list[Usable]:
    """The items that a form of the exam may hold for a learner of any state."""
    return [
        Usable(item.item_id, item.domain, item.situation, item.standards)
        for item in items
        if item.states is None and item.type in exam.item_types
    ]


@bp.get("/writing-items")
def writing() -> ResponseReturnValue:
    """How to write items, with examples."""
    require(can(viewer(), "view", BANKS))
    return render_template("banks/writing.html")


@bp.get("/principles")
def principles() -> ResponseReturnValue:
    items = queries.live_items(db.session, viewer().state)
    return render_template(
        "banks/principles.html",
        taxonomy=queries.reference(db.session).taxonomy,
        per_principle=Counter(item.principle for item in items),
    )


@bp.get("/principles/<principle_id>")
def principle(principle_id: str) -> ResponseReturnValue:
    taxonomy = queries.reference(db.session).taxonomy
    found = taxonomy.principle_by_id.get(principle_id)
    if found is None:
        raise NotFound
    items = queries.live_items(db.session, viewer().state)
    return render_template(
        "banks/principle.html",
        principle=found,
        taxonomy=taxonomy,
        lookalikes=[misstep for misstep in taxonomy.missteps if misstep.near == principle_id],
        count=sum(item.principle == principle_id for item in items),
    )


@bp.get("/exams")
def exams() -> ResponseReturnValue:
    """The real exams that we know of: with a mock of ours, and without."""
    found = queries.catalogue(db.session)
    mirrored = [
        current.blueprint for current in found.blueprints.values() if current.blueprint.weights != "house"
    ]
    return render_template("banks/exams.html", mirrored=mirrored, others=found.exams)


@bp.get("/exams/<exam_id>")
def exam(exam_id: str) -> ResponseReturnValue:
    """What is known of an exam without a mock."""
    found = queries.catalogue(db.session)
    one = next((each for each in found.exams if each.id == exam_id), None)
    if one is None:
        raise NotFound
    return render_template("banks/exam.html", exam=one, taxonomy=found.reference.taxonomy)


@bp.get("/glossary")
def glossary() -> ResponseReturnValue:
    """The words of the work in plain language."""
    found = queries.reference(db.session)
    terms = sorted(found.glossary.terms, key=lambda term: term.term.lower())
    return render_template("banks/glossary.html", terms=terms, taxonomy=found.taxonomy)


@bp.get("/missteps/<misstep_id>")
def misstep(misstep_id: str) -> ResponseReturnValue:
    taxonomy = queries.reference(db.session).taxonomy
    found = taxonomy.misstep_by_id.get(misstep_id)
    if found is None:
        raise NotFound
    items = queries.live_items(db.session, viewer().state)
    return render_template(
        "banks/misstep.html",
        misstep=found,
        near=taxonomy.principle_by_id.get(found.near or ""),
        taxonomy=taxonomy,
        count=sum(misstep_id in item.missteps for item in items),
    )


@bp.get("/banks")
def index() -> ResponseReturnValue:
    require(can(viewer(), "view", BANKS))
    counts = (
        select(Item.bank_id, func.count().label("live"))
        .where(Item.status == queries.LIVE)
        .group_by(Item.bank_id)
        .subquery()
    )
    rows = db.session.execute(
        select(Bank, counts.c.live).outerjoin(counts, counts.c.bank_id == Bank.id).order_by(Bank.title)
    ).all()
    return render_template("banks/index.html", rows=rows)


@bp.get("/banks/<word:bank_id>")
def bank(bank_id: str) -> ResponseReturnValue:
    require(can(viewer(), "view", BANKS))
    found = db.session.get(Bank, bank_id)
    if found is None:
        raise NotFound
    chosen = {name: request.args.get(name, "").replace("\x00", "") for name in FILTERS}
    wanted = select(Item).where(Item.bank_id == bank_id)
    for name, value in chosen.items():
        if value:
            wanted = wanted.where(getattr(Item, name) == value)
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    page = Page.of(request.args.get("page"), total, PAGE_SIZE)
    rows = db.session.execute(
        wanted.add_columns(ItemRevision.content, ItemWithdrawal.withdrawn_at)
        .join(ItemRevision, ItemRevision.id == Item.current_revision_id)
        .outerjoin(ItemWithdrawal, queries.withdrawal_in_force(Item.id))
        .order_by(Item.id)
        .limit(PAGE_SIZE)
        .offset(page.offset)
    ).all()
    return render_template(
        "banks/bank.html",
        bank=found,
        rows=rows,
        page=page,
        total=total,
        chosen=chosen,
        taxonomy=queries.reference(db.session).taxonomy,
    )


@bp.get("/banks/<word:bank_id>/<word:item_id>")
def item(bank_id: str, item_id: str) -> ResponseReturnValue:
    """An item as the learner sees it, before and after answering; with ?table=1 what every answer earns."""
    require(can(viewer(), "view", BANKS))
    row = db.session.execute(
        select(Item, ItemRevision.content, Bank.title, ItemWithdrawal.withdrawn_at)
        .join(ItemRevision, ItemRevision.id == Item.current_revision_id)
        .join(Bank, Bank.id == Item.bank_id)
        .outerjoin(ItemWithdrawal, queries.withdrawal_in_force(Item.id))
        .where(Item.id == item_id, Item.bank_id == bank_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    content = parse_item(row.content)
    kind = ITEM_TYPES[content.type]
    order = kind.plain_order(content)
    scene, question = kind.scene_and_question(content)
    rule = kind.rule_id(content)
    return render_template(
        "banks/item.html",
        row=row,
        item=content,
        scene=scene,
        question=question,
        data=kind.question(content, order, None),
        review=kind.review(content, order, None),
        panels=panel_summaries(kind, content),
        rule=rule,
        maximum=kind.maximum(content, rule),
        table=score_table(kind, content, rule) if request.args.get("table") == "1" else None,
        taxonomy=queries.reference(db.session).taxonomy,
    )
