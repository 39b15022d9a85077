"""Patients. Names are never in an address, so a search is a POST."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from clinic import selectors, services
from clinic.access import patient_for, site_for
from clinic.api.views import ApiView, ListView, made, named
from clinic.charts import open_patient_ids
from clinic.identity.selectors import identity_of, likely_duplicates
from clinic.identity.serializers import PatientMade
from clinic.rights import Right
from clinic.serializers import PatientFound, PatientInput, PatientOutput, PatientSearchInput


class PatientMaking(ApiView):
    """POST /patients"""

    right = Right.EDIT_PATIENTS

    @extend_schema(
        operation_id="register_patient",
        tags=["patients"],
        request=PatientInput,
        responses={201: PatientMade},
    )
    def post(self, request: Request) -> Response:
        """Register a patient. The answer names charts that may be of the same person; ask
        `/patients/matches` before."""
        said = self.sent(PatientInput)
        site_id = said.pop("site")
        site = named("site", lambda: site_for(self.member, site_id, Right.EDIT_PATIENTS))
        patient = services.register_patient(by=self.member, site=site, **_people_and_times(said))
        matches = likely_duplicates(
            identity_of(patient), member=self.member, now=timezone.now(), known=patient
        )
        body = PatientMade(patient, context={"matches": matches}).data
        return made(body, status.HTTP_201_CREATED)


def _people_and_times(said: dict[str, Any]) -> dict[str, Any]:
    windows = [services.Window(**window) for window in said.pop("windows")]
    contacts = [services.Contact(**contact) for contact in said.pop("contacts")]
    return {**said, "windows": windows, "contacts": contacts}


class PatientSearch(ListView):
    """POST /patients/search"""

    right = Right.VIEW_PATIENTS

    @extend_schema(
        operation_id="search_patients",
        tags=["patients"],
        request=PatientSearchInput,
        responses={200: PatientFound(many=True)},
    )
    def post(self, request: Request) -> Response:
        """Patients whose name, e-mail address or telephone number holds the text.

        A restricted chart is found by the whole name alone, and the find is on record. It comes
        first, with neither id nor site, but a `handle` that opens it (`/charts/open`).

        For another page, send the same body to `next` or `previous`.
        """
        asked = {
            "member": self.member,
            "text": self.sent(PatientSearchInput)["text"],
            "open_ids": open_patient_ids(self.member, now=timezone.now()),
        }
        answer = self.page(selectors.find_patients(**asked), PatientFound)
        if "cursor" not in request.query_params:
            shut = selectors.shut_charts(**asked)
            answer.data["results"][:0] = PatientFound(shut, many=True).data
        return answer


class PatientDetail(ApiView):
    """GET /patients/{id}"""

    right = Right.VIEW_PATIENTS

    @extend_schema(operation_id="read_patient", tags=["patients"], responses=PatientOutput)
    def get(self, request: Request, patient_id: UUID) -> Response:
        """One patient."""
        return Response(
            PatientOutput(patient_for(self.member, patient_id, Right.VIEW_PATIENTS)).data
        )
