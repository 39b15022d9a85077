"""People and programs: the list, asking somebody in, roles, leaving and coming back."""

from typing import Any
from uuid import UUID

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.views import ApiView, ListView, made
from clinic.errors import DomainError
from clinic.models import ApiToken, Membership
from clinic.rights import Right
from clinic.staffing import changing, inviting
from clinic.staffing.rules import Posts
from clinic.staffing.selectors import Colleague, colleague, colleague_for, staff
from clinic.staffing.serializers import (
    ColleagueOutput,
    InvitationInput,
    LeavingInput,
    PostsInput,
)


class ProofMissing(DomainError):
    """A browser's session changes staff only right after its owner proved who they are (403)."""

    status = 403
    code = "proof-missing"


class _Colleagues(ApiView):
    """One person or program of the organisation."""

    right = Right.MANAGE_STAFF

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """As everywhere; ProofMissing as on the pages."""
        super().initial(request, *args, **kwargs)
        is_signed = isinstance(request.auth, ApiToken) or request.method in SAFE_METHODS
        if not (is_signed or did_recently_reauthenticate(request._request)):
            raise ProofMissing("Confirm who you are on a page of your account, then try again.")

    def found(self, member_id: UUID) -> Colleague:
        """The person or program, or 404."""
        return colleague_for(self.member, member_id, now=timezone.now())

    def shown(self, member_id: UUID) -> dict[str, Any]:
        """The person or program as now stored."""
        return dict(ColleagueOutput(self.found(member_id)).data)


def _posts(said: dict[str, Any]) -> Posts:
    return frozenset((post["site"], post["role"]) for post in said["roles"])


class StaffMaking(ListView, _Colleagues):
    """GET and POST /staff"""

    @extend_schema(
        operation_id="list_colleagues", tags=["staff"], responses=ColleagueOutput(many=True)
    )
    def get(self, request: Request) -> Response:
        """Everybody who works, or has worked, for the organisation; programs too."""
        return self.page(staff(self.member), _Row)

    @extend_schema(
        operation_id="invite_colleague",
        tags=["staff"],
        request=InvitationInput,
        responses={201: ColleagueOutput},
    )
    def post(self, request: Request) -> Response:
        """Ask somebody in: a letter with a link goes to the address."""
        said = self.sent(InvitationInput)
        words = {name: said[name] for name in ("name", "email", "capacity")}
        invitation = inviting.invite_person(
            by=self.member, posts=_posts(said), now=timezone.now(), **words
        )
        return made(self.shown(invitation.membership_id), status.HTTP_201_CREATED)


class _Row(ColleagueOutput):
    """A row of the list, with its state."""

    def to_representation(self, instance: Membership) -> Any:
        """The member as a colleague."""
        return super().to_representation(colleague(instance, now=timezone.now()))


class ColleagueDetail(_Colleagues):
    """GET /staff/{id}"""

    @extend_schema(operation_id="read_colleague", tags=["staff"], responses=ColleagueOutput)
    def get(self, request: Request, member_id: UUID) -> Response:
        """One person or program."""
        return Response(self.shown(member_id))


class ColleagueRoles(_Colleagues):
    """POST /staff/{id}/roles"""

    @extend_schema(
        operation_id="change_roles", tags=["staff"], request=PostsInput, responses=ColleagueOutput
    )
    def post(self, request: Request, member_id: UUID) -> Response:
        """These are all the roles from now on."""
        found = self.found(member_id).member
        changing.change_roles(by=self.member, member=found, posts=_posts(self.sent(PostsInput)))
        return Response(self.shown(member_id))


class ColleagueLeaving(_Colleagues):
    """POST /staff/{id}/deactivate"""

    @extend_schema(
        operation_id="deactivate_colleague",
        tags=["staff"],
        request=LeavingInput,
        responses=ColleagueOutput,
    )
    def post(self, request: Request, member_id: UUID) -> Response:
        """End the access at once; `/staff/{id}/visits` has what is still to be moved."""
        found = self.found(member_id).member
        reason = self.sent(LeavingInput)["reason"]
        changing.deactivate_member(by=self.member, member=found, reason=reason, now=timezone.now())
        return Response(self.shown(member_id))


class ColleagueReturn(_Colleagues):
    """POST /staff/{id}/reactivate"""

    @extend_schema(
        operation_id="reactivate_colleague", tags=["staff"], request=None, responses=ColleagueOutput
    )
    def post(self, request: Request, member_id: UUID) -> Response:
        """Give the access back, with the roles as they were."""
        changing.reactivate_member(by=self.member, member=self.found(member_id).member)
        return Response(self.shown(member_id))
