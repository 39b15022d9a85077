"""One evaluation for a patient: free times, why another will not do, booking."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.access import patient_for, site_for
from clinic.api.fields import Id, Input, Moment
from clinic.api.idempotency import idempotent
from clinic.api.views import ApiView, made, named
from clinic.errors import DomainError
from clinic.models import Patient
from clinic.rights import Right
from courses.models import ProtocolVersion
from courses.selectors import published_versions
from scheduling.api.visits import visit_output
from scheduling.selectors.slots import by_day
from scheduling.serializers import SlotOutput, VisitOutput
from scheduling.services.evaluating import (
    book_evaluation,
    evaluation_refusals,
    evaluation_slots,
)


class EvaluationQuery(Input):
    """What the patient is evaluated for, and where."""

    protocol_version = Id(help_text="From the list of protocols: a draft course under it begins")
    site = Id(required=False, help_text="The patient's own site unless given")


class EvaluationInput(EvaluationQuery):
    """The same with a start."""

    starts_at = Moment()


class EvaluationDayOutput(serializers.Serializer[Any]):
    """One day's free times for an evaluation."""

    day = serializers.DateField()
    slots = SlotOutput(many=True)


class EvaluationSlotsOutput(serializers.Serializer[Any]):
    """Free times for an evaluation, day by day; `is_best` marks the best of all."""

    timezone = serializers.CharField()
    days = EvaluationDayOutput(many=True)


class EvaluationFitOutput(serializers.Serializer[Any]):
    """Whether an evaluation can start then, and every reason why not."""

    starts_at = Moment()
    fits = serializers.BooleanField()
    reasons = serializers.ListField(child=serializers.CharField())


class _EvaluationView(ApiView):
    right = Right.BOOK

    def patient(self, patient_id: UUID) -> Patient:
        """Whose evaluation; who may not know of the patient learns nothing of what to send."""
        return patient_for(self.member, patient_id, Right.BOOK)

    def terms(self, patient: Patient, asked: dict[str, Any]) -> dict[str, Any]:
        """Whose evaluation, for what, where, asked by whom and when."""
        site_id = asked.get("site") or patient.site_id
        return {
            "patient": patient,
            "site": named("site", lambda: site_for(self.member, site_id, Right.BOOK)),
            "version": self._version(asked["protocol_version"]),
            "by": self.member,
            "now": timezone.now(),
        }

    def _version(self, version_id: UUID) -> ProtocolVersion:
        for version in published_versions(organization=self.member.organization):
            if version.pk == version_id:
                return version
        raise DomainError("No new course begins under this version.", field="protocol_version")


class Evaluations(_EvaluationView):
    """POST /patients/{id}/evaluations"""

    @extend_schema(
        operation_id="book_evaluation",
        tags=["visits"],
        request=EvaluationInput,
        responses={201: VisitOutput},
    )
    @idempotent
    def post(self, request: Request, patient_id: UUID) -> Response:
        """Book an evaluation; a draft course begins with it.

        It gets the room and people that suit it best then. 400 `slot-refused` names every rule in
        the way; 409 `slot-taken` when others have what it needs.
        """
        patient = self.patient(patient_id)
        said = self.sent(EvaluationInput)
        starts_at = said.pop("starts_at")
        visit = book_evaluation(starts_at=starts_at, **self.terms(patient, said))
        return made(visit_output(self.member, visit), status.HTTP_201_CREATED)


class EvaluationSlots(_EvaluationView):
    """GET /patients/{id}/evaluations/slots"""

    @extend_schema(
        operation_id="list_evaluation_slots",
        tags=["visits"],
        parameters=[EvaluationQuery],
        responses=EvaluationSlotsOutput,
    )
    def get(self, request: Request, patient_id: UUID) -> Response:
        """Every time that an evaluation could have in the next two weeks, day by day."""
        patient = self.patient(patient_id)
        terms = self.terms(patient, self.asked(EvaluationQuery))
        site = terms["site"]
        found = {"timezone": site.timezone, "days": by_day(*evaluation_slots(**terms), site.zone)}
        return Response(EvaluationSlotsOutput(found, context={"zone": site.zone}).data)


class EvaluationFit(_EvaluationView):
    """GET /patients/{id}/evaluations/fit"""

    @extend_schema(
        operation_id="check_evaluation",
        tags=["visits"],
        parameters=[EvaluationInput],
        responses=EvaluationFitOutput,
    )
    def get(self, request: Request, patient_id: UUID) -> Response:
        """Whether an evaluation could start at a time, and every reason why not."""
        patient = self.patient(patient_id)
        asked = self.asked(EvaluationInput)
        starts_at = asked.pop("starts_at")
        terms = self.terms(patient, asked)
        reasons = evaluation_refusals(starts_at=starts_at, **terms)
        found = {"starts_at": starts_at, "fits": not reasons, "reasons": reasons}
        return Response(EvaluationFitOutput(found, context={"zone": terms["site"].zone}).data)
