"""Forms about restricted charts."""

from django import forms

from clinic.reasons import LEAST, MOST, TOO_SHORT


class LongReasonForm(forms.Form):
    """A reason that must say something."""

    reason = forms.CharField(
        min_length=LEAST,
        max_length=MOST,
        label="Reason",
        help_text=f"At least {LEAST} characters. It is kept, with your name and the time.",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": TOO_SHORT, "min_length": TOO_SHORT},
    )
