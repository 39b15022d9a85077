"""Thresholds: what is in force, drafting the next version, signing it."""

from typing import Any
from uuid import UUID

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.access import require_everywhere
from clinic.api.views import ApiView, ListView, made
from clinic.models import ApiToken
from clinic.rights import Right
from clinic.staffing.api import ProofMissing
from courses.thresholds import services
from courses.thresholds.access import threshold_version_for
from courses.thresholds.lines import lines
from courses.thresholds.selectors import contents_of, version_at, versions_of
from courses.thresholds.serializers import (
    ThresholdDraftInput,
    ThresholdSignInput,
    ThresholdsInForce,
    ThresholdVersionOutput,
    ThresholdVersionRow,
)


class _Director(ApiView):
    """For who signs thresholds: they hold for every site."""

    right = Right.SIGN_THRESHOLDS

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """As everywhere; RightNotEverywhere where the right is missing at some site."""
        super().initial(request, *args, **kwargs)
        require_everywhere(self.member, Right.SIGN_THRESHOLDS)


class Thresholds(_Director):
    """GET and POST /thresholds"""

    @extend_schema(operation_id="read_thresholds", tags=["settings"], responses=ThresholdsInForce)
    def get(self, request: Request) -> Response:
        """The numbers that hold now."""
        version = version_at(self.member.organization, timezone.now())
        held = contents_of(version)
        shown = {
            "number": held.number,
            "version": version,
            "thresholds": lines(held, version=version),
        }
        return Response(ThresholdsInForce(shown).data)

    @extend_schema(
        operation_id="draft_thresholds",
        tags=["settings"],
        request=ThresholdDraftInput,
        responses={201: ThresholdVersionOutput},
    )
    def post(self, request: Request) -> Response:
        """Keep the next version as a draft, in place of an earlier draft."""
        said = self.sent(ThresholdDraftInput)
        draft = services.draft_thresholds(by=self.member, now=timezone.now(), **said)
        return made(ThresholdVersionOutput(draft).data, status.HTTP_201_CREATED)


class ThresholdVersions(ListView, _Director):
    """GET /threshold-versions"""

    @extend_schema(
        operation_id="list_threshold_versions",
        tags=["settings"],
        responses=ThresholdVersionRow(many=True),
    )
    def get(self, request: Request) -> Response:
        """Every version, newest first."""
        return self.page(versions_of(self.member.organization), ThresholdVersionRow)


class ThresholdVersionDetail(_Director):
    """GET and DELETE /threshold-versions/{id}"""

    @extend_schema(
        operation_id="read_threshold_version", tags=["settings"], responses=ThresholdVersionOutput
    )
    def get(self, request: Request, threshold_version_id: UUID) -> Response:
        """One version with its numbers."""
        found = threshold_version_for(self.member, threshold_version_id)
        return Response(ThresholdVersionOutput(found).data)

    @extend_schema(
        operation_id="discard_threshold_version", tags=["settings"], responses={204: None}
    )
    def delete(self, request: Request, threshold_version_id: UUID) -> Response:
        """Throw a draft away; what is signed stays."""
        found = threshold_version_for(self.member, threshold_version_id)
        services.discard_thresholds(version=found, by=self.member)
        return Response(status=status.HTTP_204_NO_CONTENT)


class ThresholdSigning(_Director):
    """POST /threshold-versions/{id}/sign"""

    @extend_schema(
        operation_id="sign_thresholds",
        tags=["settings"],
        request=ThresholdSignInput,
        responses=ThresholdVersionOutput,
    )
    def post(self, request: Request, threshold_version_id: UUID) -> Response:
        """Put the draft into force from now on."""
        found = threshold_version_for(self.member, threshold_version_id)
        seen = self.sent(ThresholdSignInput)["seen"]
        if not (
            isinstance(request.auth, ApiToken) or did_recently_reauthenticate(request._request)
        ):
            raise ProofMissing("Confirm who you are on a page of your account, then try again.")
        signed = services.sign_thresholds(
            version=found, seen=seen, by=self.member, now=timezone.now()
        )
        return Response(ThresholdVersionOutput(signed).data)
