"""Recording, asking for and withdrawing consents, and keeping their texts."""

from datetime import date, datetime, timedelta

import pytest
from django.conf import settings

from clinic.consents import current_consent, has_consent
from clinic.consents.selectors import consent_lines, people_around, text_in_use
from clinic.consents.services import (
    ConsentNotStanding,
    Scope,
    Signature,
    TextChanged,
    discard_draft,
    install_texts,
    publish_text,
    record_consent,
    withdraw_consent,
    write_text,
)
from clinic.consents.shipped import shipped_texts
from clinic.errors import DomainError
from clinic.models import ConsentKind, ConsentText, Membership, Role
from tests.consents.conftest import IV, SPRAY, text_of
from tests.factories import NEW_YORK, NOW, make_member, make_organization, make_patient, make_site

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TREATMENT = ConsentKind.TREATMENT


def test_a_consent_to_treatment_holds_for_twelve_months_by_the_calendar_there(sign):
    record = sign()
    assert record.expires_at == datetime(2027, 1, 6, tzinfo=NEW_YORK)
    assert (record.kind, record.drug, record.route) == ("TREATMENT", "racemic ketamine", "IV")


@pytest.mark.parametrize("kind", ["EMAIL_DETAIL", "ESCORT_CONTACT"])
def test_others_hold_until_they_are_withdrawn(sign, kind):
    assert sign(kind).expires_at is None


def test_it_may_end_sooner_than_the_text_allows_and_never_later(sign):
    assert sign(until=date(2026, 3, 1)).expires_at == datetime(2026, 3, 2, tzinfo=NEW_YORK)
    with pytest.raises(DomainError, match="5 January 2027 at most") as refused:
        sign(until=date(2027, 1, 6))
    assert refused.value.field == "until"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"at": NOW + timedelta(minutes=1), "now": NOW}, "signed_at"),
        ({"at": NOW - 400 * DAY, "now": NOW}, "signed_at"),
        ({"until": date(2026, 1, 4)}, "until"),
        ({"at": NOW - 9 * DAY, "now": NOW, "until": date(2026, 1, 4)}, "until"),
        ({"signature": {"signed_by": "REPRESENTATIVE", "representative": " "}}, "representative"),
        ({"signature": {"representative": "Byron"}}, "representative"),
        ({"signature": {"how": "VERBAL"}}, "witness"),
        ({"scope": Scope(route="IV")}, "drug"),
        ({"scope": Scope(recipient="Dr. Hale")}, "recipient"),
        ({"kind": "RELEASE"}, "recipient"),
        ({"kind": "RELEASE", "to": Scope(drug="esketamine", recipient="Dr. Hale")}, "drug"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(sign, patient, said, field):
    with pytest.raises(DomainError) as refused:
        sign(said.pop("kind", "TREATMENT"), **said)
    assert refused.value.field == field
    assert not patient.consents.exists()


def test_a_witness_is_a_colleague_and_somebody_else(sign, clinic, other_clinic):
    for witness in (clinic.desk, other_clinic.nurse):
        with pytest.raises(DomainError) as refused:
            sign(signature={"how": "VERBAL", "witness": witness})
        assert refused.value.field == "witness"
    assert sign(signature={"how": "VERBAL", "witness": clinic.nurse}).witness == clinic.nurse


def test_nobody_signs_a_draft_or_for_another_organisation(sign, clinic, other_clinic, patient):
    draft = write_text(
        kind="TREATMENT", language="en", title="New", body="Words.", valid_months=6,
        by=clinic.desk, now=NOW,
    )  # fmt: skip
    stranger = make_patient(other_clinic.site)
    for who, text in ((patient, draft), (stranger, text_of(clinic))):
        with pytest.raises(DomainError):
            record_consent(
                patient=who, text=text, signature=Signature(NOW, "PAPER"), by=clinic.desk, now=NOW
            )


@pytest.mark.parametrize(
    ("scope", "asked", "found"),
    [
        (IV, {}, True),
        (IV, {"drug": "racemic ketamine", "route": "IV"}, True),
        (IV, {"drug": "racemic ketamine"}, True),
        (IV, {"drug": "racemic ketamine", "route": "IM"}, False),
        (IV, {"drug": "esketamine", "route": "nasal"}, False),
        (Scope("racemic ketamine"), {"drug": "racemic ketamine", "route": "IM"}, True),
        (Scope(), {"drug": "esketamine", "route": "nasal"}, True),
    ],
)
def test_whoever_treats_asks_for_drug_and_route(sign, patient, scope, asked, found):
    sign(scope=scope)
    assert has_consent(patient, TREATMENT, on=NOW, **asked) is found


def test_a_consent_holds_from_signing_to_its_end(sign, patient):
    record = sign()
    end = record.expires_at
    moments = {NOW - DAY: None, NOW: record, end - timedelta(seconds=1): record, end: None}
    found = {at: current_consent(patient, TREATMENT, on=at) for at in moments}
    assert found == moments


def test_of_several_the_one_signed_last_is_given(sign, patient):
    sign(at=NOW - 30 * DAY)
    latest = sign()
    assert current_consent(patient, TREATMENT, on=NOW) == latest


def test_each_kind_and_person_is_asked_apart(sign, patient, clinic):
    sign("RELEASE", to=Scope(recipient="Dr. Hale"))
    assert has_consent(patient, "RELEASE", on=NOW, recipient="dr. hale ")
    assert not has_consent(patient, "RELEASE", on=NOW, recipient="Dr. Vale")
    assert not has_consent(patient, "ESCORT_CONTACT", on=NOW)
    assert not has_consent(make_patient(clinic.site), "RELEASE", on=NOW)


def test_withdrawing_ends_every_consent_to_the_very_same(sign, patient, clinic):
    older, newer = sign(at=NOW - DAY), sign()
    spray = sign(scope=SPRAY)
    gone = withdraw_consent(record=older, by=clinic.nurse, now=NOW + DAY, reason=" Enough ")
    assert set(gone) == {older, newer}
    for record in gone:
        record.refresh_from_db()
        said = (record.withdrawn_at, record.withdrawn_by, record.withdrawal_reason)
        assert said == (NOW + DAY, clinic.nurse, "Enough")
    assert has_consent(patient, TREATMENT, on=NOW)
    assert current_consent(patient, TREATMENT, on=NOW + DAY) == spray


def test_what_does_not_stand_cannot_be_withdrawn(sign, clinic):
    record = sign()
    with pytest.raises(ConsentNotStanding):
        withdraw_consent(record=record, by=clinic.desk, now=record.expires_at)
    withdraw_consent(record=record, by=clinic.desk, now=NOW)
    with pytest.raises(ConsentNotStanding):
        withdraw_consent(record=record, by=clinic.desk, now=NOW + DAY)


def test_the_lines_tell_how_each_thing_stands(sign, patient, clinic):
    sign(at=NOW - 360 * DAY)
    withdraw_consent(record=sign(scope=SPRAY), by=clinic.desk, now=NOW)
    sign("RELEASE", to=Scope(recipient="Dr. Hale"))
    sign(
        "RELEASE",
        to=Scope(recipient="Dr. Vale"),
        at=NOW - DAY,
        until=date(2026, 1, 4),
        now=NOW - DAY,
    )
    lines = {
        kind.kind.value: [(line.state.value, line.scope) for line in kind.lines]
        for kind in consent_lines(patient, now=NOW)
    }
    assert lines == {
        "TREATMENT": [
            ("EXPIRING", "Ketamine, into a vein (IV)"), ("WITHDRAWN", "Esketamine, nasal spray"),
        ],
        "EMAIL_DETAIL": [("MISSING", "")],
        "ESCORT_CONTACT": [("MISSING", "")],
        "RELEASE": [("CURRENT", "Dr. Hale"), ("EXPIRED", "Dr. Vale")],
    }  # fmt: skip


def test_a_renewed_consent_counts_and_not_the_one_that_runs_out(sign, patient):
    sign(at=NOW - 360 * DAY)
    renewed = sign()
    (line,) = consent_lines(patient, now=NOW)[0].lines
    assert (line.record, line.until) == (renewed, date(2027, 1, 5))


def test_lines_take_one_query_however_many_were_signed(sign, patient, django_assert_num_queries):
    for number in range(12):
        sign("RELEASE", to=Scope(recipient=f"Dr. {number}"))
    with django_assert_num_queries(1):
        assert len(consent_lines(patient, now=NOW)[-1].lines) == 12


@pytest.mark.parametrize(
    ("recipient", "may"), [("", True), ("byron king", True), ("Mary Shelley", False), (None, False)]
)
def test_only_an_escort_with_consent_may_be_told(sign, patient, clinic, recipient, may):
    patient.contacts.create(
        organization=clinic.organization, relationship="EMERGENCY", name="Byron King"
    )
    if recipient is not None:
        sign("ESCORT_CONTACT", to=Scope(recipient=recipient))
    told = {one.contact.relationship: one.may_be_told for one in people_around(patient, now=NOW)}
    assert told == {"ESCORT": may, "EMERGENCY": False}


def test_every_kind_is_shipped_in_every_language_of_letters_once(clinic):
    shipped = {(text.kind, text.language) for text in shipped_texts()}
    assert shipped == {
        (kind, code) for kind in ConsentKind.values for code, _ in settings.LANGUAGES
    }
    install_texts(organization=clinic.organization, now=NOW)
    rows = ConsentText.objects.filter(organization=clinic.organization)
    assert rows.filter(is_shipped=True, number=1).count() == rows.count() == len(shipped)


def draft_by(member: Membership, title: str = "New") -> ConsentText:
    return write_text(
        kind="TREATMENT", language="en", title=title, body="Words.", valid_months=6,
        by=member, now=NOW,
    )  # fmt: skip


def test_a_new_version_is_used_once_it_is_published(clinic, sign):
    signed, boss = sign(), make_member(clinic.site, Role.MANAGER)
    draft = draft_by(boss, "New")
    assert draft_by(boss, "Newer").pk == draft.pk
    assert text_of(clinic).number == 1
    draft.refresh_from_db()
    publish_text(text=draft, by=boss, now=NOW)
    used = text_of(clinic)
    assert (used.number, used.title, used.is_shipped) == (2, "Newer", False)
    assert text_of(clinic, language="es").number == 1
    signed.refresh_from_db()
    assert signed.text.number == 1
    assert sign().expires_at == datetime(2026, 7, 6, tzinfo=NEW_YORK)


def test_a_draft_is_published_once_and_what_is_published_not_thrown_away(clinic):
    boss = make_member(clinic.site, Role.MANAGER)
    draft = draft_by(boss)
    publish_text(text=draft, by=boss, now=NOW)
    with pytest.raises(TextChanged):
        publish_text(text=draft, by=boss, now=NOW)
    with pytest.raises(TextChanged):
        discard_draft(text=draft, by=boss)
    second = draft_by(boss)
    discard_draft(text=second, by=boss)
    assert draft_by(boss).number == second.number == 3


def test_a_patient_reads_their_language_or_else_one_there_is(clinic):
    assert text_in_use(clinic.organization.pk, "RELEASE", "es").language == "es"
    assert text_in_use(clinic.organization.pk, "RELEASE", "fr").language == "en"
    empty = make_organization()
    make_site(empty)
    assert text_in_use(empty.pk, "RELEASE", "en") is None
