"""Texts of consents and who signed them: published texts and signed consents stay as they are."""

from django.db import migrations, models

from clinic.tables import Tables, audit, key, reference, tenant

RULES = """
CREATE FUNCTION clinic_consent_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% rows are never changed', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
END $$;

CREATE TRIGGER consent_text_stays
    BEFORE UPDATE OR DELETE ON clinic_consenttext
    FOR EACH ROW WHEN (OLD.published_at IS NOT NULL)
    EXECUTE FUNCTION clinic_consent_stays();

CREATE TRIGGER consent_record_is_kept
    BEFORE DELETE ON clinic_consentrecord
    FOR EACH ROW EXECUTE FUNCTION clinic_consent_stays();

-- What is added once is the withdrawal, and nothing else ever.
CREATE TRIGGER consent_record_stays
    BEFORE UPDATE ON clinic_consentrecord
    FOR EACH ROW WHEN (
        OLD.withdrawn_at IS NOT NULL
        OR to_jsonb(OLD) - ARRAY['withdrawn_at', 'withdrawn_by_id', 'withdrawal_reason']
            IS DISTINCT FROM
            to_jsonb(NEW) - ARRAY['withdrawn_at', 'withdrawn_by_id', 'withdrawal_reason']
    )
    EXECUTE FUNCTION clinic_consent_stays();

CREATE FUNCTION clinic_consent_fits_its_text() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM clinic_consenttext AS page
        JOIN clinic_patient AS patient ON patient.organization_id = page.organization_id
        WHERE page.id = NEW.text_id AND patient.id = NEW.patient_id
            AND page.kind = NEW.kind AND page.published_at IS NOT NULL
            AND page.organization_id = NEW.organization_id
    ) THEN
        RAISE EXCEPTION 'A consent is to a published text of its kind and organisation'
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER consent_record_fits_its_text
    BEFORE INSERT ON clinic_consentrecord
    FOR EACH ROW EXECUTE FUNCTION clinic_consent_fits_its_text();
"""
RULES_BACK = """
DROP TRIGGER consent_record_fits_its_text ON clinic_consentrecord;
DROP TRIGGER consent_record_stays ON clinic_consentrecord;
DROP TRIGGER consent_record_is_kept ON clinic_consentrecord;
DROP TRIGGER consent_text_stays ON clinic_consenttext;
DROP FUNCTION clinic_consent_fits_its_text();
DROP FUNCTION clinic_consent_stays();
"""


class Migration(migrations.Migration):
    replaces = [("clinic", "0007_consents")]
    dependencies = [("clinic", "0003_patients")]

    operations = [
        Tables(
            [
                migrations.CreateModel(
                    name="ConsentText",
                    fields=[
                        ("id", key()),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("TREATMENT", "Treatment"),
                                    ("EMAIL_DETAIL", "Detail in e-mails"),
                                    ("ESCORT_CONTACT", "Contact with the escort"),
                                    ("RELEASE", "Release of information"),
                                ],
                                max_length=16,
                            ),
                        ),
                        (
                            "language",
                            models.CharField(
                                choices=[("en", "English"), ("es", "Español")], max_length=8
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField()),
                        ("title", models.CharField(max_length=120)),
                        ("body", models.TextField(max_length=20000)),
                        ("valid_months", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("is_shipped", models.BooleanField(default=False)),
                        ("created_at", models.DateTimeField()),
                        ("published_at", models.DateTimeField(blank=True, null=True)),
                        ("created_by", reference("clinic.membership", blank=True, null=True)),
                        ("organization", tenant()),
                        ("published_by", reference("clinic.membership", blank=True, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("organization", "kind", "language", "number"),
                                name="consenttext_number_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("published_at__isnull", True)),
                                fields=("organization", "kind", "language"),
                                name="consenttext_one_draft",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        ["TREATMENT", "EMAIL_DETAIL", "ESCORT_CONTACT", "RELEASE"],
                                    )
                                ),
                                name="consenttext_kind",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_months__isnull", True),
                                    ("valid_months__range", (1, 120)),
                                    _connector="OR",
                                ),
                                name="consenttext_valid_for_a_while",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("published_by__isnull", True),
                                    models.Q(
                                        ("published_at__gte", models.F("created_at")),
                                        ("published_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="consenttext_published_by_somebody",
                            ),
                        ],
                        "triggers": [
                            audit(
                                "clinic.ConsentText",
                                hash="38fc3639ff44",
                                without="id,organization_id",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ConsentRecord",
                    fields=[
                        ("id", key()),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("TREATMENT", "Treatment"),
                                    ("EMAIL_DETAIL", "Detail in e-mails"),
                                    ("ESCORT_CONTACT", "Contact with the escort"),
                                    ("RELEASE", "Release of information"),
                                ],
                                max_length=16,
                            ),
                        ),
                        (
                            "drug",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("racemic ketamine", "Ketamine"),
                                    ("esketamine", "Esketamine"),
                                ],
                                max_length=40,
                            ),
                        ),
                        (
                            "route",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("IV", "into a vein (IV)"),
                                    ("IM", "into a muscle (IM)"),
                                    ("SC", "under the skin (SC)"),
                                    ("oral", "by mouth"),
                                    ("sublingual", "under the tongue"),
                                    ("nasal", "nasal spray"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("recipient", models.CharField(blank=True, max_length=160)),
                        ("signed_at", models.DateTimeField()),
                        (
                            "how",
                            models.CharField(
                                choices=[
                                    ("PAPER", "On paper, seen by staff"),
                                    ("SCREEN", "On a screen at the clinic"),
                                    ("LINK", "By the patient’s own link"),
                                    ("VERBAL", "In words, before a witness"),
                                ],
                                max_length=8,
                            ),
                        ),
                        (
                            "signed_by",
                            models.CharField(
                                choices=[
                                    ("PATIENT", "The patient"),
                                    ("REPRESENTATIVE", "A legal representative"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("representative", models.CharField(blank=True, max_length=160)),
                        ("recorded_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField(blank=True, null=True)),
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                        ("withdrawal_reason", models.CharField(blank=True, max_length=240)),
                        ("organization", tenant()),
                        ("patient", reference("clinic.patient", related_name="consents")),
                        ("recorded_by", reference("clinic.membership")),
                        ("withdrawn_by", reference("clinic.membership", blank=True, null=True)),
                        ("witness", reference("clinic.membership", blank=True, null=True)),
                        ("text", reference("clinic.consenttext", related_name="records")),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("expires_at__isnull", True),
                                    ("expires_at__gt", models.F("signed_at")),
                                    _connector="OR",
                                ),
                                name="consentrecord_expires_after_signing",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("recorded_at__gte", models.F("signed_at"))),
                                name="consentrecord_signed_before_recorded",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("withdrawal_reason", ""),
                                        ("withdrawn_at__isnull", True),
                                        ("withdrawn_by__isnull", True),
                                    ),
                                    models.Q(
                                        ("withdrawn_at__gte", models.F("recorded_at")),
                                        ("withdrawn_by__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="consentrecord_withdrawn_after_signing",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "TREATMENT"), ("recipient", "")),
                                    models.Q(
                                        ("drug", ""),
                                        ("kind", "RELEASE"),
                                        ("route", ""),
                                        models.Q(("recipient", ""), _negated=True),
                                    ),
                                    models.Q(
                                        ("drug", ""),
                                        ("kind__in", ["EMAIL_DETAIL", "ESCORT_CONTACT"]),
                                        ("route", ""),
                                    ),
                                    _connector="OR",
                                ),
                                name="consentrecord_scope_of_kind",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("route", ""),
                                    models.Q(("drug", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="consentrecord_route_of_a_drug",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("representative", ""), ("signed_by", "PATIENT")),
                                    models.Q(
                                        ("signed_by", "REPRESENTATIVE"),
                                        models.Q(("representative", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="consentrecord_representative_has_a_name",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("how__in", ["PAPER", "SCREEN", "LINK"]),
                                        models.Q(("how", "VERBAL"), ("witness__isnull", False)),
                                        _connector="OR",
                                    ),
                                    models.Q(
                                        ("witness__isnull", True),
                                        models.Q(
                                            ("witness", models.F("recorded_by")), _negated=True
                                        ),
                                        _connector="OR",
                                    ),
                                ),
                                name="consentrecord_words_need_a_witness",
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                fields=["patient", "kind", "-signed_at"],
                                name="consentrecord_by_patient",
                            )
                        ],
                        "triggers": [
                            audit(
                                "clinic.ConsentRecord",
                                hash="8bec72731dd5",
                                patient="subject.patient_id",
                                without="id,organization_id",
                            ),
                        ],
                    },
                ),
            ]
        ),
        migrations.RunSQL(RULES, RULES_BACK),
    ]
