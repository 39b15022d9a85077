"""The places of a course: every visit that its protocol calls for, taken or still open.

The planner numbers doses 1, 2, … without holes. A dose that was missed and lies behind a later
dose leaves a hole in the course's own numbers, so both numberings are kept here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from courses.models import Course
from courses.protocols import Dose, ProtocolDefinition
from scheduling.crew import crews
from scheduling.models import StaffClaim
from scheduling.planner import model as planner
from sessions.models import Session

Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Kept:
    """A visit that stays where it is."""

    visit: Session
    day: date
    room_id: str
    staff: dict[str, str]


@dataclass(frozen=True, slots=True)
class Places:
    """What the course calls for, in the course's numbers, without the places that lapsed."""

    definition: ProtocolDefinition
    preparation: tuple[int, ...]
    doses: tuple[Dose, ...]
    integration: tuple[int, ...]
    kept: dict[Key, Kept] = field(default_factory=dict)

    def open(self) -> list[Key]:
        """The places without a visit, by kind and number."""
        every = [("prep", n) for n in self.preparation]
        every += [("dosing", dose.seq) for dose in self.doses]
        every += [("integration", n) for n in self.integration]
        return [key for key in every if key not in self.kept]

    def kept_dates(self) -> list[date]:
        """The local dates of the visits that stay."""
        return [kept.day for kept in self.kept.values()]

    def most_days(self) -> int:
        """The most days that open doses take after the first or the last kept one, and talk."""
        gaps = (dose.gap for dose in self.doses if ("dosing", dose.seq) not in self.kept)
        after = self.definition.integration.days[1] if self.definition.integration else 0
        return sum(gap.max_days for gap in gaps if gap) + after

    def protocol(self, key: Callable[[str], str]) -> planner.Protocol:
        """The planner's protocol; `key` names its visit types."""
        rule = self.definition
        after = rule.integration
        numbers = {dose.seq: n for n, dose in enumerate(self.doses, 1)}
        return planner.Protocol(
            prep=tuple(
                planner.PrepRule(key(prep.visit), prep.days_before_first)
                for prep in (rule.preparation[n - 1] for n in self.preparation)
            ),
            dosing=tuple(_dose_rule(n, dose, key) for n, dose in enumerate(self.doses, 1)),
            spans=tuple(
                planner.SpanRule(numbers[span.to_dose], span.max_days)
                for span in rule.spans
                if span.to_dose in numbers
            ),
            integration=tuple(
                planner.IntegrationRule(numbers[n], key(after.visit), after.days)
                for n in self.integration
                if after
            ),
        )

    def previous(self) -> Iterator[planner.Previous]:
        """The visits that stay, in the planner's numbers."""
        for key, number in self._planner_numbers().items():
            if kept := self.kept.get(key):
                yield planner.Previous(
                    kind=key[0],  # type: ignore[arg-type]
                    seq=number,
                    start=kept.visit.starts_at,
                    room_id=kept.room_id,
                    staff=kept.staff,
                    locked=True,
                )

    def _planner_numbers(self) -> dict[Key, int]:
        doses = {dose.seq: n for n, dose in enumerate(self.doses, 1)}
        numbers: dict[Key, int] = {("prep", seq): n for n, seq in enumerate(self.preparation, 1)}
        numbers |= {("dosing", seq): n for seq, n in doses.items()}
        return numbers | {("integration", seq): doses[seq] for seq in self.integration}

    def planner_number(self, kind: str, seq: int) -> int:
        """The planner's number of a place; KeyError when the place lapsed."""
        return self._planner_numbers()[kind, seq]

    def course_number(self, kind: str, number: int) -> int:
        """The course's number of a place that the planner numbered."""
        return next(
            seq for (of, seq), n in self._planner_numbers().items() if of == kind and n == number
        )


def _dose_rule(number: int, dose: Dose, key: Callable[[str], str]) -> planner.DoseRule:
    if number == 1 or dose.gap is None:
        return planner.DoseRule(key(dose.visit))
    gap = dose.gap
    return planner.DoseRule(
        key(dose.visit), (gap.min_days, gap.max_days), round(gap.target_days * 2)
    )


def places_of(course: Course, definition: ProtocolDefinition, *, today: date) -> Places:
    """The course's places as they stand: kept visits, and which open ones have lapsed."""
    kept = {(one.visit.kind, one.visit.seq): one for one in _kept_visits(course)}
    doses = definition.doses(course.dose_count)
    given = [seq for (kind, seq), one in kept.items() if kind == "dosing" and one.day < today]
    behind = max(given, default=0)
    stay = tuple(d for d in doses if d.seq > behind or ("dosing", d.seq) in kept)
    return Places(
        definition=definition,
        preparation=_preparation(definition, kept, today),
        doses=stay,
        integration=_integration(definition, stay, kept, today),
        kept=kept,
    )


def _kept_visits(course: Course) -> Iterator[Kept]:
    visits = course.visits.live().select_related("reservation").order_by("starts_at", "pk")
    staff = crews(StaffClaim.objects.filter(reservation__session__in=visits.values("pk")))
    for visit in visits:
        claim = visit.reservation
        day = visit.starts_at.astimezone(course.site.zone).date()
        yield Kept(visit, day, str(claim.room_id), dict(staff.get(claim.pk, {})))


def _preparation(
    definition: ProtocolDefinition, kept: dict[Key, Kept], today: date
) -> tuple[int, ...]:
    """Preparation that is booked, or can still come before the first dose."""
    first = kept.get(("dosing", 1))
    too_late = first is not None and first.day <= today
    numbers = range(1, len(definition.preparation) + 1)
    return tuple(n for n in numbers if ("prep", n) in kept or not too_late)


def _integration(
    definition: ProtocolDefinition, doses: tuple[Dose, ...], kept: dict[Key, Kept], today: date
) -> tuple[int, ...]:
    """Integration that is booked, or whose days after the dose are not over."""
    if definition.integration is None:
        return ()
    latest = timedelta(days=definition.integration.days[1])
    wanted = set(definition.integrations(max((d.seq for d in doses), default=0)))

    def still_possible(seq: int) -> bool:
        dose = kept.get(("dosing", seq))
        return dose is None or dose.day + latest >= today

    return tuple(
        dose.seq
        for dose in doses
        if dose.seq in wanted and (("integration", dose.seq) in kept or still_possible(dose.seq))
    )
