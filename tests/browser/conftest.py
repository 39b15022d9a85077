"""A headless Chromium on the machine, driven against a running product."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update",
         "--disable-sync"]  # fmt: skip
# Playwright runs an event loop in this thread, which is no reason to keep the test from its rows.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser; without one on the machine these tests are skipped, in CI they fail.

    It ends with the file: its event loop would be in the way of other tests' own.
    """
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        message = "no Chromium on this machine (apt install chromium)"
        (pytest.fail if os.environ.get("REQUIRE_BROWSER") else pytest.skip)(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=QUIET)
        yield browser
        browser.close()


def watched_tab(chromium: Browser) -> Iterator[Page]:
    """A fresh tab in a zone far from every site; an error in its console fails the test."""
    context = chromium.new_context(
        viewport={"width": 1440, "height": 900}, timezone_id="Asia/Tokyo", locale="en-GB"
    )
    tab = context.new_page()
    tab.set_default_timeout(30_000)
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    yield tab
    context.close()
    assert not errors


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A tab of the browser."""
    yield from watched_tab(chromium)
