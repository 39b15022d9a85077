"""What was published or signed stays as it is, whatever writes: raw SQL here."""

# ruff: noqa: S608 # every statement here is made of constants

import pytest
from django.db import IntegrityError, connection, transaction

from clinic.consents.services import withdraw_consent
from clinic.models import ConsentText
from tests.consents.conftest import text_of
from tests.factories import NOW

pytestmark = pytest.mark.django_db
TEXT, RECORD = "clinic_consenttext", "clinic_consentrecord"


def run(statement: str, *values: object) -> int:
    """Execute one statement in a savepoint; how many rows it changed."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE {TEXT} SET body = 'other' WHERE id = %s",
        f"UPDATE {TEXT} SET valid_months = 99 WHERE id = %s",
        f"UPDATE {TEXT} SET published_at = NULL WHERE id = %s",
        f"DELETE FROM {TEXT} WHERE id = %s",
    ],
)
def test_a_published_text_stays(clinic, statement):
    with pytest.raises(IntegrityError, match="never changed"):
        run(statement, text_of(clinic).pk)


def test_control_a_draft_may_be_rewritten_and_deleted(clinic):
    draft = ConsentText.objects.create(
        organization=clinic.organization, kind="RELEASE", language="en", number=2,
        title="Draft", body="Words.", created_at=NOW,
    )  # fmt: skip
    assert run(f"UPDATE {TEXT} SET body = 'other' WHERE id = %s", draft.pk) == 1
    assert run(f"DELETE FROM {TEXT} WHERE id = %s", draft.pk) == 1


@pytest.mark.parametrize(
    "change",
    [
        "signed_at = signed_at - interval '1 day'",
        "expires_at = expires_at + interval '1 day'",
        "drug = ''",
        "recorded_by_id = NULL",
        "withdrawn_at = now(), withdrawn_by_id = recorded_by_id, drug = ''",
    ],
)
def test_a_signed_consent_stays(sign, change):
    with pytest.raises(IntegrityError, match="never changed"):
        run(f"UPDATE {RECORD} SET {change} WHERE id = %s", sign().pk)


def test_a_signed_consent_is_not_deleted(sign):
    with pytest.raises(IntegrityError, match="never changed"):
        run(f"DELETE FROM {RECORD} WHERE id = %s", sign().pk)


@pytest.mark.parametrize(
    "change", ["withdrawn_at = NULL, withdrawn_by_id = NULL", "withdrawal_reason = 'x'"]
)
def test_a_withdrawal_is_for_good(sign, clinic, change):
    record = sign()
    withdraw_consent(record=record, by=clinic.desk, now=NOW)
    with pytest.raises(IntegrityError, match="never changed"):
        run(f"UPDATE {RECORD} SET {change} WHERE id = %s", record.pk)


def test_control_the_same_change_goes_through_without_the_trigger(sign):
    record = sign()
    run(f"DROP TRIGGER consent_record_stays ON {RECORD}")
    assert run(f"UPDATE {RECORD} SET drug = '', route = '' WHERE id = %s", record.pk) == 1


WRITE = "INSERT INTO {table} SELECT (jsonb_populate_record(row, %s::jsonb)).* FROM {table} AS row"


def copy_with(record_id: object, changes: str) -> int:
    """Write a copy of a consent with some columns changed."""
    statement = WRITE.format(table=RECORD) + " WHERE id = %s"
    return run(statement, changes, record_id)


NEW_ID = '"id": "01920000-0000-7000-8000-000000000001"'


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ('"expires_at": "2026-01-05T14:00:00Z"', "expires_after_signing"),
        ('"signed_at": "2026-01-05T15:00:00Z"', "signed_before_recorded"),
        ('"withdrawn_at": "2026-01-06T15:00:00Z"', "withdrawn_after_signing"),
        ('"withdrawal_reason": "x"', "withdrawn_after_signing"),
        ('"recipient": "Dr. Hale"', "scope_of_kind"),
        ('"drug": ""', "route_of_a_drug"),
        ('"representative": "Byron"', "representative_has_a_name"),
        ('"signed_by": "REPRESENTATIVE"', "representative_has_a_name"),
        ('"how": "VERBAL"', "words_need_a_witness"),
        ('"how": "THOUGHT"', "words_need_a_witness"),
        ('"kind": "EMAIL_DETAIL", "drug": "", "route": ""', "fits_its_text"),
    ],
)
def test_what_cannot_be_is_not_written(sign, changes, name):
    with pytest.raises(IntegrityError) as refused:
        copy_with(sign().pk, f"{{{NEW_ID}, {changes}}}")
    assert name in refused.value.__cause__.diag.constraint_name


def test_control_a_copy_without_a_fault_is_written(sign):
    assert copy_with(sign().pk, f"{{{NEW_ID}}}") == 1


def test_nobody_signs_the_text_of_a_stranger_or_a_draft(sign, other_clinic, clinic):
    record = sign()
    draft = ConsentText.objects.create(
        organization=clinic.organization, kind="TREATMENT", language="en", number=2,
        title="Draft", body="Words.", created_at=NOW,
    )  # fmt: skip
    theirs = ConsentText.objects.create(
        organization=other_clinic.organization, kind="TREATMENT", language="en", number=1,
        title="Theirs", body="Words.", created_at=NOW, published_at=NOW,
    )  # fmt: skip
    for text in (draft, theirs):
        with pytest.raises(IntegrityError, match="published text"):
            copy_with(record.pk, f'{{{NEW_ID}, "text_id": "{text.pk}"}}')
