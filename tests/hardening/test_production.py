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
CHECK = """
import django; django.setup()
from django.core.management import call_command
call_command("check", deploy=True, fail_level="WARNING")
"""
ANSWER = (
    CHECK
    + """
import json
from django.test import Client
from django.conf import settings
plain = Client().get("/patients/", headers={"host": "courseline.example"})
safe = Client().get("/csp-report", secure=True, headers={"host": "courseline.example"})
names = settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME
flags = settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE
print(json.dumps([plain.status_code, plain["Location"], dict(safe.headers), names, flags]))
"""
)


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


@pytest.fixture(scope="module", params=["false", "true"])
def product(request):
    """What it says of itself and answers, whether its owner has it preloaded or not."""
    return request.param, run("-c", ANSWER, HSTS_PRELOAD=request.param)


def test_djangos_own_deployment_checks_find_nothing(product):
    _, done = product
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("System check identified no issues ")


def test_control_they_would_find_a_product_without_tls():
    done = run("-c", CHECK, BASE_URL="http://courseline.example")
    assert done.returncode == 1
    assert "security.W004" in done.stderr


@pytest.fixture
def answered(product) -> list:
    _, done = product
    return json.loads(done.stdout.splitlines()[-1])


def test_plain_http_is_sent_to_https(answered):
    assert answered[:2] == [301, "https://courseline.example/patients/"]


def test_browsers_are_told_to_stay_with_https(product, answered):
    preload, headers = product[0], answered[2]
    hsts = "max-age=31536000; includeSubDomains" + ("; preload" if preload == "true" else "")
    assert headers["Strict-Transport-Security"] == hsts
    assert "upgrade-insecure-requests" in headers["Content-Security-Policy"]


def test_the_cookies_belong_to_this_host_alone(answered):
    assert answered[3:] == [["__Host-sessionid", "__Host-csrftoken"], [True, True]]


DEVELOPMENT = {"DEBUG": "true", "ALLOWED_HOSTS": "*", "MAILBOX_DIR": "/mailbox"}
START = "import django; django.setup()"


@pytest.mark.parametrize("named", DEVELOPMENT)
def test_what_is_for_development_alone_stops_the_start(named):
    refused = run("-c", START, **{named: DEVELOPMENT[named]})
    assert refused.returncode == 1
    [line] = refused.stderr.splitlines()
    assert line.startswith("courseline: ")
    assert named in line


def test_on_one_machine_none_of_it_does():
    assert run("-c", START, BASE_URL="http://127.0.0.1:8000", **DEVELOPMENT).returncode == 0
