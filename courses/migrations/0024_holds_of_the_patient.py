"""What holds a patient's doses for the patient's own sake holds every open course of theirs.

Holds that were opened before courses took them over from one another are written down for the
others, with the same source; not where a clinician has released the same one since.
"""

from django.db import migrations
from django.db.models import F
from django.utils import timezone

OF_THE_PATIENT = (
    "SUICIDE_RISK", "PREGNANCY", "PSYCHIATRIC", "HOSPITAL", "DRUG_SCREEN", "URINARY",
)  # fmt: skip
OVER = ("COMPLETED", "STOPPED")


def carry(apps, schema_editor):
    """Hold the other open courses of each person too."""
    Hold = apps.get_model("courses", "Hold")
    CourseEvent = apps.get_model("courses", "CourseEvent")
    Course = apps.get_model("courses", "Course")
    now = timezone.now()
    waiting = Hold.objects.filter(released_at=None, kind__in=OF_THE_PATIENT)
    waiting = waiting.annotate(person=F("course__patient__person_id"))
    for hold in waiting.order_by("opened_at", "pk"):
        courses = Course.objects.filter(patient__person_id=hold.person).exclude(status__in=OVER)
        for course in courses.exclude(pk=hold.course_id).order_by("pk"):
            same = Hold.objects.filter(course=course, kind=hold.kind, source_id=hold.source_id)
            is_settled = same.filter(released_at__gte=hold.opened_at).exists()
            if is_settled or same.filter(released_at=None).exists():
                continue
            new = Hold.objects.create(
                organization_id=hold.organization_id, course=course, kind=hold.kind,
                source_id=hold.source_id, opened_at=now, reason=hold.reason,
            )  # fmt: skip
            CourseEvent.objects.create(
                organization_id=hold.organization_id, course=course, kind="HELD", at=now,
                reason=hold.reason, detail={"hold": str(new.pk), "kind": new.kind},
            )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0016_one_chart_stands"),
        ("courses", "0023_doses_are_confirmed"),
    ]

    operations = [migrations.RunPython(carry, migrations.RunPython.noop)]
