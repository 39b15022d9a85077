"""What protocols say of a patient's amounts: of the next dose, and of one that somebody typed."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from clinic.errors import DomainError
from clinic.models import Patient
from courses.doses.selectors import doses_of
from courses.dosing import Place, rule_in_words, why_asked
from courses.models import Course
from courses.protocols import ProtocolDefinition
from courses.protocols.clinical import DoseRule
from courses.screening.ages import age_on
from courses.selectors import definition_of, published_versions

OVER = frozenset({Course.Status.COMPLETED, Course.Status.STOPPED})


class AmountToConfirm(DomainError):
    """The amount is not what the protocol of the drug and route has: is it right?"""

    code = "amount-to-confirm"


@dataclass(frozen=True, slots=True)
class Amount:
    """Something that the protocol says of the next dose; `is_default`: nobody stands for it."""

    text: str
    is_default: bool


def next_amounts(course: Course, *, today: date) -> list[Amount]:
    """What the protocol says of the course's next dose; empty where it has no rule, or no dose."""
    definition = definition_of(course.protocol_version)
    given = [dose for dose in doses_of(course) if dose.counts]
    if definition.dose is None or course.status in OVER or len(given) >= course.dose_count:
        return []
    first_on = given[0].on if given else today
    place = Place(not given, age_on(course.patient.birth_date, first_on))
    is_signed = course.protocol_version.is_signed
    return [
        Amount(said.text, not is_signed and _has_no_authority(definition, said.path))
        for said in rule_in_words(definition.dose, place)
    ]


def _has_no_authority(definition: ProtocolDefinition, path: str) -> bool:
    source = definition.source_of(path)
    return source is not None and "dd" in source.authority.split(", ")


@dataclass(frozen=True, slots=True)
class Given:
    """A dose as somebody typed it; with `seq` it takes that place of the course."""

    drug: str
    route: str
    amount_mg: Decimal
    on: date
    seq: int | None


def ask_about_amount(*, patient: Patient, course: Course | None, given: Given) -> None:
    """Raise AmountToConfirm for an amount that the protocol of that drug and route does not have.

    The course's own protocol is asked first; nothing is said of a drug that none has (DOMAIN 8.50).
    """
    rule = _rule_of(patient, course, given)
    if rule is None:
        return
    place = Place(given.seq == 1, age_on(patient.birth_date, _first_day(course, given.on)))
    if why := why_asked(rule, given.amount_mg, place):
        message = f"{why}. Was it {given.amount_mg.normalize():f} mg? Put it right, or confirm it."
        raise AmountToConfirm(message, field="amount_mg")


def _first_day(course: Course | None, on: date) -> date:
    first = doses_of(course).first() if course else None
    return min(first.on, on) if first else on


def _rule_of(patient: Patient, course: Course | None, given: Given) -> DoseRule | None:
    own = [course.protocol_version] if course else []
    others = published_versions(organization=patient.organization)
    found = (definition_of(version) for version in (*own, *others))
    return next((one.dose for one in found if one.dose and _is_of(one, given)), None)


def _is_of(definition: ProtocolDefinition, given: Given) -> bool:
    said = (given.drug.strip().casefold(), given.route.strip().casefold())
    return said == (definition.drug.casefold(), definition.route.casefold())
