"""Who may call: each view declares a right, or that it is open; what declares nothing is shut."""

from typing import Any

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from clinic.api.authentication import member_of
from clinic.models import ApiToken
from clinic.rights import PUBLIC, SIGNED_IN, Right, Rule, require
from clinic.second_step import require_second_step


def rule_of(view: Any) -> Rule | None:
    """What a view (its class or an instance) declares by `right`, `rights` or `rule`."""
    if rights := getattr(view, "rights", None):
        return Rule("allowed", rights)
    right: Right | None = getattr(view, "right", None)
    return Rule.of(right) if right else getattr(view, "rule", None)


class MayCall(BasePermission):
    """Let in who holds the declared right at some site; the row finders ask again at the row's."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the call goes on; RightMissing names the right that lacks.

        SecondStepMissing for the token of somebody who could not sign in on pages either.
        """
        rule = rule_of(view)
        if rule == PUBLIC:
            return True
        if not (request.user and request.user.is_authenticated):
            return False
        member = member_of(request)
        if not (member and member.is_active):
            raise PermissionDenied("This account does not work for any organisation.")
        if rule is None or not hasattr(view, str(request.method).lower()):
            return rule is not None  # a method that the view does not have is refused as such
        if right := rule.right_for(str(request.method)):
            require(member, right)
            if isinstance(request.auth, ApiToken):
                require_second_step(member)
        return bool(right) or rule == SIGNED_IN
