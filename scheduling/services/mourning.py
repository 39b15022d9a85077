"""What follows from a confirmed death: nothing is booked, sent or given any more (DOMAIN 8.43)."""

from datetime import datetime

from django.db import transaction

from clinic.charts import lock_charts, restrict_chart
from clinic.deaths.services import confirm_death
from clinic.identity.selectors import of_person
from clinic.models import Membership, PatientDeath
from courses.models import Course
from courses.services import stop_course
from reminders.models import Message
from scheduling.services.calling_off import call_off
from scheduling.services.claiming import lock_courses_of
from scheduling.services.halting import STOPPED

RESTRICTED = "The patient has died: access is restricted."
Status = Course.Status
OPEN = (Status.DRAFT, Status.ACTIVE, Status.PAUSED, Status.INTERRUPTED)


@transaction.atomic
def settle_death(
    *, death: PatientDeath, by: Membership, now: datetime, restricts: bool = False
) -> None:
    """Confirm the death, stop every course and call off what is booked, without any letter.

    Raises DeathNotOpen, ChartsJustLinked, DomainError for who reported it; then nothing changed.
    """
    lock_courses_of(death.patient_id)
    lock_charts(death.patient)
    confirm_death(death=death, by=by, now=now)
    person = of_person(death.patient_id)
    open_ones = Course.objects.filter(person, status__in=OPEN)
    for course in open_ones.select_related("site", "patient").order_by("pk"):
        stop_course(course=course, code=Course.StopReason.DEATH, by=by, reason="", now=now)
        call_off(course=course, by=by, reason=STOPPED, now=now, is_told=False)
    Message.objects.filter(person, status=Message.Status.PENDING).update(
        status=Message.Status.SUPPRESSED
    )
    if restricts and not death.patient.is_restricted:
        restrict_chart(patient=death.patient, by=by, is_restricted=True, reason=RESTRICTED, now=now)
