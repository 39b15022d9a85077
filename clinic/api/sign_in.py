"""Getting an API token, looking at it, and giving it up."""

from datetime import timedelta

from django.http import Http404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.problems import PROBLEM
from clinic.api.schema import Problem
from clinic.api.throttles import TokenMakingThrottle
from clinic.api.tokens import (
    account_of,
    issue_token,
    membership_of,
    prove_second_step,
    revoke_token,
)
from clinic.api.views import ApiView
from clinic.models import ApiToken
from clinic.rights import PUBLIC, SIGNED_IN
from clinic.second_step import require_second_step
from clinic.serializers import NewTokenOutput, TokenInput, TokenOutput

NO_TOKEN = {(404, PROBLEM): OpenApiResponse(Problem, description="Not signed with a token.")}


class TokenMaking(ApiView):
    """POST /tokens"""

    rule = PUBLIC
    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = [TokenMakingThrottle]

    @extend_schema(
        operation_id="create_token",
        tags=["tokens"],
        request=TokenInput,
        responses={201: NewTokenOutput, (403, PROBLEM): Problem, (429, PROBLEM): Problem},
    )
    def post(self, request: Request) -> Response:
        """A token for an account. Its text is shown this once."""
        said = self.sent(TokenInput)
        user = account_of(request._request, email=said["email"], password=said["password"])
        prove_second_step(user, said["code"])
        member = membership_of(user, said.get("organization"))
        require_second_step(member)
        row, text = issue_token(
            member=member,
            name=said["name"],
            lifetime=timedelta(days=said["days"]),
            scopes=said.get("scopes"),
        )
        row.text = text
        return Response(NewTokenOutput(row).data, status=status.HTTP_201_CREATED)


class OwnToken(ApiView):
    """GET and DELETE /tokens/current"""

    rule = SIGNED_IN

    @property
    def token(self) -> ApiToken:
        """The token that signs this call; 404 for a browser's session."""
        if not isinstance(self.request.auth, ApiToken):
            raise Http404
        return self.request.auth

    @extend_schema(
        operation_id="read_token", tags=["tokens"], responses={200: TokenOutput, **NO_TOKEN}
    )
    def get(self, request: Request) -> Response:
        """The token that signs this call."""
        return Response(TokenOutput(self.token).data)

    @extend_schema(operation_id="revoke_token", tags=["tokens"], responses={204: None, **NO_TOKEN})
    def delete(self, request: Request) -> Response:
        """End the token that signs this call, at once."""
        revoke_token(token=self.token)
        return Response(status=status.HTTP_204_NO_CONTENT)
