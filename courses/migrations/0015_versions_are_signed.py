"""Versions are drafted, signed, published and retired; what is published or signed stays."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

from clinic.walls import same_organization

# What may be added to a published version, each once: a signature, and that it is retired.
RULES = """
DROP TRIGGER protocol_version_stays ON courses_protocolversion;
CREATE TRIGGER protocol_version_stays
    BEFORE UPDATE ON courses_protocolversion
    FOR EACH ROW WHEN (
        OLD.published_at IS NOT NULL AND (
            to_jsonb(OLD) - ARRAY['signed_by_id', 'signed_at', 'signed_as', 'statement',
                'retired_at', 'retired_by_id', 'retired_reason']
            IS DISTINCT FROM
            to_jsonb(NEW) - ARRAY['signed_by_id', 'signed_at', 'signed_as', 'statement',
                'retired_at', 'retired_by_id', 'retired_reason']
            OR OLD.signed_at IS NOT NULL
                AND jsonb_build_array(OLD.signed_by_id, OLD.signed_at, OLD.signed_as, OLD.statement)
                <> jsonb_build_array(NEW.signed_by_id, NEW.signed_at, NEW.signed_as, NEW.statement)
            OR OLD.retired_at IS NOT NULL
                AND jsonb_build_array(OLD.retired_at, OLD.retired_by_id, OLD.retired_reason)
                <> jsonb_build_array(NEW.retired_at, NEW.retired_by_id, NEW.retired_reason)
        )
    )
    EXECUTE FUNCTION courses_refuse_change();
CREATE TRIGGER protocol_version_is_kept
    BEFORE DELETE ON courses_protocolversion
    FOR EACH ROW WHEN (OLD.published_at IS NOT NULL)
    EXECUTE FUNCTION courses_refuse_change();

-- What a course goes by never changes under it; it moves to another version of the same protocol.
CREATE FUNCTION courses_version_is_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM courses_protocolversion
        WHERE id = NEW.protocol_version_id AND published_at IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'a course goes by a published version of its protocol'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'course_version_is_published';
    END IF;
    IF TG_OP = 'UPDATE' AND (
        SELECT count(DISTINCT protocol_id) FROM courses_protocolversion
        WHERE id IN (OLD.protocol_version_id, NEW.protocol_version_id)
    ) > 1 THEN
        RAISE EXCEPTION 'a course keeps its protocol'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'course_keeps_its_protocol';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER course_version_is_published
    BEFORE INSERT ON courses_course
    FOR EACH ROW EXECUTE FUNCTION courses_version_is_published();
CREATE TRIGGER course_keeps_its_protocol
    BEFORE UPDATE OF protocol_version_id ON courses_course
    FOR EACH ROW WHEN (OLD.protocol_version_id IS DISTINCT FROM NEW.protocol_version_id)
    EXECUTE FUNCTION courses_version_is_published();
"""
RULES_BACK = """
DROP TRIGGER course_keeps_its_protocol ON courses_course;
DROP TRIGGER course_version_is_published ON courses_course;
DROP FUNCTION courses_version_is_published();
DROP TRIGGER protocol_version_is_kept ON courses_protocolversion;
DROP TRIGGER protocol_version_stays ON courses_protocolversion;
CREATE TRIGGER protocol_version_stays
    BEFORE UPDATE OF definition, number, protocol_id, published_at OR DELETE
    ON courses_protocolversion
    FOR EACH ROW WHEN (OLD.published_at IS NOT NULL)
    EXECUTE FUNCTION courses_refuse_change();
"""


# The check on the protocol alone, which a wider one replaces.
_BEFORE = same_organization("courses_protocolversion", protocol_id="courses_protocol")


def _member() -> models.ForeignKey:
    return models.ForeignKey(
        blank=True,
        null=True,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to="clinic.membership",
    )


def _version(name: str, field: models.Field, *, keep: bool = True) -> migrations.AddField:
    return migrations.AddField(
        model_name="protocolversion", name=name, field=field, preserve_default=keep
    )


class Migration(migrations.Migration):
    dependencies = [("courses", "0014_life_cycle")]

    operations = [
        migrations.AddField(
            model_name="protocol", name="is_in_use", field=models.BooleanField(default=True)
        ),
        # Whatever is published already was shipped; what comes from here on says so itself.
        _version("is_shipped", models.BooleanField(default=True), keep=False),
        migrations.AlterField(
            model_name="protocolversion",
            name="is_shipped",
            field=models.BooleanField(default=False),
        ),
        _version("note", models.CharField(blank=True, max_length=240, default=""), keep=False),
        _version(
            "follows",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="courses.protocolversion",
            ),
        ),
        _version("drafted_by", _member()),
        _version("drafted_at", models.DateTimeField(blank=True, null=True)),
        _version("signed_by", _member()),
        _version("signed_at", models.DateTimeField(blank=True, null=True)),
        _version("signed_as", models.CharField(blank=True, max_length=40, default=""), keep=False),
        _version("statement", models.CharField(blank=True, max_length=400, default=""), keep=False),
        _version("retired_by", _member()),
        _version(
            "retired_reason", models.CharField(blank=True, max_length=240, default=""), keep=False
        ),
        migrations.AddConstraint(
            model_name="protocolversion",
            constraint=models.UniqueConstraint(
                condition=Q(published_at__isnull=True),
                fields=("protocol",),
                name="protocol_version_one_draft",
            ),
        ),
        migrations.AddConstraint(
            model_name="protocolversion",
            constraint=models.CheckConstraint(
                name="protocol_version_signed_by_somebody",
                condition=Q(signed_at__isnull=True, signed_by__isnull=True, signed_as="")
                & Q(statement="")
                | Q(signed_at__isnull=False, signed_by__isnull=False, published_at__isnull=False)
                & ~Q(signed_as="")
                & ~Q(statement=""),
            ),
        ),
        migrations.AddConstraint(
            model_name="protocolversion",
            constraint=models.CheckConstraint(
                name="protocol_version_published_is_signed_or_shipped",
                condition=Q(published_at__isnull=True)
                | Q(is_shipped=True)
                | Q(signed_at__isnull=False),
            ),
        ),
        migrations.AddConstraint(
            model_name="protocolversion",
            constraint=models.CheckConstraint(
                name="protocol_version_retired_after_publishing",
                condition=Q(retired_at__isnull=True, retired_by__isnull=True, retired_reason="")
                | Q(retired_at__gte=F("published_at")),
            ),
        ),
        migrations.RunSQL(_BEFORE.reverse_sql, _BEFORE.sql),
        same_organization(
            "courses_protocolversion",
            protocol_id="courses_protocol",
            follows_id="courses_protocolversion",
            drafted_by_id="clinic_membership",
            signed_by_id="clinic_membership",
            retired_by_id="clinic_membership",
        ),
        migrations.RunSQL(RULES, RULES_BACK),
    ]
