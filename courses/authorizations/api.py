"""Payers and their authorisations: keeping them, what is left, what is to be renewed."""

from datetime import date
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.access import patient_for
from clinic.api.idempotency import idempotent
from clinic.api.views import ApiView, ListView, made, named
from clinic.charts import open_patient_ids
from clinic.models import Membership, Patient
from clinic.rights import Right
from courses.access import course_for
from courses.authorizations.access import agreement_for, authorization_for, payer_for
from courses.authorizations.selectors import (
    payers_of,
    renewals_due,
    self_pay_of,
    standing_of,
    standings_of_course,
    standings_of_patient,
    warnings_of,
)
from courses.authorizations.serializers import (
    AuthorizationInput,
    AuthorizationList,
    AuthorizationOutput,
    CourseCoverage,
    EndingInput,
    PayerInput,
    PayerOutput,
    SelfPayInput,
    SelfPayOutput,
)
from courses.authorizations.services import (
    Terms,
    agree_self_pay,
    change_authorization,
    end_authorization,
    end_self_pay,
    keep_payer,
    record_authorization,
)
from courses.models import Authorization


def _terms(member: Membership, said: dict[str, Any]) -> Terms:
    """The rows that the body names, each found for the caller."""
    payer = named("payer", lambda: payer_for(member, said["payer"]))
    course_id = said.pop("course", None)
    course = course_id and named(
        "course", lambda: course_for(member, course_id, Right.EDIT_PATIENTS)
    )
    return Terms(**{**said, "payer": payer, "course": course or None})


def _today(patient: Patient) -> date:
    return timezone.localdate(timezone=patient.site.zone)


def _shown(authorization: Authorization) -> Any:
    standing = standing_of(authorization, today=_today(authorization.patient))
    return AuthorizationOutput(standing).data


class Payers(ListView):
    """GET and POST /payers"""

    rights = {"GET": Right.VIEW_PATIENTS, "POST": Right.EDIT_PATIENTS}

    @extend_schema(
        operation_id="list_payers",
        tags=["authorizations"],
        responses={200: PayerOutput(many=True)},
    )
    def get(self, request: Request) -> Response:
        """The organisation's payers."""
        return self.page(payers_of(self.member.organization), PayerOutput)

    @extend_schema(
        operation_id="add_payer",
        tags=["authorizations"],
        request=PayerInput,
        responses={201: PayerOutput},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Add a payer."""
        kept = keep_payer(by=self.member, **self.sent(PayerInput))
        return made(PayerOutput(kept).data, status.HTTP_201_CREATED)


class PayerDetail(ApiView):
    """GET and PUT /payers/{id}"""

    rights = {"GET": Right.VIEW_PATIENTS, "PUT": Right.EDIT_PATIENTS}

    @extend_schema(operation_id="read_payer", tags=["authorizations"], responses=PayerOutput)
    def get(self, request: Request, payer_id: UUID) -> Response:
        """One payer."""
        return Response(PayerOutput(payer_for(self.member, payer_id)).data)

    @extend_schema(
        operation_id="change_payer",
        tags=["authorizations"],
        request=PayerInput,
        responses=PayerOutput,
    )
    def put(self, request: Request, payer_id: UUID) -> Response:
        """Put a payer right, or out of use."""
        known = payer_for(self.member, payer_id)
        kept = keep_payer(payer=known, by=self.member, **self.sent(PayerInput))
        return Response(PayerOutput(kept).data)


class DueAuthorizations(ApiView):
    """GET /authorizations/due"""

    right = Right.VIEW_PATIENTS

    @extend_schema(
        operation_id="list_due_authorizations",
        tags=["authorizations"],
        responses=AuthorizationList,
    )
    def get(self, request: Request) -> Response:
        """What is to be renewed at the caller's sites, what ends first on top.

        Those of restricted charts that are shut are left out.
        """
        now = timezone.now()
        opened = open_patient_ids(self.member, now=now)
        lines = renewals_due(self.member, now=now, open_ids=opened)
        shown = [line.standing for line in lines if not line.handle]
        return Response(AuthorizationList({"results": shown}).data)


class PatientAuthorizations(ApiView):
    """GET and POST /patients/{id}/authorizations"""

    rights = {"GET": Right.VIEW_PATIENTS, "POST": Right.EDIT_PATIENTS}

    @extend_schema(
        operation_id="list_authorizations",
        tags=["authorizations"],
        responses={200: AuthorizationList},
    )
    def get(self, request: Request, patient_id: UUID) -> Response:
        """Everything that payers granted the patient, what ends last first."""
        patient = patient_for(self.member, patient_id, Right.VIEW_PATIENTS)
        found = standings_of_patient(patient, today=_today(patient))
        return Response(AuthorizationList({"results": found}).data)

    @extend_schema(
        operation_id="record_authorization",
        tags=["authorizations"],
        request=AuthorizationInput,
        responses={201: AuthorizationOutput},
    )
    @idempotent
    def post(self, request: Request, patient_id: UUID) -> Response:
        """Record what a payer granted."""
        patient = patient_for(self.member, patient_id, Right.EDIT_PATIENTS)
        terms = _terms(self.member, self.sent(AuthorizationInput))
        kept = record_authorization(
            patient=patient, terms=terms, by=self.member, now=timezone.now()
        )
        return made(_shown(kept), status.HTTP_201_CREATED)


class AuthorizationDetail(ApiView):
    """GET and PUT /authorizations/{id}"""

    rights = {"GET": Right.VIEW_PATIENTS, "PUT": Right.EDIT_PATIENTS}

    @extend_schema(
        operation_id="read_authorization", tags=["authorizations"], responses=AuthorizationOutput
    )
    def get(self, request: Request, authorization_id: UUID) -> Response:
        """One authorisation, with what is used and left."""
        found = authorization_for(self.member, authorization_id, Right.VIEW_PATIENTS)
        return Response(_shown(found))

    @extend_schema(
        operation_id="change_authorization",
        tags=["authorizations"],
        request=AuthorizationInput,
        responses=AuthorizationOutput,
    )
    def put(self, request: Request, authorization_id: UUID) -> Response:
        """Put right what was granted; 409 `authorization-ended`."""
        found = authorization_for(self.member, authorization_id, Right.EDIT_PATIENTS)
        terms = _terms(self.member, self.sent(AuthorizationInput))
        return Response(
            _shown(change_authorization(authorization=found, terms=terms, by=self.member))
        )


class AuthorizationEnding(ApiView):
    """POST /authorizations/{id}/end"""

    right = Right.EDIT_PATIENTS

    @extend_schema(
        operation_id="end_authorization",
        tags=["authorizations"],
        request=EndingInput,
        responses={200: AuthorizationOutput},
    )
    @idempotent
    def post(self, request: Request, authorization_id: UUID) -> Response:
        """Let it cover nothing any more; 409 `authorization-ended`."""
        found = authorization_for(self.member, authorization_id, Right.EDIT_PATIENTS)
        said = self.sent(EndingInput)
        end_authorization(authorization=found, by=self.member, now=timezone.now(), **said)
        return Response(_shown(found))


class CourseAuthorizations(ApiView):
    """GET /courses/{id}/authorizations"""

    right = Right.VIEW_PATIENTS

    @extend_schema(operation_id="read_coverage", tags=["authorizations"], responses=CourseCoverage)
    def get(self, request: Request, course_id: UUID) -> Response:
        """What covers the course, and which visits were booked beyond it."""
        course = course_for(self.member, course_id, Right.VIEW_PATIENTS)
        found = {
            "authorizations": standings_of_course(course, today=_today(course.patient)),
            "self_pay": self_pay_of(course),
            "warnings": warnings_of(course)[:200],
        }
        return Response(CourseCoverage(found, context={"zone": course.site.zone}).data)


class SelfPay(ApiView):
    """POST /courses/{id}/self-pay"""

    right = Right.EDIT_PATIENTS

    @extend_schema(
        operation_id="agree_self_pay",
        tags=["authorizations"],
        request=SelfPayInput,
        responses={201: SelfPayOutput},
    )
    @idempotent
    def post(self, request: Request, course_id: UUID) -> Response:
        """Record that the patient pays what no payer covers."""
        course = course_for(self.member, course_id, Right.EDIT_PATIENTS)
        said = self.sent(SelfPayInput)
        kept = agree_self_pay(course=course, by=self.member, now=timezone.now(), **said)
        shown = SelfPayOutput(kept, context={"zone": course.site.zone}).data
        return made(shown, status.HTTP_201_CREATED)


class SelfPayEnding(ApiView):
    """POST /self-pay/{id}/end"""

    right = Right.EDIT_PATIENTS

    @extend_schema(
        operation_id="end_self_pay",
        tags=["authorizations"],
        request=None,
        responses={204: None},
    )
    @idempotent
    def post(self, request: Request, self_pay_agreement_id: UUID) -> Response:
        """Note that the patient does not pay by themselves any more."""
        found = agreement_for(self.member, self_pay_agreement_id, Right.EDIT_PATIENTS)
        end_self_pay(agreement=found, by=self.member, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)
