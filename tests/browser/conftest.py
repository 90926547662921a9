"""One Chromium and one server for all browser tests of a worker; what a page complains about fails its test.

Write `pytestmark = BROWSER` in a test module: pytest-xdist then keeps these tests on one worker, where it can
(3.8 under pytest 9.2 does not group; each worker then has a server and a browser of its own).
"""

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Playwright,
    Request,
    Response,
    WebError,
    sync_playwright,
)

from tests.browser.patience import SECONDS_A_ROUND, patience
from tests.browser.site import COOKIE, Person, Site, serve

# The last two are hidden pages that each window opens for its address bar; they take as much of the processor
# as many a test. The others are what Playwright turns off: of two such lists Chromium reads the last alone.
TURNED_OFF = [
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
]
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(TURNED_OFF)}",
]
PHONE, DESK = 390, 1280
HEIGHTS = {PHONE: 844, DESK: 860}
PATIENCE = 10_000  # milliseconds
STOPPED = "The browser stopped answering"

BROWSER = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
OpenPage = Callable[..., Page]


# A page that is left at once drops what it was still loading.
LEFT_AT_ONCE = "ERR_ABORTED GET /static/"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    seconds = SECONDS_A_ROUND * item.config.getoption("rounds")
    with patience(seconds, lambda told: item.user_properties.append((STOPPED, told))):
        return (yield)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for told in [told for name, told in report.user_properties if name == STOPPED]:
            terminalreporter.line(f"{STOPPED} in {report.nodeid}: {told}")


class Watch:
    """What the pages of a test complain about: script errors, broken policies, failed or refused requests."""

    def __init__(self) -> None:
        self._seen: list[str] = []
        self._expected = [LEFT_AT_ONCE]

    def expect(self, *patterns: str) -> None:
        """Complaints that this test causes on purpose, as regular expressions."""
        self._expected += patterns

    def follow(self, context: BrowserContext) -> None:
        context.on("console", self._on_console)
        context.on("weberror", self._on_error)
        context.on("requestfailed", self._on_failed)
        context.on("response", self._on_response)

    def _on_console(self, message: ConsoleMessage) -> None:
        # A failed request is told by the two listeners below, with its address.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self._seen.append(f"console: {message.text}")

    def _on_error(self, error: WebError) -> None:
        self._seen.append(f"script: {error.error}")

    def _on_failed(self, request: Request) -> None:
        self._seen.append(f"{request.failure} {request.method} {urlsplit(request.url).path}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400:
            self._seen.append(f"{response.status} {response.request.method} {urlsplit(response.url).path}")

    def unexpected(self) -> list[str]:
        return [line for line in self._seen if not any(re.search(known, line) for known in self._expected)]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serve(tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


def chromium_path() -> str | None:
    """The distribution's Chromium; None for Playwright's own."""
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    return next((path for path in found if path), None)


@pytest.fixture(scope="session")
def launched(playwright: Playwright) -> Iterator[list[Browser]]:
    """The browsers of this worker; the last is the one in use."""
    browsers: list[Browser] = []
    yield browsers
    for browser in browsers:
        browser.close()


@pytest.fixture
def browser(playwright: Playwright, launched: list[Browser]) -> Browser:
    if not launched or not launched[-1].is_connected():
        launched.append(playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS))
    return launched[-1]


@pytest.fixture
def watch() -> Iterator[Watch]:
    watching = Watch()
    yield watching
    assert not watching.unexpected()


@pytest.fixture
def open_page(browser: Browser, site: Site, watch: Watch) -> Iterator[OpenPage]:
    """Opens a page in a browser of its own: `open_page("/home", person, width=PHONE, script=False)`."""
    contexts = []

    def open_(path: str | None = None, person: Person | None = None, **options: Any) -> Page:
        context = browser.new_context(**context_options(site, **options))
        contexts.append(context)
        prepare(context, site, watch, person)
        page = context.new_page()
        if path is not None:
            page.goto(path)
        return page

    yield open_
    for context in contexts:
        close(context)


def close(context: BrowserContext) -> None:
    """Close the pages of a window until they are closed, then the window.

    Chromium may forget to close a page that is about to show another one, and Playwright then waits for ever
    (crbug.com/536385539). Asked again, it does.
    """
    for page in context.pages:
        close_page(page)
    context.close()


def close_page(page: Page) -> None:
    browser = page.context.browser
    assert browser
    target = page.context.new_cdp_session(page).send("Target.getTargetInfo")["targetInfo"]["targetId"]
    asking = browser.new_browser_cdp_session()
    while any(target == info["targetId"] for info in asking.send("Target.getTargets")["targetInfos"]):
        with suppress(Error):  # it may have gone in between
            asking.send("Target.closeTarget", {"targetId": target})
        time.sleep(0.02)
    asking.detach()


def context_options(site: Site, *, width: int = DESK, script: bool = True, **more: Any) -> dict[str, Any]:
    size = {"width": width, "height": HEIGHTS.get(width, 860)}
    return {"base_url": site.url, "viewport": size, "java_script_enabled": script} | more


def prepare(context: BrowserContext, site: Site, watch: Watch, person: Person | None) -> None:
    watch.follow(context)
    context.set_default_timeout(PATIENCE)
    if person:
        context.add_cookies([{"name": COOKIE, "value": person.cookie, "url": site.url}])


@pytest.fixture(scope="session")
def shots() -> Path | None:
    """The folder for pictures of every page, when SHOTS names one."""
    name = os.environ.get("SHOTS")
    if not name:
        return None
    folder = Path(name)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
