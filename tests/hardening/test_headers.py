"""What a browser is told with every answer, and the cookies that it is given."""

import re
from email.message import EmailMessage
from mailbox import Maildir

import pytest
from django.conf import settings
from django.test import Client

from tests.pages.conftest import booked

pytestmark = pytest.mark.django_db

STATIC = "/static/clinic/app.js"
ANSWERS = ["/", "/patients/", "/accounts/login/", "/nowhere/", "/healthz", "/api/v1/sites",
           "/api/v1/schema/", "/api/nowhere", STATIC]  # fmt: skip
NONCE = re.compile(r"'nonce-([A-Za-z0-9+/=]{24})'")


def policy_of(answer) -> dict[str, list[str]]:
    """The content policy by directive."""
    parts = (part.split() for part in answer["Content-Security-Policy"].split("; "))
    return {name: values for name, *values in parts}


@pytest.fixture(params=ANSWERS)
def answer(request, clinic, sign_in):
    found = sign_in(clinic.desk).get(request.param)
    if found.streaming:
        b"".join(found)
    return found


def test_nothing_may_run_that_the_page_does_not_name(answer):
    policy = policy_of(answer)
    assert policy["default-src"] == policy["object-src"] == policy["base-uri"] == ["'none'"]
    assert policy["frame-ancestors"] == ["'none'"]
    assert policy["form-action"] == policy["connect-src"] == policy["style-src"] == ["'self'"]
    assert policy["img-src"] == ["'self'", "data:"]
    assert len(policy["script-src"]) <= 1
    assert all(NONCE.fullmatch(value) for value in policy["script-src"])
    assert "unsafe" not in answer["Content-Security-Policy"]


def test_every_answer_carries_the_other_headers(answer):
    wanted = {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Robots-Tag": "noindex, nofollow",
    }
    assert {name: answer[name] for name in wanted} == wanted
    permissions = answer["Permissions-Policy"].split(", ")
    assert {"camera=()", "microphone=()", "geolocation=()"} <= set(permissions)
    assert "publickey-credentials-get=(self)" in permissions
    if answer.request["PATH_INFO"] != STATIC:  # a script cannot be framed
        assert answer["X-Frame-Options"] == "DENY"


def test_each_page_has_a_nonce_of_its_own_and_every_script_carries_it(clinic, sign_in):
    desk, course = sign_in(clinic.desk), booked(clinic)
    addresses = ["/", "/patients/new/", f"/patients/{course.patient_id}/courses/new/",
                 f"/courses/{course.pk}/", "/nowhere/"]  # fmt: skip
    nonces = set()
    for address in addresses:
        answer = desk.get(address)
        [nonce] = NONCE.findall(answer["Content-Security-Policy"])
        scripts = re.findall(r"<script[^>]*\bsrc=[^>]*>", answer.content.decode())
        assert len(scripts) >= 3, address
        assert all(f'nonce="{nonce}"' in script for script in scripts), address
        nonces.add(nonce)
    assert len(nonces) == len(addresses)


def test_without_a_script_there_is_no_nonce_to_guess():
    assert policy_of(Client().get("/healthz"))["script-src"] == []


def test_no_script_reads_the_cookies(clinic):
    clinic.desk.user.set_password("correct horse battery")
    clinic.desk.user.save()
    signing_in = {"login": clinic.desk.user.email, "password": "correct horse battery"}
    browser = Client()
    browser.get("/accounts/login/")
    browser.post("/accounts/login/", signing_in)
    assert set(browser.cookies) == {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME}
    for cookie in browser.cookies.values():
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
        assert not cookie["domain"]


def test_a_caught_letter_is_shown_where_it_can_do_nothing(client, settings, tmp_path):
    letter = EmailMessage()
    letter["Subject"], letter["To"] = "Hello", "somebody@example.com"
    letter.set_content("Hello")
    letter.add_alternative("<p style='color: red'>Hello</p><script>1</script>", subtype="html")
    key = Maildir(tmp_path / "mailbox").add(letter)
    settings.MAILBOX_DIR = str(tmp_path / "mailbox")
    page = client.get(f"/mailbox/{key}/")
    assert f'src="/mailbox/{key}/letter/"' in page.content.decode()
    assert policy_of(page)["frame-src"] == ["'self'"]
    shown = client.get(f"/mailbox/{key}/letter/")
    policy = policy_of(shown)
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert policy["default-src"] == ["'none'"]
    assert policy["style-src"] == ["'unsafe-inline'"]
    assert (policy["frame-ancestors"], shown["X-Frame-Options"]) == (["'self'"], "SAMEORIGIN")
