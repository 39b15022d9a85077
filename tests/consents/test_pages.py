"""Pages about consents, as the desk, a manager and an auditor use them."""

from datetime import timedelta

import pytest
from django.urls import reverse

from clinic.consents.services import Scope, withdraw_consent, write_text
from clinic.models import ConsentRecord, ConsentText, Role
from tests.consents.conftest import text_of
from tests.factories import NOW, make_member, make_version, small_definition
from tests.pages.conftest import booked

pytestmark = pytest.mark.django_db


def html(client, name, *args):
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


@pytest.fixture
def form_url(clinic, patient):
    """Where a consent to treatment is recorded."""
    return reverse("consents:record", args=[patient.pk, text_of(clinic).pk])


GOOD = {
    "treatment": "racemic ketamine|IV",
    "signed_by": "PATIENT",
    "how": "PAPER",
    "on": "2026-01-05",
    "at": "08:30",
}


def test_the_card_tells_what_holds_and_what_is_missing(desk, patient, sign):
    sign()
    card = html(desk, "consents:of_patient", patient.pk)
    assert "Ketamine, into a vein (IV)" in card
    assert "until Tue 5 Jan 2027" in card
    assert card.count("Not given") == 3
    assert "Missing" not in card


def test_without_consent_to_treatment_the_card_says_so(desk, patient):
    assert "No dose without it" in html(desk, "consents:of_patient", patient.pk)


def test_the_patients_page_says_whether_the_escort_may_be_told(desk, patient, sign, clinic):
    page = html(desk, "clinic:patient", patient.pk)
    assert "tell only Ada" in page
    assert "When and where, nothing else" in page
    sign("ESCORT_CONTACT", to=Scope(recipient="Byron King"))
    sign("EMAIL_DETAIL")
    page = html(desk, "clinic:patient", patient.pk)
    assert "May be told time and place, nothing else" in page
    assert "more was agreed to" in page


def test_the_desk_records_what_was_signed_on_paper(desk, patient, clinic, form_url):
    page = html(desk, "consents:record", patient.pk, text_of(clinic).pk)
    assert "What may happen" in page
    assert "A default text" in page
    answer = desk.post(form_url, GOOD)
    record = ConsentRecord.objects.get()
    assert answer.headers["Location"] == reverse("consents:consent", args=[record.pk])
    assert record.signed_at.isoformat() == "2026-01-05T13:30:00+00:00"
    assert (record.drug, record.route) == ("racemic ketamine", "IV")
    assert (record.recorded_by, record.how) == (clinic.desk, "PAPER")
    shown = html(desk, "consents:consent", record.pk)
    assert "08:30 EST" in shown
    assert "Consent to treatment" in shown


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"treatment": ""}, "required"),
        ({"how": "VERBAL"}, "Who heard it?"),
        ({"how": "LINK"}, "Select a valid choice"),
        ({"signed_by": "REPRESENTATIVE"}, "Who signed for the patient?"),
        ({"on": "2026-01-06"}, "cannot have been signed in the future"),
        ({"on": "2024-01-06"}, "run out already"),
        ({"until": "2028-01-06"}, "5 January 2027 at most"),
        ({"on": "soon"}, "Enter a valid date"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_recorded(desk, form_url, change, fault):
    answer = desk.post(form_url, GOOD | change)
    assert answer.status_code == 422
    assert fault in answer.content.decode()
    assert not ConsentRecord.objects.exists()


def test_words_before_a_witness_and_a_representative(desk, clinic, form_url):
    said = GOOD | {
        "how": "VERBAL", "witness": clinic.nurse.pk,
        "signed_by": "REPRESENTATIVE", "representative": "Annabella Byron",
    }  # fmt: skip
    assert desk.post(form_url, said).status_code == 302
    record = ConsentRecord.objects.get()
    assert (record.witness, record.representative) == (clinic.nurse, "Annabella Byron")


def test_what_was_typed_for_another_choice_is_left_out(desk, clinic, form_url):
    said = GOOD | {"witness": clinic.nurse.pk, "representative": "Annabella Byron"}
    assert desk.post(form_url, said).status_code == 302
    record = ConsentRecord.objects.get()
    assert (record.witness, record.representative) == (None, "")


def test_the_escort_known_is_offered(desk, patient, clinic):
    text = text_of(clinic, "ESCORT_CONTACT")
    assert 'value="Byron King"' in html(desk, "consents:record", patient.pk, text.pk)


def test_paper_is_in_the_language_of_the_text(desk, patient, clinic):
    page = html(desk, "consents:paper", patient.pk, text_of(clinic, language="es").pk)
    assert "Medicamento y vía" in page
    assert "Ada Lovelace" in page


def test_withdrawing_shows_what_goes_and_calls_it_off(desk, clinic, sign):
    definition = small_definition(drug="racemic ketamine", route="IV")
    clinic.version = make_version(clinic.organization, definition)
    course = booked(clinic)
    record = sign(who=course.patient)
    page = html(desk, "scheduling:consent_withdraw", record.pk)
    assert "2 booked doses are cancelled" in page
    url = reverse("scheduling:consent_withdraw", args=[record.pk])
    answer = desk.post(url, {"reason": "Enough for now"}, follow=True)
    said = answer.content.decode()
    assert "4 visits are cancelled" in said
    assert "Enough for now" in said
    assert "Withdrawn" in said
    assert course.visits.filter(status="CANCELLED").count() == 4
    again = desk.post(url, {"reason": ""})
    assert again.status_code == 409
    assert "there is nothing to withdraw" in again.content.decode()


def test_what_does_not_hold_cannot_be_withdrawn_on_its_page(desk, sign):
    record = sign(at=NOW - timedelta(days=370))
    page = html(desk, "consents:consent", record.pk)
    assert "Run out" in page
    assert reverse("scheduling:consent_withdraw", args=[record.pk]) not in page


def test_everything_signed_is_listed(desk, patient, sign, clinic):
    withdraw_consent(record=sign(), by=clinic.desk, now=NOW)
    sign("RELEASE", to=Scope(recipient="Dr. Hale"))
    page = html(desk, "consents:history", patient.pk)
    assert "Withdrawn" in page
    assert "Dr. Hale" in page


def test_a_text_in_use_is_replaced_by_a_manager(clinic, sign_in, patient):
    boss = sign_in(make_member(clinic.site, Role.MANAGER))
    assert "Put your own in their place" in html(boss, "consents:texts")
    said = {"title": "Our own", "body": "## Plan\n<script>x</script>", "valid_months": "6"}
    url = reverse("consents:write", args=["TREATMENT", "en"])
    assert "Consent to treatment" in boss.get(url).content.decode()
    boss.post(url, said)
    draft = ConsentText.objects.get(published_at=None)
    page = html(boss, "consents:text", draft.pk)
    assert "&lt;script&gt;x" in page
    assert "Nobody signs this version yet" in page
    boss.post(reverse("consents:publish", args=[draft.pk]))
    assert text_of(clinic) == draft
    assert "Nobody signs" not in html(boss, "consents:text", draft.pk)


def test_a_draft_is_thrown_away_and_a_published_text_is_not(clinic, sign_in):
    boss = make_member(clinic.site, Role.MANAGER)
    browser = sign_in(boss)
    draft = write_text(
        kind="RELEASE", language="en", title="New", body="Words.", valid_months=None,
        by=boss, now=NOW,
    )  # fmt: skip
    browser.post(reverse("consents:discard", args=[draft.pk]))
    assert not ConsentText.objects.filter(pk=draft.pk).exists()
    used = text_of(clinic)
    browser.post(reverse("consents:discard", args=[used.pk]))
    assert text_of(clinic) == used


@pytest.mark.parametrize("place", ["NOTHING/en", "TREATMENT/xx"])
def test_there_are_no_other_texts(clinic, sign_in, place):
    boss = sign_in(make_member(clinic.site, Role.MANAGER))
    assert boss.get(f"/settings/consents/{place}/").status_code == 404


def test_drafts_are_signed_by_nobody(desk, clinic, patient):
    draft = write_text(
        kind="RELEASE", language="en", title="New", body="Words.", valid_months=None,
        by=clinic.desk, now=NOW,
    )  # fmt: skip
    for name in ("consents:record", "consents:paper"):
        assert desk.get(reverse(name, args=[patient.pk, draft.pk])).status_code == 404


def test_who_may_do_what(clinic, sign_in, desk, patient, sign, form_url):
    record = sign()
    withdrawal = reverse("scheduling:consent_withdraw", args=[record.pk])
    auditor = sign_in(make_member(clinic.site, Role.AUDITOR))
    assert "Record<" not in html(auditor, "consents:of_patient", patient.pk)
    assert withdrawal not in html(auditor, "consents:consent", record.pk)
    for url in (form_url, withdrawal, reverse("consents:texts")):
        assert auditor.post(url, GOOD).status_code in (403, 405)
        assert auditor.get(url).status_code == 403
    assert desk.get(reverse("consents:texts")).status_code == 403
    record.refresh_from_db()
    assert record.withdrawn_at is None


def test_a_stranger_finds_nothing(stranger, patient, sign, form_url):
    record = sign()
    places = [
        form_url,
        reverse("consents:of_patient", args=[patient.pk]),
        reverse("consents:history", args=[patient.pk]),
        reverse("consents:consent", args=[record.pk]),
        reverse("scheduling:consent_withdraw", args=[record.pk]),
    ]
    assert {stranger.get(url).status_code for url in places} == {404}


def test_a_consent_of_yesterday_may_be_recorded_today(desk, form_url, clinic):
    assert desk.post(form_url, GOOD | {"on": "2026-01-04", "at": ""}).status_code == 302
    signed = ConsentRecord.objects.get().signed_at.astimezone(clinic.site.zone)
    assert signed.date() == (NOW - timedelta(days=1)).date()
