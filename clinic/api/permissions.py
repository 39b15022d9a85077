"""Who may call at all."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from clinic.api.authentication import member_of


class IsMember(BasePermission):
    """Only people who work for an organisation."""

    message = "This account does not work for any organisation."

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether there is an active membership behind the call."""
        member = member_of(request)
        return bool(request.user and request.user.is_authenticated and member and member.is_active)
