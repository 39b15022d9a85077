"""How the product stands behind https://, in a process of its own with that environment."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "SECRET_KEY": "nG7-only-for-this-test_Qz31xWv8RbTkEe0uYp5Lc9HdMf2JaSo46iXU",
    "DATABASE_URL": "postgres://courseline_app:secret@db/courseline",
    "REDIS_URL": "redis://broker:6379/0",
    "EMAIL_URL": "smtp+tls://person:secret@mail.example:587",
    "BASE_URL": "https://courseline.example",
    "ALLOWED_HOSTS": "courseline.example",
}
CHECK = ["-m", "django", "check", "--deploy", "--fail-level", "WARNING"]
ANSWER = """
import json, django; django.setup()
from django.test import Client
from django.conf import settings
plain = Client().get("/patients/", headers={"host": "courseline.example"})
safe = Client().get("/csp-report", secure=True, headers={"host": "courseline.example"})
names = settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME
flags = settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE
print(json.dumps([plain.status_code, plain["Location"], dict(safe.headers), names, flags]))
"""


def run(*arguments: str, **changed: str) -> subprocess.CompletedProcess[str]:
    """Python in the production environment, changed as the keywords say."""
    needed = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "clinic.settings"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=needed | PRODUCTION | changed,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("preload", ["false", "true"])
def test_djangos_own_deployment_checks_find_nothing(preload):
    done = run(*CHECK, HSTS_PRELOAD=preload)
    assert (done.returncode, done.stderr) == (0, "")


def test_control_they_would_find_a_product_without_tls():
    done = run(*CHECK, BASE_URL="http://courseline.example")
    assert done.returncode == 1
    assert "security.W004" in done.stderr


@pytest.fixture(scope="module")
def answered() -> list:
    done = run("-c", ANSWER)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_plain_http_is_sent_to_https(answered):
    assert answered[:2] == [301, "https://courseline.example/patients/"]


def test_browsers_are_told_to_stay_with_https(answered):
    headers = answered[2]
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert "upgrade-insecure-requests" in headers["Content-Security-Policy"]


def test_the_cookies_belong_to_this_host_alone(answered):
    assert answered[3:] == [["__Host-sessionid", "__Host-csrftoken"], [True, True]]


def test_preloading_is_the_owners_choice():
    done = run("-c", ANSWER, HSTS_PRELOAD="true")
    assert json.loads(done.stdout)[2]["Strict-Transport-Security"].endswith("; preload")


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"DEBUG": "true"}, "DEBUG"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
        ({"MAILBOX_DIR": "/mailbox"}, "MAILBOX_DIR"),
    ],
)
def test_what_is_for_development_alone_stops_the_start(changed, named):
    refused = run("-c", "import django; django.setup()", **changed)
    assert refused.returncode == 1
    [line] = refused.stderr.splitlines()
    assert line.startswith("courseline: ")
    assert named in line
    on_one_machine = {"BASE_URL": "http://127.0.0.1:8000"} | changed
    assert run("-c", "import django; django.setup()", **on_one_machine).returncode == 0
