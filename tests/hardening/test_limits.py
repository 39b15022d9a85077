"""What is too much, or a file, is refused in words; what browsers report is told without them."""

import json

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from clinic.api.tokens import issue_token

pytestmark = pytest.mark.django_db

FILE = SimpleUploadedFile("Lovelace.pdf", b"%PDF Lovelace")
LONG = "x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
MANY = {f"f{n}": "x" for n in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1)}


@pytest.fixture
def desk(clinic, sign_in):
    browser = sign_in(clinic.desk)
    browser.raise_request_exception = False
    return browser


@pytest.fixture
def caller(clinic):
    _, text = issue_token(member=clinic.desk, name="Test")
    return Client(headers={"Authorization": f"Bearer {text}"}, raise_request_exception=False)


@pytest.mark.parametrize(
    "sent", [{"file": FILE}, {"given_name": LONG}, MANY], ids=["file", "long", "many"]
)
@pytest.mark.parametrize("address", ["/patients/new/", "/accounts/login/"])
def test_a_page_says_that_it_is_too_much(desk, log, address, sent):
    FILE.seek(0)
    answer = desk.post(address, sent)
    assert answer.status_code == 413
    assert "This was too much at once" in answer.content.decode()
    assert "Lovelace" not in answer.content.decode() + log.getvalue()


def test_a_form_with_no_file_chosen_is_a_form(desk):
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename=""\r\n\r\n\r\n--x--\r\n'
    answer = desk.post("/patients/new/", body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 422


def problem_of(answer) -> dict:
    assert answer["Content-Type"] == "application/problem+json"
    return json.loads(answer.content)


def test_the_api_takes_no_forms_and_so_no_files(caller, desk):
    for client in (caller, desk):
        FILE.seek(0)
        answer = client.post("/api/v1/patients", {"file": FILE})
        assert answer.status_code == problem_of(answer)["status"] == 415


def test_the_api_refuses_a_long_body(caller):
    answer = caller.post("/api/v1/patients", json.dumps([LONG]), "application/json")
    assert answer.status_code == problem_of(answer)["status"] == 413


def test_a_request_that_cannot_be_read_gets_a_page():
    answer = Client(raise_request_exception=False).get("/", headers={"host": "elsewhere.example"})
    assert answer.status_code == 400
    assert "This could not be read" in answer.content.decode()
    assert "elsewhere" not in answer.content.decode()


def report(**changed: str) -> str:
    told = {
        "document-uri": "http://testserver/accounts/password/reset/key/1-hunter2/?q=Lovelace",
        "effective-directive": "script-src-elem",
        "blocked-uri": "https://evil.example/Lovelace.js",
        "script-sample": "Lovelace",
    }
    return json.dumps({"csp-report": told | changed})


def send(body: str, **options) -> int:
    kind = "application/csp-report"
    return Client(**options).post("/csp-report", body, content_type=kind).status_code


@pytest.fixture
def told(log):
    """What the log tells of refused contents."""
    cache.clear()

    def lines() -> list[dict]:
        found = [json.loads(line) for line in log.getvalue().splitlines()]
        return [line for line in found if line["event"] == "content refused"]

    return lines


def test_a_report_is_told_without_anything_of_the_page(told, log):
    assert send(report(), enforce_csrf_checks=True) == 204
    [line] = told()
    assert line["route"].startswith("accounts/")
    assert (line["directive"], line["blocked"]) == ("script-src", "foreign")
    assert not [word for word in ("Lovelace", "hunter2", "evil") if word in log.getvalue()]


def test_each_kind_is_told_once_however_often_it_is_sent(told):
    for _ in range(5):
        send(report())
    send(report(**{"blocked-uri": "inline"}))
    assert [line["blocked"] for line in told()] == ["foreign", "inline"]


@pytest.mark.parametrize(
    "body", ["", "nonsense", "[]", '{"csp-report": 1}', "[" * 10_000, '{"csp-report": []}']
)
def test_what_is_no_report_is_passed_over(told, body):
    assert send(body) == 204
    assert not told()


@pytest.mark.parametrize(
    "changed",
    [{"document-uri": "http://[bad"}, {"document-uri": "Lovelace"}, {"effective-directive": "x y"}],
)
def test_odd_values_are_told_by_words_of_our_own(told, log, changed):
    assert send(report(**changed)) == 204
    assert {told()[0]["route"], told()[0]["directive"]} & {"none", "other"}
    assert "Lovelace" not in log.getvalue()


def test_a_long_report_is_refused(told):
    assert send(LONG, raise_request_exception=False) == 413
    assert not told()
