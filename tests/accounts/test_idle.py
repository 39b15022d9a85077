"""A screen that nobody is at locks: it shows nothing, takes nothing, and loses nothing."""

import json

import pytest
from django.db import connection

from clinic.idle import SEEN
from clinic.kept_forms import LARGEST
from clinic.models import Membership, Organization, Patient, Role
from tests.accounts.conftest import PASSWORD, fresh_browser, sign_in, with_password
from tests.factories import make_member, make_patient

pytestmark = pytest.mark.django_db

LOCK, UNLOCK = "/accounts/lock/", "/accounts/unlock/"
PIECE = {"HX-Request": "true"}
NEW = {
    "given_name": "Ada",
    "family_name": "Lovelace",
    "birth_date": "1980-02-29",
    "language": "en",
    "contacts-TOTAL_FORMS": "0",
    "contacts-INITIAL_FORMS": "0",
}


@pytest.fixture
def desk(clinic, clock):
    return sign_in(with_password(clinic.desk))


def is_locked(browser) -> bool:
    answer = browser.get("/patients/")
    return answer.status_code == 302 and answer["Location"].startswith(LOCK)


def unlock(browser, password=PASSWORD, **data):
    return browser.post(UNLOCK, {"password": password, **data})


class TestLocking:
    def test_fifteen_minutes_without_anybody_lock_it(self, desk, clock, clinic):
        patient = make_patient(clinic.site, family_name="Lovelace")
        clock(minutes=14, seconds=59)
        assert not is_locked(desk)
        clock(minutes=15)
        answer = desk.get(f"/patients/{patient.pk}/", follow=True)
        html = answer.content.decode()
        assert answer.redirect_chain == [(f"{LOCK}?next=%2Fpatients%2F{patient.pk}%2F", 302)]
        assert clinic.desk.name in html
        assert clinic.desk.user.email in html
        assert "Lovelace" not in html

    def test_each_organisation_says_how_long(self, desk, clock, clinic):
        assert Organization().idle_lock_minutes == 15
        Organization.objects.filter(pk=clinic.organization.pk).update(idle_lock_minutes=2)
        clock(minutes=2)
        assert is_locked(desk)

    def test_who_works_for_two_keeps_to_the_stricter_wherever_they_are(
        self, desk, clock, clinic, other_clinic
    ):
        Organization.objects.filter(pk=clinic.organization.pk).update(idle_lock_minutes=5)
        Organization.objects.filter(pk=other_clinic.organization.pk).update(idle_lock_minutes=240)
        there = make_member(other_clinic.site, Role.FRONT_DESK)
        Membership.objects.filter(pk=there.pk).update(user=clinic.desk.user)
        desk.post("/organization/", {"membership": str(there.pk)})
        assert 'data-minutes="5"' in desk.get("/patients/").content.decode()
        clock(minutes=4)
        assert not is_locked(desk)
        clock(minutes=5)
        back = desk.post("/organization/", {"membership": str(clinic.desk.pk)})
        assert back["Location"].startswith(LOCK)
        assert is_locked(desk)

    def test_opening_pages_and_sending_keep_it_open(self, desk, clock):
        for _ in range(3):
            clock(minutes=10)
            assert desk.get("/patients/").status_code == 200
            clock(minutes=10)
            assert desk.post("/patients/search/", {"text": "a"}).status_code == 200

    def test_keys_and_clicks_that_the_browser_tells_of_keep_it_open(self, desk, clock):
        for _ in range(3):
            clock(minutes=10)
            assert desk.post("/accounts/still-here/").status_code == 204
        assert not is_locked(desk)

    @pytest.mark.parametrize(
        ("url", "headers"),
        [
            ("/", PIECE),
            ("/api/v1/sites", {}),
            ("/", {"Sec-Fetch-Dest": "empty"}),
        ],
    )
    def test_pages_that_ask_again_by_themselves_do_not(self, desk, clock, url, headers):
        for _ in range(14):
            clock(minutes=1)
            assert desk.get(url, headers=headers).status_code == 200
        clock(minutes=1)
        assert is_locked(desk)

    def test_locking_at_once(self, desk):
        answer = desk.post(LOCK, {"next": "/patients/"})
        assert answer["Location"] == f"{LOCK}?next=%2Fpatients%2F"
        assert is_locked(desk)

    def test_a_clock_that_is_put_back_locks_nothing(self, desk, clock):
        clock(hours=-3)
        assert not is_locked(desk)

    def test_the_session_is_written_now_and_then_only(self, desk, clock):
        desk.get("/patients/")
        before = desk.session[SEEN]
        clock(seconds=9)
        desk.get("/patients/")
        assert desk.session[SEEN] == before
        clock(seconds=1)
        desk.get("/patients/")
        assert desk.session[SEEN] == before + 10


class TestLocked:
    @pytest.fixture
    def locked(self, desk):
        desk.post(LOCK)
        return desk

    def test_no_page_opens(self, locked, clinic):
        patient = make_patient(clinic.site, family_name="Lovelace")
        own = ("/accounts/two-step/", "/accounts/password/change/", "/accounts/sessions/")
        for url in ("/", "/patients/", f"/patients/{patient.pk}/", "/patients/new/", *own):
            answer = locked.get(url)
            assert answer["Location"].startswith(LOCK), url
            assert b"Lovelace" not in answer.content

    def test_pieces_and_calls_are_refused_without_a_word_about_anybody(self, locked):
        piece = locked.get("/", headers=PIECE)
        assert (piece.status_code, piece.content) == (423, b"")
        call = locked.get("/api/v1/sites")
        assert (call.status_code, call.json()["type"]) == (423, "urn:courseline:problem:locked")
        assert locked.post("/accounts/still-here/").status_code == 423

    def test_what_is_polled_does_not_open_it(self, locked):
        for _ in range(3):
            locked.post("/accounts/still-here/")
        assert is_locked(locked)

    def test_the_password_opens_it_where_one_was(self, locked):
        answer = unlock(locked, next="/patients/new/")
        assert answer["Location"] == "/patients/new/"
        assert locked.get("/patients/new/").status_code == 200

    @pytest.mark.parametrize("next_url", ["https://evil.example/", "//evil.example", LOCK])
    def test_it_leads_nowhere_else(self, locked, next_url):
        assert unlock(locked, next=next_url)["Location"] == "/"

    def test_a_wrong_password_does_not(self, locked):
        answer = unlock(locked, "wrong")
        assert answer.status_code == 422
        assert "This password is not right" in answer.content.decode()
        assert is_locked(locked)

    def test_a_colleagues_password_does_not(self, locked, clinic):
        clinic.nurse.user.set_password("the nurse's own words")
        clinic.nurse.user.save()
        assert unlock(locked, "the nurse's own words").status_code == 422

    def test_a_script_is_answered_in_its_own_way(self, locked):
        wrong = locked.post(UNLOCK, {"password": "wrong"}, headers={"Accept": "application/json"})
        assert (wrong.status_code, wrong.json()) == (
            422,
            {"faults": ["This password is not right."]},
        )
        right = locked.post(UNLOCK, {"password": PASSWORD}, headers={"Accept": "application/json"})
        assert (right.status_code, right.json()) == (200, {})
        assert not is_locked(locked)

    def test_somebody_else_can_take_over(self, locked, clinic):
        locked.post("/accounts/logout/")
        sign_in(with_password(clinic.nurse), locked)
        page = locked.get("/patients/").content.decode()
        assert clinic.nurse.name in page
        assert clinic.desk.name not in page

    def test_links_that_came_by_mail_still_work(self, locked, clinic):
        assert locked.get("/accounts/password/reset/").status_code == 200
        assert locked.get("/accounts/confirm-email/abc/").status_code == 200

    def test_signing_in_again_does_not_get_around_it(self, locked):
        assert locked.get("/accounts/login/")["Location"].startswith(LOCK)

    def test_health_is_told_all_the_same(self, locked):
        assert locked.get("/healthz").status_code == 200


class TestFormsThatCameTooLate:
    def registered(self) -> bool:
        return Patient.objects.filter(family_name="Lovelace").exists()

    def test_they_wait_and_go_on_when_their_sender_says_so(self, desk, clock, clinic):
        data = NEW | {"site": str(clinic.site.pk)}
        clock(minutes=20)
        answer = desk.post(
            "/patients/new/", data, headers={"Referer": "http://testserver/patients/"}
        )
        assert answer["Location"] == f"{LOCK}?next=%2Fpatients%2F"
        assert not self.registered()
        page = desk.get(LOCK).content.decode()
        assert "It is kept" in page
        assert "Lovelace" not in page

        assert unlock(desk)["Location"] == "/accounts/continue/"
        page = desk.get("/accounts/continue/")
        assert "Nothing has been done with it yet" in page.content.decode()
        assert "data-continue" not in page.content.decode()
        assert not self.registered()
        kept = page.context["kept"]
        desk.post(kept.path, dict(kept.fields))
        assert self.registered()

    def test_they_are_sealed_and_offered_once(self, desk, clock, clinic):
        clock(minutes=20)
        desk.post("/patients/new/", NEW)
        stored = json.dumps(dict(desk.session.items()))
        assert "kept_form" in stored
        assert "Lovelace" not in stored
        with connection.cursor() as cursor:
            cursor.execute("SELECT session_data FROM django_session")
            assert not [row for row in cursor.fetchall() if "Lovelace" in row[0]]
        unlock(desk)
        assert "Lovelace" in desk.get("/accounts/continue/").content.decode()
        assert "Nothing is waiting" in desk.get("/accounts/continue/").content.decode()

    def test_nobody_else_gets_them(self, desk, clock, clinic):
        clock(minutes=20)
        desk.post("/patients/new/", NEW)
        desk.post("/accounts/logout/")
        sign_in(with_password(clinic.nurse), desk)
        assert "Nothing is waiting" in desk.get("/accounts/continue/").content.decode()

    def test_what_no_key_opens_any_more_is_lost(self, desk, clock, settings):
        clock(minutes=20)
        desk.post("/patients/new/", NEW)
        assert unlock(desk)["Location"] == "/accounts/continue/"
        settings.MFA_KEYS = ["z" * 40]
        assert "Nothing is waiting" in desk.get("/accounts/continue/").content.decode()

    def test_passwords_do_not_wait(self, desk, clock):
        clock(minutes=20)
        desk.post("/accounts/password/change/", {"oldpassword": PASSWORD, "other": "kept"})
        unlock(desk)
        kept = desk.get("/accounts/continue/").context["kept"]
        assert kept.fields == [("other", "kept")]

    def test_what_is_too_large_is_told_to_be_lost(self, desk, clock):
        clock(minutes=20)
        desk.post("/patients/new/", {"given_name": "A" * LARGEST})
        page = desk.get(LOCK).content.decode()
        assert "It is kept" not in page
        assert unlock(desk)["Location"] == "/"


class TestLifetime:
    def test_a_session_ends_after_twelve_hours_however_busy(self, desk, clock):
        for _ in range(71):
            clock(minutes=10)
            assert desk.get("/patients/").status_code == 200
        clock(minutes=10)
        answer = desk.get("/patients/")
        assert answer["Location"].startswith("/accounts/login/")
        assert "signed in for long" in desk.get(answer["Location"]).content.decode()

    def test_a_locked_one_too(self, desk, clock):
        desk.post(LOCK)
        clock(hours=12)
        assert unlock(desk)["Location"].startswith("/accounts/login/")

    def test_signing_in_again_begins_anew(self, desk, clock, clinic):
        clock(hours=13)
        desk.get("/patients/")
        sign_in(clinic.desk, desk)
        clock(minutes=10)
        assert desk.get("/patients/").status_code == 200

    def test_the_anonymous_have_no_screen_to_lock(self, clock, db):
        browser = fresh_browser()
        browser.get("/accounts/login/")
        clock(hours=1)
        assert browser.get("/accounts/login/").status_code == 200
