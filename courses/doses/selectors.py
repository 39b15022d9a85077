"""Reading doses: of a course, and of a patient over all courses and clinics."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from clinic.models import Patient
from courses.models import Course, Dose


def doses_of(course: Course) -> QuerySet[Dose]:
    """The course's doses, the ones elsewhere that it counts among them, oldest first."""
    return _standing().filter(course=course)


def doses_of_patient(patient: Patient) -> QuerySet[Dose]:
    """Every dose of the patient, here or elsewhere, oldest first: gaps and caps go by these."""
    return _standing().filter(patient=patient)


def last_dose(patient: Patient) -> Dose | None:
    """The patient's latest dose that counts for the schedule; None before the first."""
    return doses_of_patient(patient).filter(counts=True).order_by("-on", "-pk").first()


def last_doses(courses: Iterable[Course]) -> dict[UUID, Dose]:
    """The latest dose that counts of each course's patient, by the patient's id."""
    rows = _standing().filter(patient__in={course.patient_id for course in courses}, counts=True)
    latest = rows.order_by("patient_id", "-on", "-pk").distinct("patient_id")
    return {dose.patient_id: dose for dose in latest}


def _standing() -> QuerySet[Dose]:
    rows = Dose.objects.filter(withdrawn_at__isnull=True).select_related("recorded_by")
    return rows.order_by("on", "given_at", "pk")
