"""Before a sensitive act one proves who one is, unless one just has; the form is not lost."""

import time

import pytest

from tests.accounts.conftest import PASSWORD, app_code, set_up_app, sign_in, with_password

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.addresses")]

ASK = "/accounts/reauthenticate/"


@pytest.fixture
def later(monkeypatch):
    """A quarter of an hour has passed."""
    real = time.time

    def pass_by() -> None:
        monkeypatch.setattr(time, "time", lambda: real() + 900)

    return pass_by


@pytest.fixture
def desk(clinic):
    return sign_in(with_password(clinic.desk))


def test_a_sign_in_is_proof_enough_for_ten_minutes(desk, later):
    assert desk.get("/sensitive/").status_code == 200
    later()
    assert desk.get("/sensitive/")["Location"] == f"{ASK}?next=%2Fsensitive%2F"


def test_the_password_leads_on(desk, later):
    later()
    page = desk.get(desk.get("/sensitive/?a=b")["Location"])
    assert 'value="/sensitive/?a=b"' in page.content.decode()
    answer = desk.post(ASK, {"password": PASSWORD, "next": "/sensitive/?a=b"})
    assert answer["Location"] == "/sensitive/?a=b"
    assert desk.get("/sensitive/?a=b").status_code == 200


def test_a_wrong_password_does_not(desk, later):
    later()
    assert desk.post(ASK, {"password": "wrong", "next": "/sensitive/"}).status_code == 200
    assert desk.get("/sensitive/").status_code == 302


def test_a_form_waits_and_goes_on_by_itself(desk, later):
    later()
    answer = desk.post("/sensitive/?a=b", {"what": ["one", "two"]})
    assert answer["Location"] == f"{ASK}?next=%2Faccounts%2Fcontinue%2F"
    answer = desk.post(ASK, {"password": PASSWORD, "next": "/accounts/continue/"}, follow=True)
    assert "data-continue" in answer.content.decode()
    kept = answer.context["kept"]
    assert (kept.path, kept.fields) == ("/sensitive/?a=b", [("what", "one"), ("what", "two")])
    done = desk.post(kept.path, {"what": [value for _, value in kept.fields]})
    assert done.content == b"done: ['one', 'two']"


def test_a_piece_leads_the_whole_page_there(desk, later):
    later()
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/patients/?x=1"}
    answer = desk.get("/sensitive/", headers=headers)
    assert (answer.status_code, answer["HX-Redirect"]) == (
        204,
        f"{ASK}?next=%2Fpatients%2F%3Fx%3D1",
    )


def test_a_page_of_somebody_else_is_not_led_to(desk, later):
    later()
    headers = {"HX-Request": "true", "HX-Current-URL": "https://evil.example/"}
    assert desk.get("/sensitive/", headers=headers)["HX-Redirect"] == f"{ASK}?next=%2F"


def test_a_code_is_proof_too(strict, later):
    nurse = sign_in(strict.nurse)
    secret, _ = set_up_app(nurse)
    later()
    page = nurse.get(f"{ASK}?next=/sensitive/").content.decode()
    assert "Use a code" in page
    answer = nurse.post(
        "/accounts/two-step/reauthenticate/", {"code": app_code(secret), "next": "/sensitive/"}
    )
    assert answer["Location"] == "/sensitive/"
    assert nurse.get("/sensitive/").status_code == 200


@pytest.mark.parametrize(
    "url",
    [
        "/accounts/two-step/totp/activate/",
        "/accounts/two-step/webauthn/add/",
    ],
)
def test_second_steps_are_changed_after_proof_alone(desk, later, url):
    later()
    assert desk.get(url)["Location"].startswith(ASK)


def test_an_address_is_changed_after_proof_alone(desk, later):
    later()
    answer = desk.post("/accounts/email/", {"email": "new@example.com", "action_add": ""})
    assert answer["Location"].startswith(ASK)
    assert "new@example.com" not in desk.get("/accounts/email/").content.decode()


def test_opening_a_locked_screen_is_proof(desk, later):
    later()
    desk.post("/accounts/lock/")
    desk.post("/accounts/unlock/", {"password": PASSWORD})
    assert desk.get("/sensitive/").status_code == 200
