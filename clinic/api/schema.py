"""What the OpenAPI description says beyond what drf-spectacular reads off the views."""

# drf-spectacular's extension points carry no types.
# mypy: disable-error-code="no-untyped-call"

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerExtension,
    OpenApiSerializerFieldExtension,
)
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction
from rest_framework import serializers
from rest_framework.permissions import AllowAny

from clinic.api.problems import PROBLEM
from clinic.rights import CHOICES

DESCRIPTIONS = {
    "400": "Some values are not right, or the rules refuse this.",
    "401": "No token that is in force.",
    "403": "The caller may not do this; `right` names what is missing.",
    "404": "There is no such thing in this organisation.",
    "406": "Answers are JSON.",
    "409": "The world changed since; `changes` says what, where that helps.",
    "413": "The body is too large.",
    "415": "Bodies are JSON.",
    "422": "This Idempotency-Key was used for another request.",
    "429": "Too many calls, or tries; `Retry-After` says how long to wait.",
}


class FieldError(serializers.Serializer[Any]):
    """One value that is not right."""

    pointer = serializers.CharField(help_text="JSON pointer into the request, such as #/email")
    detail = serializers.CharField()


class Change(serializers.Serializer[Any]):
    """Something that is no longer as it was."""

    visit = serializers.CharField(help_text="Which visit, such as Infusion 3")
    change = serializers.CharField(help_text="What changed, in words")


class Problem(serializers.Serializer[Any]):
    """Why a call was refused (RFC 9457)."""

    type = serializers.CharField(help_text="about:blank, or urn:courseline:problem:…")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="For people to read")
    errors = FieldError(many=True, required=False)  # type: ignore[assignment]
    changes = Change(many=True, required=False)
    right = serializers.ChoiceField(
        choices=CHOICES,
        required=False,
        help_text="With right-missing: what the caller's roles lack",
    )
    patient = serializers.UUIDField(
        required=False, help_text="With chart-restricted: whose glass is to be broken"
    )


class Schema(AutoSchema):
    """Every operation with the refusals that it may answer with."""

    def _get_serializer_name(self, *args: Any, **options: Any) -> str:
        return str(super()._get_serializer_name(*args, **options)).removesuffix("Output")

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        responses: dict[str, Any] = super()._get_response_bodies(direction)
        component = self.resolve_serializer(Problem(), direction)
        content = {PROBLEM: {"schema": component.ref}}
        for code in self._refusals():
            responses.setdefault(code, {"content": content, "description": DESCRIPTIONS[code]})
        return dict(sorted(responses.items()))

    def _refusals(self) -> list[str]:
        is_open = AllowAny in self.view.permission_classes
        codes = ["406"] if is_open else ["401", "403", "406", "429"]
        if self.method in ("POST", "PUT", "PATCH"):
            codes += ["400", "413", "415"]
        if any(part.get("in") == "query" for part in self._get_parameters()):
            codes.append("400")
        if "{" in self.path:
            codes.append("404")
        if any(part["name"] == "Idempotency-Key" for part in self._get_parameters()):
            codes += ["409", "422"]
        return codes


class InputSchema(OpenApiSerializerExtension):
    """Input objects refuse members that they do not know."""

    target_class = "clinic.api.fields.Input"
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        """The usual description, closed."""
        found = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return {**found, "additionalProperties": False}


class TextSchema(OpenApiSerializerFieldExtension):
    """Text that may not be blank says so."""

    target_class = "clinic.api.fields.Text"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        """The usual description, with something other than blanks in it."""
        found = auto_schema._map_serializer_field(self.target, direction, bypass_extensions=True)
        return found if self.target.allow_blank else {**found, "pattern": r"\S"}


class TokenScheme(OpenApiAuthenticationExtension):
    """A token in the Authorization header."""

    target_class = "clinic.api.authentication.ApiTokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """How to sign a call."""
        return {"type": "http", "scheme": "bearer", "description": "From POST /api/v1/tokens"}


class BrowserScheme(OpenApiAuthenticationExtension):
    """The signed-in browser."""

    target_class = "clinic.api.authentication.BrowserAuthentication"
    name = "browser"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """The session's cookie; writing also needs the CSRF header."""
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}
