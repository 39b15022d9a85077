"""Sessions: one's own, seen and ended; and everything of somebody who leaves, at once."""

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client

from clinic.accounts import end_access, end_sessions_of
from clinic.api.tokens import issue_token
from clinic.models import ApiToken, Membership, RoleAssignment, User
from tests.accounts.conftest import fresh_browser, sign_in, with_password

pytestmark = pytest.mark.django_db

SESSIONS = "/accounts/sessions/"
LOGIN = "/accounts/login/"


@pytest.fixture
def desk(clinic):
    return with_password(clinic.desk)


def is_in(browser: Client) -> bool:
    return browser.get("/patients/").status_code == 200


def bearer(member: Membership) -> dict[str, str]:
    _, text = issue_token(member=member, name="Import")
    return {"Authorization": f"Bearer {text}"}


class TestOnesOwn:
    def test_they_are_listed_with_browser_and_address(self, desk):
        agent = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"
        sign_in(desk, fresh_browser(HTTP_USER_AGENT=agent))
        here = sign_in(desk)
        page = here.get(SESSIONS)
        html = page.content.decode()
        assert len(page.context["sessions"]) == 2
        assert "Firefox on Windows" in html
        assert html.count("This one") == 1

    def test_one_can_be_ended(self, desk):
        here, there = sign_in(desk), sign_in(desk)
        other = UserSession.objects.get(session_key=there.session.session_key)
        here.post(f"{SESSIONS}{other.pk}/end/")
        assert (is_in(here), is_in(there)) == (True, False)

    def test_all_others_can_be_ended(self, desk):
        here, there, elsewhere = sign_in(desk), sign_in(desk), sign_in(desk)
        here.post(SESSIONS)
        assert [is_in(one) for one in (here, there, elsewhere)] == [True, False, False]

    def test_nobody_ends_anothers(self, desk, clinic):
        here, theirs = sign_in(desk), sign_in(with_password(clinic.nurse))
        other = UserSession.objects.get(session_key=theirs.session.session_key)
        assert here.post(f"{SESSIONS}{other.pk}/end/").status_code == 404
        assert is_in(theirs)
        assert str(other.pk) not in {
            str(session.pk) for session in here.get(SESSIONS).context["sessions"]
        }

    def test_a_new_password_ends_the_others(self, desk):
        here, there = sign_in(desk), sign_in(desk)
        new = "a quite different phrase"
        here.post(
            "/accounts/password/change/",
            {"oldpassword": "correct horse battery", "password1": new, "password2": new},
        )
        assert (is_in(here), is_in(there)) == (True, False)


class TestEndAccess:
    def test_sessions_and_tokens_of_a_member_end_at_once(self, desk):
        here, headers = sign_in(desk), bearer(desk)
        assert fresh_browser().get("/api/v1/sites", headers=headers).status_code == 200
        end_access(desk)
        assert here.get("/patients/")["Location"].startswith(LOGIN)
        assert fresh_browser().get("/api/v1/sites", headers=headers).status_code == 401
        assert not UserSession.objects.filter(user=desk.user).exists()

    def test_those_that_no_list_knows_end_too(self, desk):
        here = Client()
        here.force_login(desk.user)
        assert not UserSession.objects.filter(user=desk.user).exists()
        assert is_in(here)
        end_sessions_of(desk.user)
        assert not is_in(here)

    def test_others_stay(self, desk, clinic):
        nurse = with_password(clinic.nurse)
        theirs, headers = sign_in(nurse), bearer(nurse)
        end_access(desk)
        assert is_in(theirs)
        assert fresh_browser().get("/api/v1/sites", headers=headers).status_code == 200

    def test_of_a_membership_the_tokens_of_other_organisations_stay(self, desk, other_clinic):
        there = Membership.objects.create(
            organization=other_clinic.organization, user=desk.user, name="D"
        )
        RoleAssignment.objects.create(
            organization=other_clinic.organization,
            membership=there,
            site=other_clinic.site,
            role="FRONT_DESK",
        )
        headers = bearer(there)
        bearer(desk)
        end_access(desk)
        assert [token.membership_id for token in ApiToken.objects.all()] == [there.pk]
        assert fresh_browser().get("/api/v1/sites", headers=headers).status_code == 200
        end_access(desk.user)
        assert not ApiToken.objects.exists()

    def test_one_can_sign_in_again_where_one_still_works(self, desk):
        end_access(desk)
        assert is_in(sign_in(desk))


class TestEvenIfEndingFailed:
    def test_a_member_who_left_is_refused_at_the_next_request(self, desk):
        here, headers = sign_in(desk), bearer(desk)
        Membership.objects.filter(pk=desk.pk).update(is_active=False)
        assert here.get("/patients/").status_code == 403
        assert here.get("/api/v1/sites").status_code == 403
        answer = fresh_browser().get("/api/v1/sites", headers=headers)
        assert answer.status_code in {401, 403}

    def test_an_account_that_is_closed_is_refused_at_the_next_request(self, desk):
        here, headers = sign_in(desk), bearer(desk)
        User.objects.filter(pk=desk.user_id).update(is_active=False)
        assert here.get("/patients/")["Location"].startswith(LOGIN)
        assert fresh_browser().get("/api/v1/sites", headers=headers).status_code == 401
        closed = fresh_browser()
        closed.post(LOGIN, {"login": desk.user.email, "password": "correct horse battery"})
        assert not is_in(closed)
