"""What is written to the log, whoever logs it and however."""

import json
import logging
import threading
import warnings
from decimal import Decimal
from types import SimpleNamespace
from uuid import UUID

import pytest
import structlog
from django.db import IntegrityError

from clinic.masking import HIDDEN, SENSITIVE, is_sensitive, masked_text

ID = "0199f0a2-7c1e-7d3a-8b6f-2f6f3a9d1c44"
SECRETS = ("Lovelace", "ada@", "5550199", "1980-02", "hunter2", "infusion")


@pytest.fixture
def written(log):
    """The last line of the log, as an object."""
    return lambda: json.loads(log.getvalue().splitlines()[-1])


@pytest.mark.parametrize(
    "field",
    ["name", "given_name", "patient", "patientName", "email", "to_email", "phone", "birth_date",
     "password", "api_token", "cookie", "authorization", "Authorization", "total_score", "drug",
     "dose_mg", "notes", "cancel_reason", "url", "sql", "sessionid", "escort"],
)  # fmt: skip
def test_a_field_about_a_person_is_known_by_its_name(field):
    assert is_sensitive(field)


@pytest.mark.parametrize("field", ["route", "status", "ms", "method", "attempt", "request_id"])
def test_a_field_about_the_machine_stays(field):
    assert not is_sensitive(field)


@pytest.mark.parametrize("field", sorted(SENSITIVE))
def test_each_declared_field_is_hidden_wherever_it_stands(field, written):
    inside = {"list": [{field: "Lovelace"}], "deep": {"deeper": {f"their_{field}": 5550199}}}
    structlog.get_logger("courseline.web").info("event", **{f"x_{field}": "Lovelace"}, extra=inside)
    assert not [word for word in SECRETS if word in json.dumps(written())]


def test_ids_are_written_also_where_the_field_is_about_a_person(written):
    structlog.get_logger("courseline.web").info("event", patient=UUID(ID), session=ID, ms=3)
    assert written()["patient"] == written()["session"] == ID
    assert written()["ms"] == 3


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("to ada@lovelace.example now", f"to {HIDDEN} now"),
        ("call +1 (212) 555-0199", f"call {HIDDEN}"),
        ("call 212.555.0199 ext", f"call {HIDDEN} ext"),
        ("born 1980-02-29.", f"born {HIDDEN}."),
        ("Authorization: Bearer hunter2.x", f"Authorization: Bearer {HIDDEN}"),
        ("redis://me:hunter2@host/0", f"redis://{HIDDEN}@host/0"),
        ("GET /patients/?q=Lovelace", f"GET /patients/?{HIDDEN}"),
        ("/accounts/password/reset/key/1-hunter2/", f"/accounts/{HIDDEN}"),
        (f"visit {ID} moved", f"visit {ID} moved"),
        ("at 2026-11-22T10:00:00.123456Z in 1234 ms", "at 2026-11-22T10:00:00.123456Z in 1234 ms"),
        (r"^key/(?P<uid>[0-9A-Za-z]+)-(?P<key>.+)/$", r"^key/(?P<uid>[0-9A-Za-z]+)-(?P<key>.+)/$"),
    ],
)
def test_what_looks_like_a_person_or_a_secret_is_hidden_in_any_text(text, left):
    assert masked_text(text) == left


class Patient:
    """Says its name as soon as it is asked."""

    def __str__(self) -> str:
        return "Lovelace"

    __repr__ = __str__


@pytest.mark.parametrize(
    ("message", "args"),
    [
        ("Bad Request: %s", ("/patients/Lovelace/",)),
        ("%r and %s", (Patient(), "Lovelace")),
        ("%(name)s failed: %(exc)s", {"name": "Lovelace", "exc": ValueError("Lovelace")}),
        ("no placeholder", ("Lovelace",)),
        ("%d", ("Lovelace",)),
        ("Key (email)=(ada@x.example) already exists", ()),
        ("Invalid HTTP request line: 'GET /?Lovelace'", ()),
        ('"Lovelace" is not one of them', ()),
        (r"it is 'O\'Lovelace' here", ()),
        (ValueError("Lovelace"), ()),
        (Patient(), ()),
    ],
)
def test_what_a_library_puts_into_its_words_is_hidden(message, args, log, written):
    logging.getLogger("a.library").warning(message, *([args] if isinstance(args, dict) else args))
    assert not [word for word in SECRETS if word in log.getvalue()]
    assert written()["logger"] == "a.library"


def test_a_librarys_numbers_ids_and_our_own_names_stay(written):
    logging.getLogger("celery.app.trace").info(
        "Task %(name)s[%(id)s] took %(runtime)ss", {"name": "reminders.tasks.deliver", "id": ID,
                                                    "runtime": 0.25}
    )  # fmt: skip
    assert written()["event"] == f"Task reminders.tasks.deliver[{ID}] took 0.25s"


def test_things_are_told_by_their_kind(written):
    things = {"one": Patient(), "two": Decimal("1.5"), "three": [Patient()]}
    structlog.get_logger("courseline.web").info("event", **things)
    assert written()["one"].endswith("test_masking.Patient")
    assert written()["three"] == [written()["one"]]
    assert written()["two"] == "decimal.Decimal"


def fail() -> None:
    """An error upon an error, both of which say a name."""
    said = SimpleNamespace(constraint_name="patient_once")
    cause = type("Refused", (Exception,), {"sqlstate": "23505", "diag": said})("Lovelace")
    try:
        raise KeyError("Lovelace")
    except KeyError:
        raise IntegrityError("Lovelace") from cause


@pytest.mark.parametrize("name", ["courseline.web", "django.request"])
def test_an_error_is_told_by_kind_code_and_place(name, written):
    logger = structlog.get_logger(name) if name == "courseline.web" else logging.getLogger(name)
    try:
        fail()
    except IntegrityError:
        logger.exception("it failed")
    first, cause = written()["exception"]
    assert first["kind"] == "django.db.utils.IntegrityError (23505, patient_once)"
    assert first["at"][-1].endswith(" fail")
    assert cause["kind"].endswith("Refused (23505, patient_once)")
    assert not [word for word in SECRETS if word in json.dumps(written())]


def test_an_error_is_not_quoted_either(log, written):
    try:
        raise ValueError("Ada Lovelace")
    except ValueError as exc:
        logging.getLogger("django.security").exception(str(exc))
        logging.getLogger("a.library").exception(f"It failed: {exc}")  # noqa: G004 - as libraries do
    assert "Lovelace" not in log.getvalue()
    assert written()["event"] == f"It failed: {HIDDEN}"


def test_a_warning_and_a_dying_thread_are_told_without_their_message(log, written):
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        shown, warnings.showwarning = warnings.showwarning, _ours()
        warnings.warn("Lovelace", RuntimeWarning, stacklevel=1)
        warnings.showwarning = shown
    assert written()["kind"] == "RuntimeWarning"
    error = ValueError("Lovelace")
    args = threading.ExceptHookArgs((ValueError, error, None, None))
    threading.excepthook(args)
    assert written()["exception"] == [{"kind": "ValueError", "at": []}]
    assert "Lovelace" not in log.getvalue()


def _ours():
    from clinic.logs import _show_warning

    return _show_warning


def test_a_record_that_cannot_be_formatted_is_not_printed_instead(log, capsys):
    logging.getLogger("a.library").warning("%d people", "Lovelace")
    assert not logging.raiseExceptions
    assert "Lovelace" not in capsys.readouterr().err + log.getvalue()
