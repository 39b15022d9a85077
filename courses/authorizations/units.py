"""How many devices doses take, by the dose rule of a course's protocol."""

from decimal import Decimal

from courses.authorizations.rules import devices
from courses.models import Course, Dose
from courses.selectors import definition_of


def units_of_dose(dose: Dose) -> int | None:
    """The devices of a given dose; the most it can have been where nobody noted the amount."""
    if dose.course is None:
        return None
    size = _device_mg(dose.course)
    if size and dose.amount_mg is not None:
        return devices(dose.amount_mg, size)
    return most_units(dose.course, dose.seq or 1)


def most_units(course: Course, seq: int) -> int | None:
    """The most devices that a dose of the course can take; None where the drug has none."""
    rule, size = definition_of(course.protocol_version).dose, _device_mg(course)
    if rule is None or not size:
        return None
    amounts = rule.first if seq == 1 and rule.first else rule.allowed
    return devices(Decimal(str(max(amounts))), size) if amounts else None


def _device_mg(course: Course) -> Decimal | None:
    rule = definition_of(course.protocol_version).dose
    return Decimal(str(rule.device_mg)) if rule and rule.device_mg else None
