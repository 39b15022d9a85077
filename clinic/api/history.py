"""The history of a patient: who saw the chart, and who changed what."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.access import patient_for
from clinic.api.fields import Day, Input
from clinic.api.views import ApiView
from clinic.audit.history import PAGE, Wanted, patient_history
from clinic.audit.reading import lines_of
from clinic.rights import Right, may

MOST = 200
LAST = 2**63 - 1


class HistoryQuery(Input):
    """Which part of a history; dates by the calendar of the patient's site."""

    kind = serializers.ChoiceField(required=False, choices=["seen", "changed"])
    by = serializers.UUIDField(required=False, help_text="A membership")
    since = Day(required=False)
    until = Day(required=False)
    before = serializers.IntegerField(
        required=False, min_value=1, max_value=LAST, help_text="From `next`"
    )
    page_size = serializers.IntegerField(default=PAGE, min_value=1, max_value=MOST)


class FieldChangeOutput(serializers.Serializer[Any]):
    """One field, in words."""

    name = serializers.CharField(source="field")
    before = serializers.CharField()
    after = serializers.CharField()


class DoerOutput(serializers.Serializer[Any]):
    """Who, from where and why."""

    name = serializers.CharField()
    way = serializers.CharField(help_text="By which page, call, task, command or database role")
    address = serializers.CharField()
    reason = serializers.CharField()
    is_person = serializers.BooleanField()


class HistoryLineOutput(serializers.Serializer[Any]):
    """An opening of the chart, or the change of one record."""

    number = serializers.IntegerField(help_text="Grows with time")
    at = serializers.SerializerMethodField()
    action = serializers.ChoiceField(choices=["seen", "insert", "update", "delete"])
    record = serializers.CharField()
    title = serializers.CharField()
    doer = DoerOutput()
    act = serializers.CharField(help_text="Lines of one request, task or command have the same")
    changes = FieldChangeOutput(many=True)
    is_withheld = serializers.BooleanField(help_text="The values are clinical, and not for you")

    def get_at(self, line: Any) -> str:
        """ISO 8601 with the offset of the site."""
        zone: ZoneInfo = self.context["zone"]
        return str(line.at.astimezone(zone).isoformat())


class HistoryOutput(serializers.Serializer[Any]):
    """A stretch of the history, the latest first."""

    next = serializers.URLField(allow_null=True)
    results = HistoryLineOutput(many=True)


class PatientHistory(ApiView):
    """GET /patients/{id}/history"""

    right = Right.VIEW_AUDIT

    @extend_schema(
        operation_id="read_history",
        tags=["patients"],
        parameters=[HistoryQuery],
        responses=HistoryOutput,
    )
    def get(self, request: Request, patient_id: UUID) -> Response:
        """Who saw the patient's chart and who changed what of it, the latest first."""
        patient = patient_for(self.member, patient_id, Right.VIEW_AUDIT)
        said, zone = self.asked(HistoryQuery), patient.site.zone
        before, size = said.pop("before", None), said.pop("page_size")
        said = {key: str(value) if key == "by" else value for key, value in said.items()}
        page = patient_history(patient, Wanted(zone=zone, **said), before=before, size=size)
        clinical = may(self.member, Right.VIEW_CLINICAL, patient.site)
        lines = lines_of(page.rows, zone=zone, clinical=clinical)
        shown = {"next": _next(request, page.before), "results": lines}
        return Response(HistoryOutput(shown, context={"zone": zone}).data)


def _next(request: Request, before: int | None) -> str | None:
    if before is None:
        return None
    query = request.query_params.copy()
    query["before"] = str(before)
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
