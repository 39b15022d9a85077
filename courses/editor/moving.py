"""Moving one running course to another version of its protocol, deliberately."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from clinic.audit.context import because
from clinic.errors import Conflict, DomainError
from clinic.models import Membership
from courses.assessments.dues import refresh_dues
from courses.doses.selectors import doses_of
from courses.editor.lines import Change, changes_between
from courses.editor.selectors import RUNNING
from courses.events import record_event
from courses.models import Course, CourseEvent, ProtocolVersion
from courses.protocols import ProtocolDefinition
from courses.selectors import definition_of


class VersionDoesNotFit(Conflict):
    """What was given under the old version is not possible under the new one."""

    code = "version-does-not-fit"


@dataclass(frozen=True, slots=True)
class Fit:
    """What a course would be under another version: its number of doses, and what changes."""

    version: ProtocolVersion
    doses: int
    changes: list[Change]
    references: dict[str, str]


def version_ahead(course: Course) -> ProtocolVersion | None:
    """The version in force of the course's protocol, where the course goes by another."""
    rows = ProtocolVersion.objects.filter(
        protocol_id=course.protocol_version.protocol_id,
        published_at__isnull=False,
        retired_at=None,
    ).exclude(pk=course.protocol_version_id)
    return rows.select_related("protocol").order_by("-number").first()


def fit_of(course: Course, version: ProtocolVersion) -> Fit:
    """What the course would be under the version.

    Raises VersionDoesNotFit when the version is none for it, or its doses do not fit.
    """
    _check_version(course, version)
    old, new = definition_of(course.protocol_version), definition_of(version)
    given = max((dose.seq or 0 for dose in doses_of(course)), default=0)
    _check_given(old, new, given)
    doses = _doses(course, old, new, given)
    references = old.references | new.references
    return Fit(version, doses, changes_between(old, new), references)


def _check_version(course: Course, version: ProtocolVersion) -> None:
    if course.status not in RUNNING:
        state = course.get_status_display().lower()
        raise VersionDoesNotFit(f"This course is {state}: it keeps its version.")
    if version.protocol_id != course.protocol_version.protocol_id:
        raise VersionDoesNotFit("A course keeps its protocol; switch to another course instead.")
    if version.pk == course.protocol_version_id:
        raise VersionDoesNotFit("The course goes by this version already.")
    if version.is_draft or version.retired_at:
        raise VersionDoesNotFit("This version is not in force.")


def _check_given(old: ProtocolDefinition, new: ProtocolDefinition, given: int) -> None:
    """Doses that were given keep their numbers, so they must be what they were."""
    most = new.most_doses
    if most is not None and given > most:
        raise VersionDoesNotFit(f"{given} doses were given; the new version has {most} at most.")
    for was, now in zip(old.doses(given), new.doses(given), strict=True):
        if was.block != now.block:
            raise VersionDoesNotFit(
                f"Dose {was.seq} was given as part of another series than in the new version."
            )


def _doses(course: Course, old: ProtocolDefinition, new: ProtocolDefinition, given: int) -> int:
    """The number stays where a clinician chose it; else it is the new version's own."""
    chosen = course.dose_count != old.planned_doses
    wanted = max(course.dose_count if chosen else new.planned_doses, given)
    return wanted if new.most_doses is None else min(wanted, new.most_doses)


@transaction.atomic
def move_course(
    *, course: Course, version: ProtocolVersion, by: Membership, reason: str, now: datetime
) -> Fit:
    """Let the course go by the version from now on; what was given and scored stays.

    Raises VersionDoesNotFit, also when a rival was faster, and DomainError without a reason.
    """
    if not reason.strip():
        raise DomainError("Please give a reason.", field="reason")
    fit = fit_of(course, version)
    because(reason)
    before = course.protocol_version
    rows = Course.objects.filter(
        pk=course.pk,
        organization_id=by.organization_id,
        protocol_version_id=before.pk,
        dose_count=course.dose_count,
        status=course.status,
    )
    if not rows.update(protocol_version=version, dose_count=fit.doses):
        raise VersionDoesNotFit("The course has changed meanwhile: look at it again.")
    course.protocol_version, course.dose_count = version, fit.doses
    detail = {"from": str(before.pk), "to": str(version.pk), "doses": fit.doses}
    kind = CourseEvent.Kind.VERSION_CHANGED
    record_event(course=course, kind=kind, by=by, now=now, reason=reason, detail=detail)
    refresh_dues(course=course, now=now)
    return fit
