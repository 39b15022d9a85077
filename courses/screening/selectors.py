"""Reads: whether courses are cleared, what a screening goes by, and how it stands."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min, QuerySet

from clinic.identity.selectors import of_person
from clinic.prepared import PreparedForOne
from courses.lapses.rules import allowed_on_ladder
from courses.lapses.selectors import intervals_in_force
from courses.models import Condition, Course, Dose, Finding, Screening
from courses.protocols import ProtocolDefinition
from courses.screening import clearing
from courses.screening.clearing import Clearance, Standing
from courses.selectors import definition_of
from courses.thresholds.selectors import thresholds_of

__all__ = ["Clearance", "clearance", "clearances"]

# The first zone on Earth to begin a day.
EASTERNMOST = timedelta(hours=14)


def clearance(course: Course, on: date) -> Clearance:
    """Whether doses of the course may be given on that local date, and booked as firm."""
    return clearances([course], on)[course.pk]


def clearances(courses: Iterable[Course], on: date) -> dict[UUID, Clearance]:
    """The clearance of each course on that day, in a number of queries that stays."""
    found = standings(list(courses))
    return {key: clearing.clearance_of(standing, on) for key, standing in found.items()}


def standings(courses: list[Course]) -> dict[UUID, Standing]:
    """What the clearance of each course goes by; the courses come with patient and version."""
    if not courses:
        return {}
    latest, in_progress = _screenings(courses)
    decided = [one.pk for one in latest.values()]
    overrides, conditions = _overrides(decided), _conditions(decided)
    doses = _doses(courses)
    intervals = intervals_in_force(courses)
    days = thresholds_of(courses[0].organization).rescreen_lapse_days
    return {
        course.pk: _standing(
            course,
            latest.get(course.pk),
            doses.get(course.pk, (0, None)),
            is_in_progress=course.pk in in_progress,
            overrides=overrides,
            conditions=conditions,
            lapse_days=days,
            interval=intervals.get(course.pk),
        )
        for course in courses
    }


def _standing(
    course: Course,
    screening: Screening | None,
    doses: tuple[int, date | None],
    *,
    is_in_progress: bool,
    overrides: Mapping[UUID, list[date]],
    conditions: Mapping[UUID, list[date]],
    lapse_days: int,
    interval: int | None,
) -> Standing:
    given, last = doses
    if screening is None or screening.decided_at is None:
        return Standing("", course.patient.birth_date, is_in_progress=is_in_progress)
    definition = definition_of(course.protocol_version)
    planned = longest_gap(definition, given + 1, interval) if last else None
    return Standing(
        status=screening.status,
        birth_date=course.patient.birth_date,
        decided_on=screening.decided_at.astimezone(course.site.zone).date(),
        expires_on=screening.expires_on,
        last_dose_on=last,
        overrides_end=overrides.get(screening.pk, []),
        conditions_due=conditions.get(screening.pk, []),
        lapse_days=clearing.lapse_days(lapse_days, planned),
        is_in_progress=is_in_progress,
    )


def longest_gap(definition: ProtocolDefinition, seq: int, interval: int | None) -> int | None:
    """The most days that the protocol plans before that dose; None where it plans none.

    On the ladder it goes by the interval in force, and before one is by the longest.
    """
    try:
        dose = definition.doses(seq)[-1]
    except ValueError:
        return None
    allowed = allowed_on_ladder(definition, dose.block, interval)
    if allowed is not None:
        return allowed
    longest = dose.gap.max_days if dose.gap else None
    ladder = definition.maintenance
    if ladder and definition.open_block and dose.block == definition.open_block.name:
        return max(longest or 0, ladder.ladder_days[-1] + ladder.late_days)
    return longest


def _screenings_in(courses: Collection[UUID]) -> QuerySet[Screening]:
    rows = Screening.objects.filter(course__in=courses).defer("basis", "reasons")
    return rows.order_by("course_id", "started_at", "pk")


_SCREENINGS = PreparedForOne(_screenings_in)


def _screenings(courses: list[Course]) -> tuple[dict[UUID, Screening], set[UUID]]:
    """The latest decided screening of each course, and the courses that are being screened."""
    latest: dict[UUID, Screening] = {}
    in_progress: set[UUID] = set()
    for row in _SCREENINGS([course.pk for course in courses]):
        if row.is_open:
            in_progress.add(row.course_id)
        else:
            latest[row.course_id] = row
    return latest, in_progress


def _findings_in(screenings: Collection[UUID]) -> QuerySet[Finding, tuple[UUID, date | None]]:
    rows = Finding.objects.filter(screening__in=screenings)
    latest = rows.order_by("screening_id", "code", "-recorded_at", "-pk")
    newest = latest.distinct("screening_id", "code")
    return newest.values_list("screening_id", "override_until")


_FINDINGS = PreparedForOne(_findings_in)


def _overrides(screenings: list[UUID]) -> dict[UUID, list[date]]:
    found: dict[UUID, list[date]] = defaultdict(list)
    for key, until in _FINDINGS(screenings):
        if until is not None:
            found[key].append(until)
    return found


def _conditions(screenings: list[UUID]) -> dict[UUID, list[date]]:
    return {row["screening_id"]: [row["first"]] for row in _CONDITIONS(screenings)}


def _conditions_in(screenings: Collection[UUID]) -> QuerySet[Any, Any]:
    rows = Condition.objects.filter(screening__in=screenings, met_at=None)
    return rows.values("screening_id").annotate(first=Min("due_on"))


_CONDITIONS = PreparedForOne(_conditions_in)


def _doses(courses: list[Course]) -> dict[UUID, tuple[int, date | None]]:
    counted = _COUNTED([course.pk for course in courses])
    return {row["course_id"]: (row["number"], row["last"]) for row in counted}


def _counted_in(courses: Collection[UUID]) -> QuerySet[Any, Any]:
    rows = Dose.objects.filter(course__in=courses, withdrawn_at=None, counts=True)
    return rows.values("course_id").annotate(number=Count("pk"), last=Max("on"))


_COUNTED = PreparedForOne(_counted_in)


def screenings_of(course: Course) -> QuerySet[Screening]:
    """Every screening of the course, newest first."""
    rows = Screening.objects.filter(course=course).select_related("started_by", "evaluator")
    return rows.order_by("-started_at", "-pk")


def open_screening(course: Course) -> Screening | None:
    """The screening that somebody is working on, if there is one."""
    return Screening.objects.open().filter(course=course).first()


def standing_screening(course: Course) -> Screening | None:
    """The decision that stands; None before the first, and where it no longer holds."""
    return Screening.objects.filter(course=course, status__in=Screening.DECIDED).first()


def current_findings(screening: Screening) -> dict[str, Finding]:
    """The answer that holds for each code."""
    rows = Finding.objects.filter(screening=screening).select_related(
        "recorded_by", "override_by", "in_error_by"
    )
    latest = rows.order_by("code", "-recorded_at", "-pk").distinct("code")
    return {row.code: row for row in latest}


def lasting_found_before(course: Course, codes: Iterable[str]) -> set[str]:
    """Those of the codes to which the latest answer of any screening of the patient was yes.

    Screenings under the person's other charts are among them (DOMAIN 8.45).
    """
    rows = Finding.objects.filter(
        of_person(course.patient_id, "screening__course__patient"), code__in=list(codes)
    )
    latest = rows.order_by("code", "-recorded_at", "-pk").distinct("code")
    return {code for code, answer in latest.values_list("code", "answer") if answer == "YES"}


@dataclass(frozen=True, slots=True)
class ToExpire:
    """An eligible decision that no longer holds, and since it does not."""

    screening: Screening
    why: str


def run_out(organization_id: UUID, now: datetime) -> list[ToExpire]:
    """Eligible decisions of courses not over that no longer hold today (DOMAIN 3.3)."""
    rows = Screening.objects.in_force().filter(
        organization_id=organization_id,
        course__status__in=(Course.Status.DRAFT, Course.Status.ACTIVE, Course.Status.INTERRUPTED),
        expires_on__lt=(now.astimezone(UTC) + EASTERNMOST).date(),
    )
    screenings = list(
        rows.select_related(
            "course__site", "course__patient", "course__protocol_version", "course__organization"
        ).order_by("expires_on", "pk")
    )
    found = standings([one.course for one in screenings])
    return [
        ToExpire(one, why)
        for one in screenings
        if (why := clearing.expiry(found[one.course_id], _today(one.course, now)))
    ]


def _today(course: Course, now: datetime) -> date:
    return now.astimezone(course.site.zone).date()
