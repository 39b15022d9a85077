"""Texts of consents and who signed them: published texts and signed consents stay as they are."""

import django.db.models.deletion
from django.db import migrations, models
from django.utils import timezone

import clinic.identifiers
from clinic.consents.shipped import shipped_texts
from clinic.walls import wall

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


def give_texts(apps, schema_editor):
    """Organisations that are there already begin with the shipped texts, as new ones do."""
    now = timezone.now()
    text = apps.get_model("clinic", "ConsentText")
    for organization in apps.get_model("clinic", "Organization").objects.all():
        for page in shipped_texts():
            text.objects.create(
                organization=organization,
                kind=page.kind,
                language=page.language,
                number=1,
                title=page.title,
                body=page.body,
                valid_months=page.valid_months,
                is_shipped=True,
                created_at=now,
                published_at=now,
            )


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0006_staff_and_tokens"),
    ]

    operations = [
        migrations.CreateModel(
            name="ConsentText",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=clinic.identifiers.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
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
                    models.CharField(choices=[("en", "English"), ("es", "Español")], max_length=8),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("title", models.CharField(max_length=120)),
                ("body", models.TextField(max_length=20000)),
                ("valid_months", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("is_shipped", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField()),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.membership",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.organization",
                    ),
                ),
                (
                    "published_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.membership",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ConsentRecord",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=clinic.identifiers.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
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
                        choices=[("racemic ketamine", "Ketamine"), ("esketamine", "Esketamine")],
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
                (
                    "organization",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.organization",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consents",
                        to="clinic.patient",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.membership",
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.membership",
                    ),
                ),
                (
                    "witness",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.membership",
                    ),
                ),
                (
                    "text",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="records",
                        to="clinic.consenttext",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="consenttext",
            constraint=models.UniqueConstraint(
                fields=("organization", "kind", "language", "number"),
                name="consenttext_number_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="consenttext",
            constraint=models.UniqueConstraint(
                condition=models.Q(("published_at__isnull", True)),
                fields=("organization", "kind", "language"),
                name="consenttext_one_draft",
            ),
        ),
        migrations.AddConstraint(
            model_name="consenttext",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["TREATMENT", "EMAIL_DETAIL", "ESCORT_CONTACT", "RELEASE"])
                ),
                name="consenttext_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="consenttext",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_months__isnull", True),
                    ("valid_months__range", (1, 120)),
                    _connector="OR",
                ),
                name="consenttext_valid_for_a_while",
            ),
        ),
        migrations.AddConstraint(
            model_name="consenttext",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddIndex(
            model_name="consentrecord",
            index=models.Index(
                fields=["patient", "kind", "-signed_at"], name="consentrecord_by_patient"
            ),
        ),
        migrations.AddConstraint(
            model_name="consentrecord",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("expires_at__isnull", True),
                    ("expires_at__gt", models.F("signed_at")),
                    _connector="OR",
                ),
                name="consentrecord_expires_after_signing",
            ),
        ),
        migrations.AddConstraint(
            model_name="consentrecord",
            constraint=models.CheckConstraint(
                condition=models.Q(("recorded_at__gte", models.F("signed_at"))),
                name="consentrecord_signed_before_recorded",
            ),
        ),
        migrations.AddConstraint(
            model_name="consentrecord",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="consentrecord",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="consentrecord",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("route", ""), models.Q(("drug", ""), _negated=True), _connector="OR"
                ),
                name="consentrecord_route_of_a_drug",
            ),
        ),
        migrations.AddConstraint(
            model_name="consentrecord",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="consentrecord",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("how__in", ["PAPER", "SCREEN", "LINK"]),
                        models.Q(("how", "VERBAL"), ("witness__isnull", False)),
                        _connector="OR",
                    ),
                    models.Q(
                        ("witness__isnull", True),
                        models.Q(("witness", models.F("recorded_by")), _negated=True),
                        _connector="OR",
                    ),
                ),
                name="consentrecord_words_need_a_witness",
            ),
        ),
        wall("clinic_consenttext"),
        wall("clinic_consentrecord"),
        migrations.RunSQL(RULES, RULES_BACK),
        migrations.RunPython(give_texts, migrations.RunPython.noop),
    ]
