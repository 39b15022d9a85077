"""A course's state and doses through the API, and everything that is done to a course."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.access import row_for
from clinic.api.idempotency import idempotent
from clinic.api.views import AnySerializer, ApiView, named
from clinic.models import Membership, Role
from clinic.rights import Right, may
from courses.access import course_for, protocol_version_for
from courses.doses.selectors import doses_of_patient
from courses.models import Course, Dose, Hold
from courses.state.selectors import state_of
from scheduling.acts import serializers as shapes
from scheduling.acts.table import DEEDS, Deed, require_state

# What tells of a diagnosis or finding.
SECRET = ("goal", "indication", "stop_reason")


def state_output(member: Membership, course: Course) -> dict[str, Any]:
    """Where the course stands, without what the member may not see."""
    state = state_of(course, now=timezone.now())
    found = dict(shapes.StateOutput(state, context={"zone": course.site.zone}).data)
    if not may(member, Right.VIEW_CLINICAL, course.site):
        found |= {"holds": [], "blockers": [], **dict.fromkeys(SECRET, "")}
    return found


class CourseStateDetail(ApiView):
    """GET /courses/{id}/state"""

    right = Right.VIEW_PATIENTS

    @extend_schema(operation_id="read_course_state", tags=["courses"], responses=shapes.StateOutput)
    def get(self, request: Request, course_id: UUID) -> Response:
        """Where the course stands, what holds it, and what stands before a dose today."""
        course = course_for(self.member, course_id, Right.VIEW_PATIENTS)
        return Response(state_output(self.member, course))


class CourseDoses(ApiView):
    """GET /courses/{id}/doses"""

    right = Right.VIEW_CLINICAL

    @extend_schema(operation_id="list_course_doses", tags=["courses"], responses=shapes.DoseList)
    def get(self, request: Request, course_id: UUID) -> Response:
        """Every dose of the course's patient, here or elsewhere, oldest first."""
        course = course_for(self.member, course_id, Right.VIEW_CLINICAL)
        found = doses_of_patient(course.patient)
        return Response(shapes.DoseList({"results": found}).data)


def _hold(course: Course, member: Membership, key: UUID) -> Hold:
    rows = Hold.objects.open().filter(course=course).exclude(kind=Hold.Kind.MISSED_DOSE)
    return row_for(member, rows.select_related("course"), key)


def _dose(course: Course, member: Membership, key: UUID) -> Dose:
    rows = Dose.objects.filter(patient=course.patient_id, source=Dose.Source.OUTSIDE)
    return row_for(member, rows.select_related("course"), key)


def _version(course: Course, member: Membership, key: UUID) -> Any:
    return protocol_version_for(member, key)


def _prescriber(course: Course, member: Membership, key: UUID) -> Membership:
    rows = Membership.objects.with_role(Role.PRESCRIBER, course.site)
    return row_for(member, rows, key)


# The members of a body that name a row, and how it is found.
ROWS = {
    "hold": _hold,
    "dose": _dose,
    "protocol_version": _version,
    "lead_prescriber": _prescriber,
}


@dataclass(frozen=True, slots=True)
class Call:
    """How the API names an act, and what it takes."""

    name: str
    operation: str
    path: str
    shape: AnySerializer


CALLS = (
    Call("pause", "pause_course", "pause", shapes.PauseInput),
    Call("resume", "resume_course", "resume", shapes.OptionalReasonInput),
    Call("stop", "stop_course", "stop", shapes.StopInput),
    Call("complete", "complete_course", "complete", shapes.OptionalReasonInput),
    Call("hold", "hold_course", "hold", shapes.HoldInput),
    Call("release", "release_hold", "release", shapes.ReleaseInput),
    Call("more", "extend_course", "more-doses", shapes.MoreInput),
    Call("lapse", "decide_lapse", "lapse", shapes.LapseInput),
    Call("elsewhere", "record_dose_elsewhere", "doses/elsewhere", shapes.ElsewhereInput),
    Call("not_elsewhere", "withdraw_dose_elsewhere", "doses/withdraw", shapes.NotElsewhereInput),
    Call("beyond_cap", "allow_beyond_cap", "doses/beyond-cap", shapes.BeyondCapInput),
    Call("unprepared", "allow_unprepared", "doses/unprepared", shapes.BeyondCapInput),
    Call("confirm", "confirm_dose", "doses/confirm", shapes.BeyondCapInput),
    Call("terms", "change_course_terms", "terms", shapes.TermsInput),
    Call("follow", "follow_course", "follow", shapes.FollowInput),
)


def view_of(call: Call) -> type[ApiView]:
    """The view that does the act; it answers where the course (or the new one) stands."""
    deed: Deed = DEEDS[call.name]

    def post(self: ApiView, request: Request, course_id: UUID) -> Response:
        course = course_for(self.member, course_id, deed.act.right)
        said = self.sent(call.shape)
        require_state(deed, course)
        for field in ROWS.keys() & {name for name in said if said[name] is not None}:
            said[field] = named(field, _finder(field, course, self.member, said[field]))
        done = deed.do(course, by=self.member, now=timezone.now(), **said)
        done.course.refresh_from_db()
        return Response(state_output(self.member, done.course))

    post.__doc__ = f"{deed.act.title}. {deed.lead}"
    described = extend_schema(
        operation_id=call.operation,
        tags=["courses"],
        request=call.shape,
        responses=shapes.StateOutput,
    )(idempotent(post))
    name = "".join(part.title() for part in call.operation.split("_"))
    said_as = f"POST /courses/{{id}}/{call.path}"
    members = {"right": deed.act.right, "post": described, "__doc__": said_as}
    return type(name, (ApiView,), {**members, "__module__": __name__})


def _finder(field: str, course: Course, member: Membership, key: UUID) -> Any:
    return lambda: ROWS[field](course, member, key)


CALL_VIEWS = {call: view_of(call) for call in CALLS}
