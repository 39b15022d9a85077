"""Reading doses: of a course, and of a patient over all courses and clinics."""

from collections.abc import Iterable
from uuid import UUID, uuid4

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet

from clinic.identity.selectors import of_person, of_persons
from clinic.models import Patient
from clinic.prepared import Prepared
from courses.models import Course, Dose


def doses_of(course: Course) -> QuerySet[Dose]:
    """The course's doses, the ones elsewhere that it counts among them, oldest first."""
    return _standing().filter(course=course)


def doses_of_patient(patient: Patient) -> QuerySet[Dose]:
    """Every dose of the patient, here or elsewhere, oldest first: gaps and caps go by these.

    Those of the person's other charts are among them (DOMAIN 8.45).
    """
    return _standing().filter(of_person(patient.pk))


def given_to(patient: Patient) -> list[Dose]:
    """The same, read at once."""
    return _GIVEN(patient=patient.pk)


def last_dose(patient: Patient) -> Dose | None:
    """The patient's latest dose that counts for the schedule; None before the first."""
    return doses_of_patient(patient).filter(counts=True).order_by("-on", "-pk").first()


def last_doses(courses: Iterable[Course]) -> dict[UUID, Dose]:
    """The latest dose that counts of each course's patient, by the patient's id."""
    own = {course.patient_id for course in courses}
    rows = _standing().filter(of_persons(own), counts=True)
    same = Patient.objects.filter(person_id=OuterRef("patient__person_id"), pk__in=own)
    latest = rows.annotate(charts=ArraySubquery(same.values("pk")))
    latest = latest.order_by("patient__person_id", "-on", "-pk").distinct("patient__person_id")
    return {chart: dose for dose in latest for chart in dose.charts}


def _standing() -> QuerySet[Dose]:
    rows = Dose.objects.filter(withdrawn_at__isnull=True).select_related("recorded_by")
    return rows.order_by("on", "given_at", "pk")


def _given(patient: UUID) -> QuerySet[Dose]:
    return _standing().filter(of_person(patient))


_GIVEN = Prepared(_given, patient=uuid4())
