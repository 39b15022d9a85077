"""What somebody says who puts a course on the waitlist."""

from django import forms

from scheduling.waitlist.models import WaitlistEntry


class WaitForm(forms.Form):
    """What the course waits for, and whether before others."""

    wish = forms.ChoiceField(label="Waits for", choices=WaitlistEntry.Wish.choices)
    priority = forms.TypedChoiceField(
        label="Among equals",
        choices=WaitlistEntry.Priority.choices,
        coerce=int,
        initial=WaitlistEntry.Priority.USUAL,
    )
