"""What is known of a course when its plan of scores is made: doses given and told of, limits."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db.models import QuerySet

from clinic.prepared import Prepared
from courses.assessments.plan import Facts
from courses.assessments.selectors import Taken
from courses.models import AssessmentDue, Course, Dose
from courses.protocols import ProtocolDefinition
from courses.protocols.clinical import AssessmentPoint
from courses.selectors import definition_of

OUTSIDE = Dose.Source.OUTSIDE
# A repetition is written down the day before it begins.
AHEAD = timedelta(days=1)


def facts_of(
    course: Course, now: datetime, planned: Mapping[int, date], scores: Iterable[Taken]
) -> Facts:
    """The facts, with the days of doses that are planned, and the scores that were taken."""
    doses = _DOSES(course=course.pk)
    given = {seq: on for seq, on, _ in doses if seq}
    definition = definition_of(course.protocol_version)
    return Facts(
        given=given,
        planned={seq: day for seq, day in planned.items() if seq not in given},
        elsewhere=frozenset(seq for seq, _, source in doses if seq and source == OUTSIDE),
        first_between=(course.earliest_on, course.latest_first_on),
        last_of=_last_doses(course, definition, given),
        indication=course.indication,
        scored_on=_days_of(scores),
        until=_until(course, now),
    )


def _doses(course: UUID) -> QuerySet[Dose, Any]:
    rows = Dose.objects.filter(course=course, withdrawn_at__isnull=True, seq__isnull=False)
    return rows.order_by("on", "given_at", "pk").values_list("seq", "on", "source")


_DOSES = Prepared(_doses, course=uuid4())


def _days_of(scores: Iterable[Taken]) -> dict[str, set[date]]:
    """The days of scores, by instrument."""
    days: dict[str, set[date]] = defaultdict(set)
    for score in scores:
        days[score.instrument].add(score.on)
    return days


def _last_doses(
    course: Course, definition: ProtocolDefinition, given: Mapping[int, date]
) -> dict[str, int]:
    """The last dose of each block that has an end, and under "" of the course."""
    if course.status == Course.Status.COMPLETED:
        last = max(given, default=0)
    else:
        last = 0 if definition.open_block else course.dose_count
    ends, so_far = {"": last}, 0
    for block in definition.blocks:
        if block.is_open_ended:
            break
        is_final = block is definition.blocks[-1]
        so_far = course.dose_count if is_final else so_far + (block.doses or 0)
        ends[block.name] = so_far
    return {name: seq for name, seq in ends.items() if seq}


def _until(course: Course, now: datetime) -> date:
    """Repetitions after a course go on until the patient's next one begins."""
    tomorrow = now.astimezone(course.site.zone).date() + AHEAD
    if course.status != Course.Status.COMPLETED:
        return tomorrow
    later = Course.objects.filter(patient=course.patient_id, created_at__gt=course.created_at)
    begun = later.order_by("created_at").values_list("created_at", flat=True).first()
    return min(tomorrow, begun.astimezone(course.site.zone).date()) if begun else tomorrow


def told_before(
    points: Sequence[AssessmentPoint], dues: Iterable[AssessmentDue]
) -> dict[int, date]:
    """The days of planned doses as they were told last, read back from what is open for them."""
    of_dose = {point.name: point for point in points}
    told: dict[int, date] = {}
    for due in dues:
        point = of_dose.get(due.point)
        if point and due.status == AssessmentDue.Status.OPEN and due.repetition == 0:
            earliest = due.due_from - timedelta(days=point.days[0])
            if earliest == due.due_to - timedelta(days=point.days[1]):
                told[due.anchor_seq] = earliest
    return told
