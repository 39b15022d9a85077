"""Protocols and their versions: what is in force, drafts, signatures."""

from typing import Any
from uuid import UUID

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.access import require_everywhere
from clinic.api.views import ApiView, ListView, made, named
from clinic.errors import DomainError
from clinic.models import ApiToken
from clinic.rights import Right
from clinic.staffing.api import ProofMissing
from courses.editor import services
from courses.editor.access import protocol_for, version_for
from courses.editor.pages import version_page
from courses.editor.selectors import protocol_rows, version_before, versions_of
from courses.editor.serializers import (
    NewProtocolInput,
    ProtocolDraftInput,
    ProtocolRetireInput,
    ProtocolRows,
    ProtocolSignInput,
    ProtocolUseInput,
    ProtocolVersionOutput,
    ProtocolVersionRow,
    VersionComparison,
)
from courses.models import ProtocolVersion


class _Director(ApiView):
    """For who signs protocols: they hold for every site."""

    right = Right.SIGN_THRESHOLDS

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """As everywhere; RightNotEverywhere where the right is missing at some site."""
        super().initial(request, *args, **kwargs)
        require_everywhere(self.member, Right.SIGN_THRESHOLDS)

    def found(self, version_id: UUID) -> ProtocolVersion:
        """The version, or 404."""
        return version_for(self.member, version_id)


class ProtocolEditor(_Director):
    """GET and POST /protocol-editor"""

    @extend_schema(operation_id="list_all_protocols", tags=["protocols"], responses=ProtocolRows)
    def get(self, request: Request) -> Response:
        """Every protocol, in use or not, with its version in force and its draft."""
        return Response(ProtocolRows.of(protocol_rows(organization=self.member.organization)))

    @extend_schema(
        operation_id="begin_protocol",
        tags=["protocols"],
        request=NewProtocolInput,
        responses={201: ProtocolVersionOutput},
    )
    def post(self, request: Request) -> Response:
        """Begin a new protocol as a draft with the content of a version."""
        said = self.sent(NewProtocolInput)
        template = named("template", lambda: self.found(said.pop("template")))
        draft = services.begin_protocol(
            template=template, by=self.member, now=timezone.now(), **said
        )
        return made(ProtocolVersionOutput(draft).data, status.HTTP_201_CREATED)


class ProtocolUse(_Director):
    """PUT /protocol-editor/{id}/use"""

    @extend_schema(
        operation_id="put_protocol_in_use",
        tags=["protocols"],
        request=ProtocolUseInput,
        responses=ProtocolUseInput,
    )
    def put(self, request: Request, protocol_id: UUID) -> Response:
        """Offer the protocol for new courses, or no longer."""
        protocol = protocol_for(self.member, protocol_id)
        said = self.sent(ProtocolUseInput)
        kept = services.put_in_use(protocol=protocol, by=self.member, **said)
        return Response({"is_in_use": kept.is_in_use})


class ProtocolVersions(ListView, _Director):
    """GET /protocol-editor/{id}/versions"""

    @extend_schema(
        operation_id="list_protocol_versions",
        tags=["protocols"],
        responses=ProtocolVersionRow(many=True),
    )
    def get(self, request: Request, protocol_id: UUID) -> Response:
        """The protocol's versions, newest first."""
        protocol = protocol_for(self.member, protocol_id)
        return self.page(versions_of(protocol=protocol), ProtocolVersionRow)


class ProtocolVersionDetail(_Director):
    """GET, PUT and DELETE /protocol-versions/{id}"""

    @extend_schema(
        operation_id="read_protocol_version", tags=["protocols"], responses=ProtocolVersionOutput
    )
    def get(self, request: Request, protocol_version_id: UUID) -> Response:
        """One version with its content."""
        return Response(ProtocolVersionOutput(self.found(protocol_version_id)).data)

    @extend_schema(
        operation_id="rewrite_protocol_draft",
        tags=["protocols"],
        request=ProtocolDraftInput,
        responses=ProtocolVersionOutput,
    )
    def put(self, request: Request, protocol_version_id: UUID) -> Response:
        """Keep what a draft says now; its faults are answered."""
        draft = self.found(protocol_version_id)
        said = self.sent(ProtocolDraftInput)
        services.rewrite_draft(version=draft, by=self.member, now=timezone.now(), **said)
        return Response(ProtocolVersionOutput(draft).data)

    @extend_schema(operation_id="discard_protocol_draft", tags=["protocols"], responses={204: None})
    def delete(self, request: Request, protocol_version_id: UUID) -> Response:
        """Throw a draft away; what is published stays."""
        services.discard_draft(version=self.found(protocol_version_id), by=self.member)
        return Response(status=status.HTTP_204_NO_CONTENT)


class ProtocolDraft(_Director):
    """POST /protocol-versions/{id}/draft"""

    @extend_schema(
        operation_id="begin_protocol_draft",
        tags=["protocols"],
        request=None,
        responses={201: ProtocolVersionOutput},
    )
    def post(self, request: Request, protocol_version_id: UUID) -> Response:
        """Begin the next version with the content of this one."""
        version = self.found(protocol_version_id)
        draft = services.begin_draft(version=version, by=self.member, now=timezone.now())
        return made(ProtocolVersionOutput(draft).data, status.HTTP_201_CREATED)


class ProtocolComparison(_Director):
    """GET /protocol-versions/{id}/changes"""

    @extend_schema(
        operation_id="compare_protocol_version", tags=["protocols"], responses=VersionComparison
    )
    def get(self, request: Request, protocol_version_id: UUID) -> Response:
        """What differs from the version that it began with, else from the one before."""
        version = self.found(protocol_version_id)
        page = version_page(version, version_before(version))
        return Response(VersionComparison.of(version, page.before, page.changes))


class ProtocolSigning(_Director):
    """POST /protocol-versions/{id}/sign"""

    @extend_schema(
        operation_id="sign_protocol_version",
        tags=["protocols"],
        request=ProtocolSignInput,
        responses=ProtocolVersionOutput,
    )
    def post(self, request: Request, protocol_version_id: UUID) -> Response:
        """Sign a draft and put it into force, or sign what is in force unsigned."""
        version = self.found(protocol_version_id)
        seen = self.sent(ProtocolSignInput).get("seen")
        is_token = isinstance(request.auth, ApiToken)
        if not (is_token or did_recently_reauthenticate(request._request)):
            raise ProofMissing("Confirm who you are on a page of your account, then try again.")
        now = timezone.now()
        if not version.is_draft:
            services.sign_shipped(version=version, by=self.member, now=now)
        elif seen is None:
            raise DomainError("Say which state of the draft was looked at.", field="seen")
        else:
            services.publish_version(version=version, seen=seen, by=self.member, now=now)
        return Response(ProtocolVersionOutput(version).data)


class ProtocolRetirement(_Director):
    """POST /protocol-versions/{id}/retire"""

    @extend_schema(
        operation_id="retire_protocol_version",
        tags=["protocols"],
        request=ProtocolRetireInput,
        responses=ProtocolVersionOutput,
    )
    def post(self, request: Request, protocol_version_id: UUID) -> Response:
        """No course begins under it any more; those under way keep it."""
        version = self.found(protocol_version_id)
        said = self.sent(ProtocolRetireInput)
        services.retire_version(version=version, by=self.member, now=timezone.now(), **said)
        return Response(ProtocolVersionOutput(version).data)
