"""Takes the pictures of docs/pictures from a running demo, whose patients are all made up.

make run PORT=8000
.venv/bin/python -m tests.browser.pictures http://127.0.0.1:8000
"""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import NAMES, QUIET

PLACE = Path(__file__).resolve().parents[2] / "docs" / "pictures"
DESK, PHONE = (1440, 900), (390, 844)
UNCHANGED, CONCERNED = "Olive, Urs", "Peony, Xenia"
BAR = "document.querySelectorAll('.demo-bar').forEach((bar) => bar.remove())"


@contextmanager
def signed_in(browser: Browser, root: str, account: str, size: tuple[int, int]) -> Iterator[Page]:
    """A tab of somebody of the demo, in light colours and without movement."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        locale="en-GB", color_scheme="light", reduced_motion="reduce",
    )  # fmt: skip
    tab = context.new_page()
    tab.goto(f"{root}/accounts/login/")
    tab.locator("#id_login").fill(f"{account}@demo.example")
    tab.locator("#id_password").fill(sys.argv[2])
    tab.get_by_role("button", name="Sign in", exact=True).click()
    tab.wait_for_url(f"{root}/")
    yield tab
    context.close()


def keep(tab: Page, name: str, *, whole: bool = False) -> None:
    """The picture of what the tab shows once everything has arrived."""
    tab.wait_for_load_state("networkidle")
    tab.evaluate(BAR)
    tab.screenshot(path=PLACE / f"{name}.png", full_page=whole)


def open_course(tab: Page, root: str, who: str) -> None:
    """From the caseload of the site to the course of that patient."""
    tab.goto(f"{root}/caseload/")
    tab.get_by_role("link", name="Harbor Street").click()
    tab.get_by_role("link", name=who).first.click()
    tab.wait_for_load_state("networkidle")


def of_a_prescriber(tab: Page, root: str, suffix: str = "") -> None:
    """The caseload, and the course of somebody who does not respond."""
    tab.goto(f"{root}/caseload/")
    tab.get_by_role("link", name="Harbor Street").click()
    keep(tab, f"caseload{suffix}")
    open_course(tab, root, UNCHANGED)
    tab.locator("canvas[width]").first.wait_for()
    keep(tab, f"course{suffix}")


def of_a_result(tab: Page, root: str) -> None:
    """What a screening came to."""
    open_course(tab, root, UNCHANGED)
    tab.locator("#screening a[href*='/screenings/']").first.click()
    keep(tab, "screening")


def of_a_director(tab: Page, root: str) -> None:
    """What awaits an answer, and a protocol being changed."""
    tab.goto(f"{root}/alerts/")
    keep(tab, "alerts")
    tab.goto(f"{root}/protocols/")
    tab.get_by_role("link", name="six infusions").first.click()
    keep(tab, "protocol")


def main(root: str) -> None:
    """All pictures, from the demo that runs at this address."""
    PLACE.mkdir(parents=True, exist_ok=True)
    program = next(filter(None, map(shutil.which, NAMES)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=QUIET)
        with signed_in(browser, root, "prescriber", DESK) as tab:
            of_a_prescriber(tab, root)
            of_a_result(tab, root)
        with signed_in(browser, root, "prescriber", PHONE) as tab:
            of_a_prescriber(tab, root, "-phone")
        with signed_in(browser, root, "director", DESK) as tab:
            of_a_director(tab, root)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))
