"""What may be said in a log: which values are hidden, by their field's name or by their looks."""

import os
import re
from collections.abc import Mapping, MutableMapping
from typing import Any
from uuid import UUID

HIDDEN = "…"

# Fields whose value is never written, by the words of their names.
_SENSITIVE = """
    name names surname username fullname firstname lastname person patient staff
    email emails mail phone phones mobile address street postcode city
    birth born birthday birthdate dob age sex gender language contact contacts escort relation
    password passwd passphrase secret secrets token tokens key keys cookie cookies csrf
    authorization credential credentials otp totp passkey session sessionid
    score scores total answer answers drug drugs medication medications dose doses
    diagnosis allergy vitals pressure weight consent reason reasons note notes comment
    text body subject recipient recipients sender query params form data payload headers
    sql detail value values args kwargs url uri path referer referrer ip
"""
SENSITIVE = frozenset(_SENSITIVE.split())
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
# Names of our own code and of the libraries', as tasks and loggers have them.
_CODE = re.compile(
    r"(?:clinic|courses|sessions|treatment_sessions|reminders|scheduling|celery|kombu|gunicorn)"
    r"(?:[.:][A-Za-z_]+)*"
)

# Below /accounts/ and in links to patients, addresses hold keys that open something.
_KEYS = re.compile(r"(/(?:accounts|answer)/)[^\s\"'>]+")
_SHAPES = (
    (re.compile(r"\b(Bearer|Basic|Token)\s+[^\s\"',;]+", re.IGNORECASE), rf"\1 {HIDDEN}"),
    (re.compile(r"[^\s\"'<>(),;:=]+@[^\s\"'<>(),;:]+\.[^\s\"'<>(),;:]+"), HIDDEN),
    (re.compile(r"(://)[^/\s@]+@"), rf"\1{HIDDEN}@"),
    (re.compile(r"\?[^\s\"'>]*=[^\s\"'>]*"), f"?{HIDDEN}"),
    (re.compile(r"(?<![\w.:+-])\+?\(?\d(?:[ ().-]{0,2}\d){6,14}(?![\w:-]|\.\w)"), HIDDEN),
    (_KEYS, rf"\1{HIDDEN}"),
)
_QUOTED = re.compile(r"""'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|“[^”\n]*”|\(\S*=[^\n]*\)""")


def is_sensitive(field: str) -> bool:
    """Whether the value of a field with this name stays out of the log."""
    return not SENSITIVE.isdisjoint(word.lower() for word in _WORDS.findall(field))


def masked_text(text: str) -> str:
    """The text without e-mail addresses, phone numbers, keys, credentials and queries."""
    parts = _ID.split(text)
    ids = _ID.findall(text)
    for pattern, instead in _SHAPES:
        parts = [pattern.sub(instead, part) for part in parts]
    return "".join(part + found for part, found in zip(parts, [*ids, ""], strict=True))


def masked_value(field: str, value: object) -> Any:
    """The value as it may be written beside this field's name, with what it holds masked too."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, UUID) or (isinstance(value, str) and _ID.fullmatch(value)):
        return str(value)
    if is_sensitive(field):
        return HIDDEN
    return _masked_inside(field, value)


def _masked_inside(field: str, value: object) -> Any:
    if isinstance(value, str):
        return masked_text(value)
    if isinstance(value, int | float):
        return value
    if isinstance(value, Mapping):
        return {masked_text(str(name)): masked_value(str(name), one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [masked_value(field, one) for one in value]
    return described(value)


def masked_event(event: MutableMapping[str, Any]) -> dict[str, Any]:
    """The event with every value masked; it is what is written."""
    return {name: masked_value(name, value) for name, value in event.items()}


def said_by_others(message: object, args: object, error: BaseException | None = None) -> str:
    """A library's message: its own words, and of what it put into them only ids and numbers.

    Nor is the `error` quoted that is logged with it.
    """
    if not isinstance(message, str):
        return described(message)
    text = message
    if args:
        try:
            text = message % _harmless_args(args)
        except (TypeError, ValueError, KeyError):
            text = message  # its placeholders say as much as may be said
    if error is not None and (quoted := str(error)):
        text = text.replace(quoted, HIDDEN)
    return masked_text(_QUOTED.sub(HIDDEN, text))


def _harmless_args(args: object) -> Any:
    if isinstance(args, Mapping):
        return {name: _harmless(value) for name, value in args.items()}
    return tuple(_harmless(value) for value in args) if isinstance(args, tuple) else _harmless(args)


def _harmless(value: object) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, BaseException):
        return described(value)
    text = str(value) if isinstance(value, str | UUID) else ""
    return text if _ID.fullmatch(text) or _CODE.fullmatch(text) else HIDDEN


def described(thing: object) -> str:
    """What kind of thing it is; of an error, also its code and the rule that it broke."""
    kind = type(thing)
    name = (
        kind.__qualname__
        if kind.__module__ == "builtins"
        else f"{kind.__module__}.{kind.__qualname__}"
    )
    facts = _facts(thing) if isinstance(thing, BaseException) else []
    return f"{name} ({', '.join(facts)})" if facts else name


def _facts(error: BaseException) -> list[str]:
    """Codes alone: whatever else an error says may be made of values."""
    source = error if hasattr(error, "sqlstate") else error.__cause__
    diag = getattr(source, "diag", None)
    found = [getattr(source, "sqlstate", None), getattr(diag, "constraint_name", None)]
    if code := getattr(error, "smtp_code", None):
        found.append(str(code))
    elif isinstance(error, OSError) and error.errno:
        found.append(os.strerror(error.errno))
    return [fact for fact in found if isinstance(fact, str) and fact]
