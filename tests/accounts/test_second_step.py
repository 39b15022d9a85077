"""Who works clinically signs in with a second step, and sees nobody's data before they have one."""

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from clinic.api.tokens import issue_token
from clinic.models import ApiToken, Organization, Role
from clinic.second_step import (
    SecondStepMissing,
    SecondStepWrong,
    check_second_step,
    forget_second_step,
    lacks_second_step,
    needs_second_step,
    require_second_step,
)
from clinic.staffing.changing import make_service
from tests.accounts.conftest import app_code, fresh_browser, set_up_app, sign_in
from tests.factories import make_member, make_patient

pytestmark = pytest.mark.django_db

SET_UP = "/accounts/two-step/"
CODE = "/accounts/two-step/authenticate/"
MFA = Organization.MfaRequired


def member_with(clinic, policy, *roles):
    clinic.organization.mfa_required = policy
    clinic.organization.save()
    member = make_member(clinic.site, *roles)
    member.organization = clinic.organization
    return member


def as_token(member):
    """Who calls the API with a token of the member."""
    _, text = issue_token(member=member, name="T")
    return Client(headers={"Authorization": f"Bearer {text}"})


@pytest.mark.parametrize(
    ("policy", "role", "is_needed"),
    [(MFA.NOBODY, role, False) for role in Role]
    + [(MFA.EVERYBODY, role, True) for role in Role]
    + [(MFA.CLINICAL, role, role not in {Role.FRONT_DESK, Role.MANAGER}) for role in Role],
)
def test_who_needs_one(clinic, policy, role, is_needed):
    assert needs_second_step(member_with(clinic, policy, role)) is is_needed


def test_one_clinical_role_among_several_is_enough(clinic):
    assert needs_second_step(member_with(clinic, MFA.CLINICAL, Role.FRONT_DESK, Role.NURSE))


def test_an_organisation_asks_its_clinical_roles_unless_it_says_otherwise():
    assert Organization().mfa_required == MFA.CLINICAL


class TestBefore:
    def test_no_page_shows_patients(self, strict):
        patient = make_patient(strict.site, family_name="Lovelace")
        nurse = sign_in(strict.nurse)
        for url in ("/", "/patients/", f"/patients/{patient.pk}/", "/patients/new/"):
            answer = nurse.get(url)
            assert (answer.status_code, answer["Location"]) == (302, SET_UP), url
            assert b"Lovelace" not in answer.content
        page = nurse.get(SET_UP).content.decode()
        assert "Set up a second step before you go on" in page

    def test_nothing_is_taken_either(self, strict):
        nurse = sign_in(strict.nurse)
        assert nurse.post("/patients/search/", {"text": "a"})["Location"] == SET_UP

    def test_a_piece_leads_the_whole_page_there(self, strict):
        answer = sign_in(strict.nurse).get("/patients/", headers={"HX-Request": "true"})
        assert (answer.status_code, answer["HX-Redirect"], answer.content) == (204, SET_UP, b"")

    def test_the_api_refuses_the_session(self, strict):
        answer = sign_in(strict.nurse).get("/api/v1/sites")
        assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (
            403,
            "second-step-missing",
        )

    def test_no_token_is_made(self, strict):
        with pytest.raises(SecondStepMissing):
            require_second_step(strict.nurse)
        require_second_step(strict.desk)
        answer = fresh_browser().post(
            "/api/v1/tokens",
            {"email": strict.nurse.user.email, "password": "correct horse battery", "name": "x"},
            content_type="application/json",
        )
        assert answer.status_code == 403
        assert not ApiToken.objects.exists()

    def test_a_token_from_before_opens_nothing_but_itself(self, strict):
        rules = Organization.objects.filter(pk=strict.organization.pk)
        rules.update(mfa_required=MFA.NOBODY)
        nurse, desk = (as_token(member) for member in (strict.nurse, strict.desk))
        assert nurse.get("/api/v1/sites").status_code == 200
        rules.update(mfa_required=MFA.CLINICAL)
        answer = nurse.get("/api/v1/sites")
        assert answer.status_code == 403
        assert answer.json()["type"].rpartition(":")[2] == "second-step-missing"
        assert desk.get("/api/v1/sites").status_code == 200
        set_up_app(sign_in(strict.nurse))
        assert nurse.get("/api/v1/sites").status_code == 200

    def test_such_a_token_can_be_given_up(self, strict):
        nurse = as_token(strict.nurse)
        assert nurse.delete("/api/v1/tokens/current").status_code == 204
        assert not ApiToken.objects.exists()

    def test_a_program_needs_none(self, strict):
        Organization.objects.update(mfa_required=MFA.EVERYBODY)
        manager = make_member(strict.site, Role.MANAGER)
        posts = frozenset({(strict.site.pk, Role.FRONT_DESK.value)})
        program = as_token(make_service(by=manager, name="Import", posts=posts))
        assert program.get("/api/v1/sites").status_code == 200

    def test_the_front_desk_is_not_asked(self, strict):
        assert sign_in(strict.desk).get("/patients/").status_code == 200
        assert not lacks_second_step(strict.desk)

    def test_ones_own_account_stays_open(self, strict):
        nurse = sign_in(strict.nurse)
        for url in (
            SET_UP,
            "/accounts/email/",
            "/accounts/password/change/",
            "/accounts/sessions/",
        ):
            assert nurse.get(url).status_code == 200, url


class TestApp:
    def test_it_opens_the_records_and_is_asked_for_from_then_on(self, strict):
        nurse = sign_in(strict.nurse)
        secret, codes = set_up_app(nurse)
        assert nurse.get("/patients/").status_code == 200
        assert len(set(codes)) == 10

        again = sign_in(strict.nurse)
        assert again.get("/patients/")["Location"].startswith("/accounts/login/")
        assert "Second step" in again.get(CODE).content.decode()
        answer = again.post(CODE, {"code": app_code(secret, steps=1)})
        assert answer["Location"] == "/"
        assert again.get("/patients/").status_code == 200

    def test_a_code_opens_once(self, strict):
        secret, _ = set_up_app(sign_in(strict.nurse))
        code = {"code": app_code(secret, steps=1)}
        assert sign_in(strict.nurse).post(CODE, code).status_code == 302
        page = sign_in(strict.nurse).post(CODE, code)
        assert "it has been used" in page.content.decode()

    def test_a_wrong_code_at_setting_up_keeps_the_secret(self, strict):
        nurse = sign_in(strict.nurse)
        first = nurse.get(SET_UP + "totp/activate/").context["form"].secret
        page = nurse.post(SET_UP + "totp/activate/", {"code": "000000"})
        assert page.context["form"].secret == first
        assert not Authenticator.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_the_owner_is_told_by_mail(self, strict):
        set_up_app(sign_in(strict.nurse))
        assert [letter.subject for letter in mail.outbox] == ["An authenticator app was set up"]

    @pytest.mark.django_db(transaction=True)
    def test_other_sessions_end_when_it_is_set_up(self, strict):
        nurse, elsewhere = sign_in(strict.nurse), sign_in(strict.nurse)
        set_up_app(nurse)
        assert nurse.get("/patients/").status_code == 200
        assert elsewhere.get("/patients/")["Location"].startswith("/accounts/login/")

    def test_turned_off_the_records_close_again(self, strict):
        nurse = sign_in(strict.nurse)
        set_up_app(nurse)
        nurse.post(SET_UP + "totp/deactivate/")
        assert nurse.get("/patients/")["Location"] == SET_UP


class TestRecovery:
    def test_a_code_opens_once(self, strict):
        _, codes = set_up_app(sign_in(strict.nurse))
        browser = sign_in(strict.nurse)
        assert browser.post(CODE, {"code": codes[3]}).status_code == 302
        assert sign_in(strict.nurse).post(CODE, {"code": codes[3]}).status_code == 200

    def test_the_codes_are_shown_once(self, strict):
        nurse = sign_in(strict.nurse)
        _, codes = set_up_app(nurse)
        page = nurse.get(SET_UP + "recovery-codes/").content.decode()
        assert not [code for code in codes if code in page]
        assert nurse.get(SET_UP + "recovery-codes/download/").status_code == 403

    def test_new_ones_replace_the_old(self, strict):
        nurse = sign_in(strict.nurse)
        _, codes = set_up_app(nurse)
        nurse.post(SET_UP + "recovery-codes/generate/")
        assert sign_in(strict.nurse).post(CODE, {"code": codes[0]}).status_code == 200

    def test_whoever_lost_everything_is_let_back_in_by_the_organisation(self, strict):
        nurse = sign_in(strict.nurse)
        set_up_app(nurse)
        token = as_token(strict.nurse)
        forget_second_step(strict.nurse.user)
        assert token.get("/api/v1/sites").status_code == 401
        assert nurse.get("/patients/")["Location"].startswith("/accounts/login/")
        assert sign_in(strict.nurse).get("/patients/")["Location"] == SET_UP


class TestSecrets:
    @staticmethod
    def stored() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT data::text FROM mfa_authenticator")
            return "".join(row[0] for row in cursor.fetchall())

    def test_the_database_does_not_know_them(self, strict):
        secret, codes = set_up_app(sign_in(strict.nurse))
        assert len(codes) == 10
        assert not [text for text in (secret, *codes) if text in self.stored()]

    def test_a_new_key_takes_over(self, strict, settings, capsys):
        secret, _ = set_up_app(sign_in(strict.nurse))
        (old,) = settings.MFA_KEYS
        settings.MFA_KEYS = ["k" * 40, old]
        before = self.stored()
        call_command("reseal")
        assert "2 secrets" in capsys.readouterr().out
        assert self.stored() != before
        settings.MFA_KEYS = ["k" * 40]
        browser = sign_in(strict.nurse)
        assert browser.post(CODE, {"code": app_code(secret, steps=1)}).status_code == 302

    def test_without_the_key_they_stay_shut(self, strict, settings):
        set_up_app(sign_in(strict.nurse))
        settings.MFA_KEYS = ["z" * 40]
        with pytest.raises(CommandError, match="None of MFA_KEYS"):
            call_command("reseal")


class TestWithoutPages:
    """Sign-in for tokens: a request of the API, in whose name the limits count."""

    @pytest.fixture(autouse=True)
    def _request(self, rf):
        from allauth.core import context

        request = rf.post("/api/v1/tokens", REMOTE_ADDR="10.76.0.1")
        with context.request_context(request):
            yield

    def test_an_account_without_a_second_step_needs_no_code(self, strict):
        check_second_step(strict.desk.user, "")

    def test_a_code_is_needed_and_right_once(self, strict):
        secret, codes = set_up_app(sign_in(strict.nurse))
        for wrong in ("", "000000"):
            with pytest.raises(SecondStepWrong):
                check_second_step(strict.nurse.user, wrong)
        code = app_code(secret, steps=1)
        check_second_step(strict.nurse.user, code)
        with pytest.raises(SecondStepWrong):
            check_second_step(strict.nurse.user, code)
        check_second_step(strict.nurse.user, codes[0])


def test_the_policy_is_the_organisations_own(strict, other_clinic):
    """Who works for two organisations is asked by the one that they work for now."""
    from clinic.models import Membership, RoleAssignment

    there = Membership.objects.create(
        organization=other_clinic.organization, user=strict.nurse.user, name="N"
    )
    RoleAssignment.objects.create(
        organization=other_clinic.organization,
        membership=there,
        site=other_clinic.site,
        role=Role.NURSE,
    )
    nurse = sign_in(strict.nurse)
    for member, status in ((strict.nurse, 302), (there, 200)):
        nurse.post("/organization/", {"membership": str(member.pk)})
        assert nurse.get("/patients/").status_code == status


class TestCommands:
    def test_whoever_lost_everything_is_let_back_in_by_the_operator(self, strict, capsys):
        nurse = sign_in(strict.nurse)
        set_up_app(nurse)
        call_command("forget_second_step", strict.nurse.user.email.upper())
        assert "no second step any more" in capsys.readouterr().out
        assert nurse.get("/patients/")["Location"].startswith("/accounts/login/")
        with pytest.raises(CommandError, match="no account"):
            call_command("forget_second_step", "nobody@example.com")

    def test_no_token_is_made_on_the_command_line_either(self, strict):
        with pytest.raises(CommandError, match="second step"):
            call_command("create_api_token", strict.nurse.user.email)
        call_command("create_api_token", strict.desk.user.email)
        assert ApiToken.objects.count() == 1
