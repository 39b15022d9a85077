"""The forms of what is done to a course; each knows the course and who fills it in."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from clinic.forms import DateInput
from clinic.models import Membership, Role
from clinic.reasons import LEAST, MOST, TOO_SHORT
from courses.doses.selectors import doses_of_patient
from courses.events import LONGEST_REASON
from courses.holds.selectors import open_holds
from courses.lapses.needs import Need, needs_of
from courses.lapses.selectors import lapse_of
from courses.models import Course, Dose, Hold, LapseDecision, ProtocolVersion
from courses.screening.catalogue import indication_label
from courses.selectors import definition_of, published_versions
from scheduling.forms import FIRST_DOSE_WITHIN, indications_of

AWAY = timedelta(days=14)
# The ones that people open; reviews, lapses and screenings open their own.
BY_HAND = (
    Hold.Kind.CLINICIAN,
    Hold.Kind.PREGNANCY,
    Hold.Kind.DRUG_SCREEN,
    Hold.Kind.HOSPITAL,
    Hold.Kind.URINARY,
    Hold.Kind.PSYCHIATRIC,
)
# What becomes of a course elsewhere in the product, and is not chosen here.
NOT_CHOSEN = (Course.StopReason.SWITCHED, Course.StopReason.DEATH)


def reason_field(**said: Any) -> forms.CharField:
    """Why: kept on the course's timeline."""
    return forms.CharField(
        max_length=LONGEST_REASON,
        label="Reason",
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Please give a reason; it is kept with the course."},
        **said,
    )


class ActForm(forms.Form):
    """A form about one course."""

    # What the act waits for, where there is such a thing.
    needs: Sequence[Need] = ()
    # The field by whose value the choices of another go, and that other one.
    decisive = dependent = ""

    def __init__(
        self, *args: Any, course: Course, member: Membership, today: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.course, self.member, self.today = course, member, today
        self.prepare()

    def prepare(self) -> None:
        """Fill in what depends on the course."""

    @property
    def own(self) -> Any:
        """The fields, as ones whose choices may be set."""
        return self.fields


class ReasonForm(ActForm):
    """Nothing but why."""

    reason = reason_field()


class OptionalReasonForm(ActForm):
    """Why, where there is something to say."""

    reason = reason_field(required=False)


class PauseForm(ActForm):
    """Until when, and why."""

    until = forms.DateField(label="Paused until", widget=DateInput())
    reason = reason_field()

    def prepare(self) -> None:
        """Two weeks are a start."""
        self.own["until"].initial = self.today + AWAY


class StopForm(ActForm):
    """Why the course ends early, as a code and in words."""

    code = forms.ChoiceField(label="Why", choices=())
    reason = reason_field(required=False, help_text="In words; needed for “Other”.")

    def prepare(self) -> None:
        """Switching and death have ways of their own."""
        self.own["code"].choices = [
            ("", "Choose a reason"),
            *[(one.value, one.label) for one in Course.StopReason if one not in NOT_CHOSEN],
        ]


class HoldForm(ActForm):
    """What holds the doses, and what becomes of the booked ones."""

    kind = forms.ChoiceField(label="Why", choices=[(one.value, one.label) for one in BY_HAND])
    reason = reason_field()
    calls_off = forms.BooleanField(
        required=False, initial=True, label="Call off the booked doses; the patient is told"
    )


class HoldChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic in stubs alone
    """A hold by its kind and day."""

    def label_from_instance(self, obj: Any) -> str:
        """“Pregnancy, since 3 May 2026”, by the site's calendar."""
        since = obj.opened_at.astimezone(obj.course.site.zone)
        return f"{obj.get_kind_display()}, since {since:%-d %B %Y}"


class ReleaseForm(ActForm):
    """Which hold, and why doses may go on."""

    hold = HoldChoice(queryset=Hold.objects.none(), empty_label=None)
    reason = reason_field()

    def prepare(self) -> None:
        """The open holds of the course that no decision of their own releases."""
        held = open_holds([self.course]).get(self.course.pk, [])
        own_way = (Hold.Kind.MISSED_DOSE,)
        ids = [hold.pk for hold in held if hold.kind not in own_way]
        rows = Hold.objects.filter(pk__in=ids).select_related("course__site")
        self.own["hold"].queryset = rows.order_by("opened_at", "pk")


class MoreForm(ActForm):
    """How many more doses, and why."""

    doses = forms.IntegerField(min_value=1, max_value=12, label="Further doses", initial=1)
    reason = reason_field()


class LapseForm(ActForm):
    """How the course goes on, for a next dose on a date."""

    decisive, dependent = "on", "option"

    on = forms.DateField(label="Next dose on", widget=DateInput())
    option = forms.ChoiceField(label="Decision", choices=LapseDecision.Option.choices)
    reason = reason_field()

    def prepare(self) -> None:
        """The options of the protocol's row for the date that was sent, else for today."""
        self.own["on"].initial = self.today
        lapse = lapse_of(self.course, on=self._day())
        if lapse:
            self.needs = needs_of(self.course, lapse, now=timezone.now())
        if lapse and lapse.row and lapse.row.options:
            allowed = set(lapse.row.options)
            every = LapseDecision.Option.choices
            self.own["option"].choices = [one for one in every if one[0] in allowed]

    def _day(self) -> date:
        try:
            return self.own["on"].clean(self["on"].value()) or self.today
        except forms.ValidationError:
            return self.today


class ElsewhereForm(ActForm):
    """A dose that another clinic gave."""

    on = forms.DateField(label="Given on", widget=DateInput())
    drug = forms.CharField(max_length=40, label="Drug")
    route = forms.CharField(max_length=20, label="Route")
    amount_mg = forms.DecimalField(
        required=False, min_value=0, max_digits=6, decimal_places=1, label="Amount in mg"
    )
    seq = forms.IntegerField(
        required=False,
        min_value=1,
        label="Counts as dose number",
        help_text="Only where it is a dose of this course, begun at another clinic.",
    )
    is_amount_confirmed = forms.BooleanField(
        required=False,
        label="The amount is checked, and right",
        help_text="Needed only where the amount is asked about.",
    )

    def prepare(self) -> None:
        """Mostly the same drug by the same route."""
        definition = definition_of(self.course.protocol_version)
        self.own["drug"].initial = definition.drug
        self.own["route"].initial = definition.route


class DoseChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic in stubs alone
    """A dose by its day."""

    def label_from_instance(self, obj: Any) -> str:
        """“3 May 2026, nasal”."""
        return f"{obj.on:%-d %B %Y}, {obj.route}"


class NotElsewhereForm(ActForm):
    """Which record of a dose elsewhere was wrong, and why."""

    dose = DoseChoice(queryset=Dose.objects.none(), empty_label=None, label="Dose elsewhere")
    reason = reason_field()

    def prepare(self) -> None:
        """The patient's doses at other clinics."""
        rows = doses_of_patient(self.course.patient).filter(source=Dose.Source.OUTSIDE)
        self.own["dose"].queryset = rows.select_related("course")


class BeyondCapForm(ActForm):
    """The day of the dose, and why more than the cap is right."""

    on = forms.DateField(label="Dose on", widget=DateInput())
    reason = forms.CharField(
        min_length=LEAST,
        max_length=MOST,
        label="Why beyond the cap",
        help_text=f"At least {LEAST} characters; kept as your decision.",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"min_length": TOO_SHORT},
    )


class UnpreparedForm(BeyondCapForm):
    """The day of the first dose, and why preparation is not waited for."""

    def prepare(self) -> None:
        """Another question than that of a cap."""
        self.own["reason"].label = "Why without complete preparation"


class ConfirmForm(BeyondCapForm):
    """The day of the dose, and why it is right in spite of a check's result."""

    def prepare(self) -> None:
        """Another question than that of a cap."""
        self.own["reason"].label = "Why the dose is right all the same"


class TermsForm(ActForm):
    """What the course is for, and how long."""

    goal = forms.CharField(required=False, max_length=240, label="Goal")
    indication = forms.ChoiceField(required=False, label="Indication")
    planned_end_on = forms.DateField(required=False, label="Planned end", widget=DateInput())
    review_on = forms.DateField(required=False, label="Review on", widget=DateInput())
    lead_prescriber = forms.ModelChoiceField(
        queryset=Membership.objects.none(), required=False, empty_label="Nobody yet"
    )

    def prepare(self) -> None:
        """What the course has now, and who and what may be chosen."""
        course = self.course
        prescribers = Membership.objects.with_role(Role.PRESCRIBER, course.site)
        self.own["lead_prescriber"].queryset = prescribers.order_by("name", "pk")
        listed = dict(indications_of([course.protocol_version]))
        if course.indication:
            listed.setdefault(course.indication, indication_label(course.indication))
        self.own["indication"].choices = [("", "Not said"), *listed.items()]
        for name in self.fields:
            value = getattr(course, f"{name}_id" if name == "lead_prescriber" else name)
            self.own[name].initial = value


class FollowForm(ActForm):
    """Which course goes on from this one, and why."""

    relation = forms.ChoiceField(
        label="What follows",
        choices=[
            one for one in Course.Relation.choices if one[0] != Course.Relation.TRANSFER.value
        ],
    )
    protocol_version = forms.ModelChoiceField(
        queryset=ProtocolVersion.objects.none(), empty_label=None, label="Protocol"
    )
    earliest_on = forms.DateField(label="Nothing before", widget=DateInput())
    latest_first_on = forms.DateField(label="First dose by", widget=DateInput())
    reason = reason_field()

    def prepare(self) -> None:
        """The protocols in use, from tomorrow on."""
        versions = published_versions(organization=self.course.organization)
        rows = ProtocolVersion.objects.filter(pk__in=[one.pk for one in versions])
        self.own["protocol_version"].queryset = rows.select_related("protocol").order_by(
            "protocol__name", "pk"
        )
        begins = self.today + timedelta(days=1)
        self.own["earliest_on"].initial = begins
        self.own["latest_first_on"].initial = begins + FIRST_DOSE_WITHIN
