"""Odd settings stop the start with one clear line; sound ones are read as they are meant."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from clinic import environment

ROOT = Path(__file__).resolve().parents[2]
SOUND = {
    "SECRET_KEY": "only-for-this-test-0123456789-abcdefgh",
    "DATABASE_URL": "postgres://person:canary-password@db/name",
    "REDIS_URL": "redis://broker:6379/0",
    "EMAIL_URL": "smtp+tls://person:canary-password@mail.example:587",
    "BASE_URL": "https://courseline.example",
    "ALLOWED_HOSTS": "courseline.example",
}
ODD = [
    ("DATABASE_URL", ""),
    ("DATABASE_URL", "nonsense"),
    ("DATABASE_URL", "postgres://person:canary-password@db"),
    ("DATABASE_URL", "postgres://person:canary-password@db:port/name"),
    ("DATABASE_URL", "mysql://person:canary-password@db/name"),
    ("REDIS_URL", ""),
    ("REDIS_URL", "nonsense"),
    ("REDIS_URL", "redis://"),
    ("REDIS_URL", "redis://:canary-password@broker:port/0"),
    ("REDIS_URL", "redis://broker/first"),
    ("REDIS_URL", "redis+socket:///run/broker"),
    ("REDIS_URL", "unix://?db=0"),
    ("EMAIL_URL", ""),
    ("EMAIL_URL", "mail.example"),
    ("EMAIL_URL", "smtp://"),
    ("EMAIL_URL", "smtp://person:canary-password@mail.example:port"),
    ("EMAIL_URL", "https://mail.example"),
    ("BASE_URL", ""),
    ("BASE_URL", "courseline.example"),
    ("BASE_URL", "ftp://courseline.example"),
    ("BASE_URL", "https://courseline.example/app"),
    ("BASE_URL", "https://courseline.example?x=1"),
    ("BASE_URL", "https://courseline.example:port"),
    ("ALLOWED_HOSTS", ""),
    ("ALLOWED_HOSTS", "one.example two.example"),
    ("ALLOWED_HOSTS", "https://one.example"),
    ("ALLOWED_HOSTS", "one.example:443"),
    ("LOG_LEVEL", "foo"),
    ("PLANNING_LEASE_SECONDS", "0"),
    ("PLANNING_LEASE_SECONDS", "soon"),
    ("EMAIL_TIMEOUT", "-1"),
    ("EMAIL_TIMEOUT", "1.5"),
    ("TRUSTED_PROXIES", "-1"),
    ("TRUSTED_PROXIES", "yes"),
]
READERS = {
    "DATABASE_URL": environment.database,
    "REDIS_URL": environment.broker,
    "EMAIL_URL": environment.mail_server,
    "BASE_URL": lambda name: environment.origin(name, "http://127.0.0.1:8000"),
    "ALLOWED_HOSTS": lambda name: environment.hosts(name, ["localhost"]),
    "LOG_LEVEL": environment.log_level,
    "PLANNING_LEASE_SECONDS": lambda name: environment.whole_number(name, 30, least=1),
    "EMAIL_TIMEOUT": lambda name: environment.whole_number(name, 20, least=1),
    "TRUSTED_PROXIES": lambda name: environment.whole_number(name, 0, least=0),
}


def started(code: str, **values: str) -> subprocess.CompletedProcess[str]:
    """A process that sets Django up in this environment alone, and then runs the code."""
    needed = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "clinic.settings"}
    return subprocess.run(
        [sys.executable, "-c", f"import django; django.setup()\n{code}"],
        cwd=ROOT,
        env={**needed, **SOUND, **values},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(("name", "value"), ODD)
def test_an_odd_value_is_refused_by_name_alone(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured) as caught:
        READERS[name](name)
    assert name in str(caught.value)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(("name", "value"), dict(ODD).items())
def test_an_odd_value_stops_the_start_with_one_line(name: str, value: str) -> None:
    done = started("", **{name: value})
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert line.startswith("courseline: ")
    assert name in line


def test_a_sound_environment_starts() -> None:
    done = started("")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("values", "count"),
    [
        ({}, 1),
        ({"BASE_URL": "http://127.0.0.1:8000"}, 0),
        ({"TRUSTED_PROXIES": ""}, 1),
        ({"TRUSTED_PROXIES": "2"}, 2),
    ],
)
def test_one_proxy_is_trusted_behind_tls_unless_told(values: dict[str, str], count: int) -> None:
    asked = "from django.conf import settings; print(settings.ALLAUTH_TRUSTED_PROXY_COUNT)"
    assert started(asked, **values).stdout == f"{count}\n"


def test_blanks_around_host_names_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", " one.example , .two.example,127.0.0.1, [::1],")
    found = environment.hosts("ALLOWED_HOSTS", ["localhost"])
    assert found == ["one.example", ".two.example", "127.0.0.1", "[::1]"]


def test_the_slash_after_an_address_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BASE_URL", "http://127.0.0.1:8000/")
    assert environment.origin("BASE_URL", "") == "http://127.0.0.1:8000"


def test_an_empty_number_is_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_TIMEOUT", "")
    assert environment.whole_number("EMAIL_TIMEOUT", 20, least=1) == 20


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgresql://person@/name?host=/run/postgres"),
        ("REDIS_URL", "unix:///run/broker.sock?db=1"),
        ("REDIS_URL", "rediss://:secret@broker"),
        ("EMAIL_URL", "smtp://127.0.0.1:1025"),
    ],
)
def test_sockets_and_short_addresses_are_fine(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert READERS[name](name)
