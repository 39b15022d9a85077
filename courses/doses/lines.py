"""A patient's doses as a course's page lists them: the gap before each, planned and actual."""

from dataclasses import dataclass

from courses.doses.selectors import doses_of_patient
from courses.models import Course, Dose
from courses.protocols import Gap
from courses.selectors import definition_of


@dataclass(frozen=True, slots=True)
class DoseLine:
    """One dose with the days since the one before it."""

    dose: Dose
    days: int | None
    gap: Gap | None
    is_own: bool
    is_of_other_chart: bool = False

    @property
    def is_elsewhere(self) -> bool:
        """Whether another clinic gave it."""
        return self.dose.source == Dose.Source.OUTSIDE

    @property
    def fit(self) -> str:
        """How the actual gap lies to the planned one: near, far, beyond, or nothing to say."""
        if self.days is None or self.gap is None:
            return ""
        if self.days < self.gap.min_days:
            return "near"
        if self.days <= self.gap.max_days:
            return ""
        is_beyond = self.gap.hard_max_days is not None and self.days > self.gap.hard_max_days
        return "beyond" if is_beyond else "far"


def dose_lines(course: Course) -> list[DoseLine]:
    """Every dose of the patient over all courses and clinics, oldest first."""
    doses = list(doses_of_patient(course.patient).select_related("course__protocol_version"))
    definition = definition_of(course.protocol_version)
    most = max((dose.seq or 0 for dose in doses if dose.course_id == course.pk), default=0)
    gaps = {one.seq: one.gap for one in definition.doses(most)} if most else {}
    return [
        DoseLine(
            dose=dose,
            days=(dose.on - before.on).days if before else None,
            gap=gaps.get(dose.seq or 0) if dose.course_id == course.pk else None,
            is_own=dose.course_id == course.pk,
            is_of_other_chart=dose.patient_id != course.patient_id,
        )
        for before, dose in zip([None, *doses], doses, strict=False)
    ]
