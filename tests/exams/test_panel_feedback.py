"""What a learner reads of a panel after an answer in practice."""

import html
import re
from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from quizapp.accounts.models import User
from quizapp.banks import services
from quizapp.banks.files import read_folder
from tests.content import FOLDER, SYNCED_AT
from tests.exams.walk import attempt_entries
from tests.factories import make_practice

ANSWERS = {
    "dem-0001": ("setback_as_part_of_recovery", {"choice": "1"}),
    "dem-0002": ("clear_boundaries", {"best": "1", "worst": "2"}),
    "dem-0003": ("resource_linkage", {f"rank{n}": str(n) for n in range(1, 5)}),
    "dem-0004": ("purposeful_disclosure", {f"rate{n}": "3" for n in range(1, 6)}),
}


@pytest.mark.parametrize("item_id", ANSWERS)
def test_a_made_up_panel_is_marked_beside_every_number(
    app: Flask,
    session: Session,
    client: FlaskClient,
    every_type: None,
    alice: User,
    sign_in: Callable[[FlaskClient, User], None],
    now: datetime,
    item_id: str,
) -> None:
    services.sync(session, read_folder(FOLDER, "question_banks"), SYNCED_AT, demonstrations=True)
    principle, fields = ANSWERS[item_id]
    practice = make_practice(app, session, alice, f"principle:{principle}", 20)
    position = [item.id for item, _order in attempt_entries(session, practice)].index(item_id) + 1
    sign_in(client, alice)
    assert client.post(f"/practice/{practice}/{position}", data=fields).status_code == 303
    page = html.unescape(client.get(f"/practice/{practice}/{position}").text)
    views = re.findall(r'<p class="panel-view">(.*?)</p>', page, re.DOTALL)
    assert len(views) >= 4
    assert all("working peers" in view and "Made-up panel, for demonstration" in view for view in views)
    assert "Keyed by a made-up panel, for demonstration." in page
