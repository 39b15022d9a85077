"""Reading the environment: a sound value, or ImproperlyConfigured that says what is wrong.

What is said names the variable and never its value, which may hold a password.
"""

import logging
import os
import re
from typing import Any
from urllib.parse import SplitResult, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from redis.connection import parse_url

env = environ.Env()

_HOST = re.compile(r"\*|\.?[a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\]", re.IGNORECASE)


def _split(name: str, value: str, wanted: str) -> SplitResult:
    """The parts of an address whose port, if there is one, is a number."""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be {wanted}") from None
    return parts


def whole_number(name: str, default: int, *, least: int) -> int:
    """A whole number; left out or empty, the default."""
    text = os.environ.get(name, "").strip() or str(default)
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or int(text) < least:
        raise ImproperlyConfigured(f"{name} must be a whole number of at least {least}")
    return int(text)


def keys(name: str, default: str) -> list[str]:
    """Keys, newest first, each long enough to be one; left out or empty, the default."""
    found = [key for key in os.environ.get(name, "").replace(",", " ").split() if key]
    if any(len(key) < 32 for key in found):
        raise ImproperlyConfigured(f"{name} must be keys of at least 32 characters, with commas")
    return found or [default]


def hosts(name: str, default: list[str]) -> list[str]:
    """Host names without the blanks around them; at least one."""
    found = [host.strip() for host in env.list(name, default=default) if host.strip()]
    if not found or not all(_HOST.fullmatch(host) for host in found):
        raise ImproperlyConfigured(f"{name} must be host names, with commas and without ports")
    return found


def origin(name: str, default: str) -> str:
    """Scheme and host of a site, without the slash at its end."""
    value: str = env.str(name, default=default).strip().rstrip("/")
    wanted = "https:// or http:// and a host name, without a path"
    parts = _split(name, value, wanted)
    is_web = parts.scheme in {"http", "https"} and parts.hostname
    if not is_web or value != f"{parts.scheme}://{parts.netloc}" or "@" in parts.netloc:
        raise ImproperlyConfigured(f"{name} must be {wanted}")
    return value


def database(name: str) -> dict[str, Any]:
    """The PostgreSQL database of a variable, as Django wants it."""
    return database_parts(name, env.str(name))


def database_parts(name: str, value: str) -> dict[str, Any]:
    """A PostgreSQL database as Django wants it; `name` is what a refusal calls the address."""
    wanted = "a PostgreSQL database: postgres://user:password@host/name"
    parts = _split(name, value, wanted)
    is_postgresql = "postgresql" in env.DB_SCHEMES.get(parts.scheme, "")
    if not (is_postgresql and parts.username and parts.path.strip("/")):
        raise ImproperlyConfigured(f"{name} must be {wanted}")
    found: dict[str, Any] = env.db_url_config(value)
    return found


def broker(name: str) -> str:
    """The address of a Redis or Valkey."""
    wanted = "redis://host:port/number, rediss://… or unix:///path?db=number"
    value: str = env.str(name)
    parts = _split(name, value, wanted)
    try:
        parse_url(value)  # type: ignore[no-untyped-call]
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be {wanted}") from None
    is_socket = parts.scheme == "unix"
    is_numbered = re.fullmatch(r"/?\d*", parts.path)
    if not (parts.path if is_socket else parts.hostname and is_numbered):
        raise ImproperlyConfigured(f"{name} must be {wanted}")
    return value


def mail_server(name: str) -> dict[str, Any]:
    """Django's settings of the mail server."""
    wanted = "smtp://, smtp+tls:// or smtp+ssl:// and a host"
    value = env.str(name)
    parts = _split(name, value, wanted)
    if parts.scheme not in {"smtp", "smtps", "smtp+tls", "smtp+ssl"} or not parts.hostname:
        raise ImproperlyConfigured(f"{name} must be {wanted}")
    found: dict[str, Any] = env.email_url_config(value)
    return found


def rate(name: str, default: str) -> str:
    """So many calls in a stretch of time, such as 120/minute; left out or empty, the default."""
    value = os.environ.get(name, "").strip() or default
    if not re.fullmatch(r"[1-9]\d{0,8}/(second|minute|hour|day)", value, re.ASCII):
        raise ImproperlyConfigured(f"{name} must be a rate: 120/minute, or per second, hour, day")
    return value


def log_level(name: str) -> str:
    """The name of one of the standard levels."""
    value: str = env.str(name, default="INFO").strip().upper()
    if value not in logging.getLevelNamesMapping():
        raise ImproperlyConfigured(f"{name} must be DEBUG, INFO, WARNING, ERROR or CRITICAL")
    return value


def refuse_for_patients(https: bool, *, debug: bool, any_host: bool, mailbox: bool) -> None:
    """Refuse what is only for development where BASE_URL says that people's data is served."""
    if https and debug:
        raise ImproperlyConfigured("DEBUG shows data in error pages: not with an https:// BASE_URL")
    if https and any_host:
        raise ImproperlyConfigured("ALLOWED_HOSTS must name each host with an https:// BASE_URL")
    if https and mailbox:
        raise ImproperlyConfigured("MAILBOX_DIR is open to all: not with an https:// BASE_URL")
