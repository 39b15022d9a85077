"""The form of a draft: a number for each threshold."""

from collections.abc import Iterator
from typing import Any

from django import forms

from courses.thresholds.catalogue import Key, catalogue


class DraftForm(forms.Form):
    """Every threshold with its range, and why the numbers are as they are."""

    note = forms.CharField(
        max_length=240,
        required=False,
        label="What changes, and why",
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, key in catalogue().items():
            self.fields[name] = _field(key)

    @property
    def values(self) -> dict[str, Any]:
        """What was read, by key."""
        return {name: self.cleaned_data[name] for name in catalogue()}

    @property
    def groups(self) -> Iterator[tuple[str, list[tuple[Key, forms.BoundField]]]]:
        """The fields under their headings."""
        order = dict.fromkeys(key.group for key in catalogue().values())
        for group in order:
            keys = [key for key in catalogue().values() if key.group == group]
            yield group, [(key, self[key.name]) for key in keys]


def _field(key: Key) -> forms.Field:
    kind: Any = forms.IntegerField if key.is_whole else forms.DecimalField
    wanted = f"From {key.lowest} to {key.highest} {key.unit}."
    step = 1 if key.is_whole else 0.5
    made: forms.Field = kind(
        label=key.label,
        min_value=key.lowest,
        max_value=key.highest,
        widget=forms.NumberInput(attrs={"step": step, "inputmode": "decimal", "class": "input"}),
        error_messages={"min_value": wanted, "max_value": wanted, "required": "Give a number."},
    )
    return made


class SignForm(forms.Form):
    """As of when the signer has looked at the draft."""

    seen = forms.DateTimeField(widget=forms.HiddenInput)
