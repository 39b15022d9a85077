"""Shapes of what the editor's pages take, beside the draft itself."""

import json
from typing import Any, cast

from django import forms
from django.db.models import QuerySet

from clinic.models import Organization
from courses.models import ProtocolVersion
from courses.selectors import published_versions

CODE = r"^[A-Z][A-Z0-9_]*$"


class VersionChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic in stubs alone
    """One of the versions in force, by the name of its protocol."""

    def label_from_instance(self, obj: ProtocolVersion) -> str:
        """The protocol's name."""
        return obj.protocol.name


class SeenForm(forms.Form):
    """As of when somebody has looked at the draft."""

    seen = forms.DateTimeField(widget=forms.HiddenInput)


class NewProtocolForm(forms.Form):
    """A new protocol, from a version that it begins with."""

    template = VersionChoice(
        ProtocolVersion.objects.none(),
        label="Begin with",
        help_text="Its content is copied; nothing of it changes.",
        widget=forms.Select(attrs={"class": "input"}),
    )
    code = forms.RegexField(
        CODE,
        max_length=20,
        label="Code",
        help_text="Capitals, digits and underscores: KAP_IM. It stays as it is.",
        error_messages={"invalid": "A capital first, then capitals, digits and underscores."},
    )
    name = forms.CharField(max_length=120, label="Name", help_text="What staff choose it by.")

    def __init__(self, organization: Organization, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        published = ProtocolVersion.objects.filter(
            organization=organization, published_at__isnull=False, retired_at=None
        )
        _offer(self, published)


def _offer(form: forms.Form, versions: QuerySet[ProtocolVersion]) -> None:
    rows = versions.select_related("protocol").order_by("protocol__name", "pk")
    cast(VersionChoice, form.fields["template"]).queryset = rows


class ReasonForm(forms.Form):
    """Why somebody does it."""

    reason = forms.CharField(
        max_length=240, label="Reason", widget=forms.Textarea(attrs={"rows": 2})
    )


class RouteForm(forms.Form):
    """The protocol in force whose route and clinical parts a draft takes over."""

    template = VersionChoice(
        ProtocolVersion.objects.none(),
        label="Take over route, dose, vital signs, observation and checks from",
        widget=forms.Select(attrs={"class": "input"}),
    )

    def __init__(self, organization: Organization, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [version.pk for version in published_versions(organization=organization)]
        rows = ProtocolVersion.objects.filter(pk__in=offered)
        _offer(self, rows)


class JsonForm(SeenForm):
    """The whole definition as text."""

    definition = forms.CharField(
        label="Definition",
        strip=False,
        widget=forms.Textarea(attrs={"rows": 32, "spellcheck": "false", "class": "input code"}),
    )

    def clean_definition(self) -> dict[str, Any]:
        """The text as JSON; a fault names its line."""
        try:
            data = json.loads(self.cleaned_data["definition"])
        except json.JSONDecodeError as exc:
            raise forms.ValidationError(
                f"No JSON: {exc.msg}, line {exc.lineno}, column {exc.colno}."
            ) from exc
        if not isinstance(data, dict):
            raise forms.ValidationError("A definition is an object: it begins with {.")
        return data
