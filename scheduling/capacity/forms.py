"""What the page of a site's capacity sends."""

from uuid import UUID

from django import forms

from courses.models import ProtocolVersion


class ForecastForm(forms.Form):
    """A site, and one of the protocols in use."""

    site = forms.UUIDField()
    protocol = forms.ChoiceField()

    def __init__(self, data: object, versions: list[ProtocolVersion]) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        self.versions = {str(version.pk): version for version in versions}
        self.fields["protocol"].choices = [(key, key) for key in self.versions]  # type: ignore[attr-defined]

    @property
    def site_id(self) -> UUID:
        """Whose site is meant, when the form is valid."""
        site: UUID = self.cleaned_data["site"]
        return site

    @property
    def version(self) -> ProtocolVersion:
        """The protocol's version, when the form is valid."""
        return self.versions[self.cleaned_data["protocol"]]
