"""Which caps a dose of a course would exceed, counted over all the patient's doses."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from courses.caps.rules import Excess, Taken, excesses
from courses.doses.selectors import doses_of_patient
from courses.models import CapOverride, Course, Dose
from courses.selectors import definition_of


def excesses_of(
    course: Course,
    *,
    seq: int,
    on: date,
    planned: Iterable[date] = (),
    amount_mg: Decimal | None = None,
    given: Iterable[Dose] | None = None,
) -> list[Excess]:
    """The caps that the course's dose of that number exceeds on that date, labels' first.

    `planned` are the dates of the patient's other doses to come, `given` those that were, where
    they are at hand. What a prescriber allowed on the date is left out.
    """
    definition = definition_of(course.protocol_version)
    before = doses_of_patient(course.patient) if given is None else given
    taken = [
        Taken(dose.on, dose.amount_mg if dose.drug == definition.drug else Decimal(0))
        for dose in before
    ]
    found = excesses(
        definition,
        block=definition.doses(seq)[-1].block,
        dose=Taken(on, amount_mg),
        others=[*taken, *(Taken(day) for day in planned)],
    )
    if (
        found
        and CapOverride.objects.filter(course=course, on=on, kind=CapOverride.Kind.CAP).exists()
    ):
        found = [one for one in found if one.is_label]
    return sorted(found, key=lambda one: not one.is_label)
