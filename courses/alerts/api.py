"""Safety alerts: what awaits an answer, answering, closing; who is on call."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.access import patient_for, row_for, site_for
from clinic.api.idempotency import idempotent
from clinic.api.views import ApiView, ListView, made, named
from clinic.charts import open_patient_ids
from clinic.models import Membership
from clinic.rights import Right
from courses.access import course_for
from courses.alerts.access import alert_for, duty_for
from courses.alerts.selectors import alerts_in_state, alerts_of_patient, duties_at, steps_of
from courses.alerts.serializers import (
    AlertOutput,
    AlertsQuery,
    AlertStoryOutput,
    ClosingInput,
    OnCallInput,
    OnCallOutput,
)
from courses.alerts.services import acknowledge_alert, close_alert, end_on_call, plan_on_call
from courses.models import SafetyAlert


def _story(alert: SafetyAlert) -> dict[str, Any]:
    alert.steps = list(steps_of(alert))  # type: ignore[attr-defined]  # for the output alone
    return dict(AlertStoryOutput(alert, context={"zone": alert.site.zone}).data)


class Alerts(ListView):
    """GET /alerts"""

    right = Right.HANDLE_ALERTS

    @extend_schema(
        operation_id="list_alerts",
        tags=["alerts"],
        parameters=[AlertsQuery],
        responses=AlertOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        """Alerts at the sites where the caller answers them, newest first.

        Those of restricted charts that are shut are left out: the page of alerts shows that there
        are some, and how to open them.
        """
        state = self.asked(AlertsQuery).get("state", "")
        open_ids = open_patient_ids(self.member, now=timezone.now())
        return self.page(alerts_in_state(self.member, state, open_ids=open_ids), AlertOutput)


class AlertDetail(ApiView):
    """GET /alerts/{id}"""

    right = Right.VIEW_CLINICAL

    @extend_schema(operation_id="read_alert", tags=["alerts"], responses=AlertStoryOutput)
    def get(self, request: Request, safety_alert_id: UUID) -> Response:
        """One alert, with who was told when."""
        return Response(_story(alert_for(self.member, safety_alert_id, Right.VIEW_CLINICAL)))


class AlertAcknowledging(ApiView):
    """POST /alerts/{id}/acknowledge"""

    right = Right.HANDLE_ALERTS

    @extend_schema(
        operation_id="acknowledge_alert",
        tags=["alerts"],
        request=None,
        responses={200: AlertStoryOutput},
    )
    @idempotent
    def post(self, request: Request, safety_alert_id: UUID) -> Response:
        """Take the alert on; 409 `alert-taken` when a colleague has, `alert-closed` if it ended."""
        alert = alert_for(self.member, safety_alert_id, Right.HANDLE_ALERTS)
        acknowledge_alert(alert=alert, by=self.member, now=timezone.now())
        return Response(_story(alert))


class AlertClosing(ApiView):
    """POST /alerts/{id}/close"""

    right = Right.HANDLE_ALERTS

    @extend_schema(
        operation_id="close_alert",
        tags=["alerts"],
        request=ClosingInput,
        responses={200: AlertStoryOutput},
    )
    @idempotent
    def post(self, request: Request, safety_alert_id: UUID) -> Response:
        """End the alert with an assessment; 409 `alert-closed` when somebody did.

        Doses that it held go on when the risk is below HIGH and the caller has DECIDE; a HIGH
        risk holds the doses of the patient's open courses.
        """
        alert = alert_for(self.member, safety_alert_id, Right.HANDLE_ALERTS)
        said = self.sent(ClosingInput)
        people = Membership.objects.active()
        assessor = named("assessor", lambda: row_for(self.member, people, said.pop("assessor")))
        now = timezone.now()
        close_alert(alert=alert, assessor=assessor, by=self.member, now=now, **said)
        return Response(_story(alert))


class CourseAlerts(ListView):
    """GET /courses/{id}/alerts"""

    right = Right.VIEW_CLINICAL

    @extend_schema(
        operation_id="list_course_alerts", tags=["alerts"], responses=AlertOutput(many=True)
    )
    def get(self, request: Request, course_id: UUID) -> Response:
        """Every alert of the course's patient, newest first."""
        course = course_for(self.member, course_id, Right.VIEW_CLINICAL)
        return self.page(alerts_of_patient(course.patient), AlertOutput, zone=course.site.zone)


class PatientAlerts(ListView):
    """GET /patients/{id}/alerts"""

    right = Right.VIEW_CLINICAL

    @extend_schema(
        operation_id="list_patient_alerts", tags=["alerts"], responses=AlertOutput(many=True)
    )
    def get(self, request: Request, patient_id: UUID) -> Response:
        """Every alert of the patient, newest first."""
        patient = patient_for(self.member, patient_id, Right.VIEW_CLINICAL)
        return self.page(alerts_of_patient(patient), AlertOutput, zone=patient.site.zone)


class SiteOnCall(ListView):
    """GET and POST /sites/{id}/on-call"""

    right = Right.MANAGE_SETTINGS

    @extend_schema(
        operation_id="list_on_call", tags=["alerts"], responses={200: OnCallOutput(many=True)}
    )
    def get(self, request: Request, site_id: UUID) -> Response:
        """Who is on call for the site now and later."""
        site = site_for(self.member, site_id, Right.MANAGE_SETTINGS)
        return self.page(duties_at(site, now=timezone.now()), OnCallOutput, zone=site.zone)

    @extend_schema(
        operation_id="plan_on_call",
        tags=["alerts"],
        request=OnCallInput,
        responses={201: OnCallOutput},
    )
    @idempotent
    def post(self, request: Request, site_id: UUID) -> Response:
        """Put somebody on call for the site."""
        site = site_for(self.member, site_id, Right.MANAGE_SETTINGS)
        said = self.sent(OnCallInput)
        people = Membership.objects.active()
        member = named("member", lambda: row_for(self.member, people, said.pop("member")))
        duty = plan_on_call(site=site, member=member, now=timezone.now(), **said)
        shown = OnCallOutput(duty, context={"zone": site.zone}).data
        return made(shown, status.HTTP_201_CREATED)


class OnCallDuty(ApiView):
    """DELETE /on-call/{id}"""

    right = Right.MANAGE_SETTINGS

    @extend_schema(operation_id="end_on_call", tags=["alerts"], responses={204: None})
    def delete(self, request: Request, on_call_id: UUID) -> Response:
        """Take somebody off call: from now on, or for a duty to come altogether."""
        end_on_call(duty=duty_for(self.member, on_call_id), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)
