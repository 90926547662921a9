"""Chromium killed and cut off in the middle of an exam: whatever the page had called saved or kept arrives.

`--rounds` says how often the browser is killed; with 20 rounds or more the cut lasts a whole minute.
"""

import random
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import BROWSER, OpenPage, Watch, close
from tests.browser.site import Site
from tests.browser.test_exam_page import (  # noqa: F401  # reopenable is a fixture
    NETWORK_IS_OFF,
    SAVED,
    choose,
    expect_kept,
    kill_browser,
    reopenable,
)

pytestmark = BROWSER

Reopen = Callable[..., BrowserContext]
FEW, MANY = 3, 20


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--rounds", FEW))


def test_a_browser_killed_soon_after_a_click_loses_nothing(
    reopenable: Reopen,  # noqa: F811
    site: Site,
    watch: Watch,
    tmp_path: Path,
    rounds: int,
) -> None:
    """The click is on the server, or on this device and sent when the same profile comes back."""
    watch.expect("ERR_ABORTED", "ERR_FAILED", *NETWORK_IS_OFF)
    rng = random.Random(11)
    person = site.make_person()
    attempt_id = site.start_mock(person)
    for position in range(1, rounds + 1):
        context = reopenable(person)
        page = context.new_page()
        page.goto(f"/attempts/{attempt_id}/{position}")
        choice = rng.randrange(1, 4)
        choose(page, choice)
        time.sleep(rng.choice([0.05, 0.2, 0.2, 0.4]))  # the moment of the fault, not a wait for something
        kill_browser(tmp_path / "profile")
        again = reopenable(person)
        page = again.new_page()
        page.goto(f"/attempts/{attempt_id}/{position}")
        expect(page.locator(".option input").nth(choice - 1)).to_be_checked()
        expect(page.locator("#saved")).to_have_text(SAVED)
        assert site.stored(attempt_id, position) == choice
        expect_kept(page, 0)
        close(again)


def test_what_a_killed_browser_had_called_saved_is_there_in_a_fresh_profile(
    reopenable: Reopen,  # noqa: F811
    open_page: OpenPage,
    site: Site,
    watch: Watch,
    tmp_path: Path,
) -> None:
    watch.expect("ERR_ABORTED", "ERR_FAILED", *NETWORK_IS_OFF)
    person = site.make_person()
    attempt_id = site.start_mock(person)
    page = reopenable(person).new_page()
    page.goto(f"/attempts/{attempt_id}/1")
    choose(page, 2)
    expect(page.locator("#saved")).to_have_text(SAVED)
    kill_browser(tmp_path / "profile")
    fresh = open_page(f"/attempts/{attempt_id}/1", person)
    expect(fresh.locator(".option input").nth(1)).to_be_checked()
    reopenable(person)  # so that the fixture has a browser to close


def test_answers_given_while_the_network_is_cut_arrive_when_it_is_back(
    open_page: OpenPage, site: Site, watch: Watch, rounds: int
) -> None:
    watch.expect(*NETWORK_IS_OFF, "ERR_ABORTED")
    seconds = 60 if rounds >= MANY else 8
    person = site.make_person()
    attempt_id = site.start_mock(person)
    page = open_page(f"/attempts/{attempt_id}/1", person)
    page.context.set_offline(True)
    end = time.monotonic() + seconds
    last = 0
    while time.monotonic() < end:
        last = last % 3 + 1
        choose(page, last)
        page.wait_for_timeout(500)
    expect(page.locator("#saved")).to_contain_text("Kept on this device")
    expect(page.locator("#offline")).to_contain_text(re.compile(r"Answers must arrive by \d\d:\d\d\."))
    assert site.stored(attempt_id, 1) is None
    page.context.set_offline(False)
    expect(page.locator("#saved")).to_have_text(SAVED, timeout=20_000)
    assert site.stored(attempt_id, 1) == last
    expect(page.locator("#offline")).to_be_hidden(timeout=6000)


@pytest.mark.parametrize(("left", "outcome"), [(6, "late"), (-26, "closed")])
def test_a_cut_across_the_deadline_counts_until_the_grace_is_over(
    open_page: OpenPage, site: Site, watch: Watch, left: int, outcome: str
) -> None:
    """Six seconds are left, or the deadline has passed and four seconds of grace are."""
    watch.expect(*NETWORK_IS_OFF, "ERR_ABORTED", "410 POST", "410 GET", "ERR_FAILED")
    person = site.make_person()
    attempt_id = site.start_mock(person)
    page = open_page(f"/attempts/{attempt_id}/1", person)
    site.leave(attempt_id, max(left, 4))
    page.reload()
    page.context.set_offline(True)
    choose(page, 2)
    expect(page.locator("#clock")).to_contain_text("Time is over", timeout=15_000)
    if outcome == "closed":
        site.leave(attempt_id, -31)
    page.context.set_offline(False)
    page.wait_for_url("**/results", timeout=30_000)
    assert site.outcomes(attempt_id) == [outcome]
    assert site.submitted_at(attempt_id) is not None
