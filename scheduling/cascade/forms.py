"""What is asked of a visit, and what is said to the way that is accepted."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError

from scheduling.cascade.wish import Want, Wanted
from scheduling.forms import EndForm, is_within_planning
from scheduling.models import GroupVisit
from scheduling.services.changing import Why
from sessions.models import Session

Code, Party = Session.CancelCode, Session.Party
ONE_DAY = timedelta(days=1)


def wanted_of(asked: Mapping[str, str], visit: Session, *, today: date) -> Wanted | None:
    """The wish that an address names; None where it names none. ValidationError for odd values."""
    if asked.get("group"):
        return place_in(asked["group"])
    if asked.get("to"):
        return Wanted(Want.MOVE, _moment(asked["to"], visit))
    want = Want.CANCEL if asked.get("cancel") else Want.MISS if asked.get("missed") else None
    if want is None:
        return None
    return Wanted(want, not_before=_not_before(asked.get("not_before", ""), visit, today))


def place_in(group_id: str) -> Wanted:
    """The wish for a place in a group; ValidationError where there is no such group."""
    try:
        found = GroupVisit.objects.filter(pk=UUID(group_id)).first()
    except ValueError:
        found = None
    if found is None:
        raise ValidationError("There is no such group.")
    return Wanted(Want.MOVE, found.starts_at, group=str(found.pk))


def _moment(text: str, visit: Session) -> datetime:
    """The moment; one without an offset is by the site's clock."""
    try:
        # A plus sign that nobody escaped arrives as a blank.
        moment = datetime.fromisoformat(text.strip().replace(" ", "+"))
    except ValueError as exc:
        raise ValidationError("This is no moment: give it as 2026-01-12T10:00-05:00.") from exc
    if not is_within_planning(moment.date()):
        raise ValidationError("Check the year.")
    return moment if moment.tzinfo else moment.replace(tzinfo=visit.site.zone)


def _not_before(text: str, visit: Session, today: date) -> date:
    if not text:
        return first_day(None, visit, today)
    try:
        day = date.fromisoformat(text)
    except ValueError as exc:
        raise ValidationError("This is no date: give it as 2026-01-12.") from exc
    if not is_within_planning(day):
        raise ValidationError("Check the year.")
    return first_day(day, visit, today)


def first_day(asked: date | None, visit: Session, today: date) -> date:
    """From when a place is planned anew: the day after the visit unless another is named; never
    one that is over."""
    return max(asked or visit.local_date + ONE_DAY, today)


class AcceptForm(EndForm):
    """Which of the ways, and what is said to it."""

    way = forms.IntegerField(
        min_value=0,
        max_value=9,
        widget=forms.HiddenInput,
        error_messages={"required": "Choose one of the ways."},
    )

    def __init__(self, *args: Any, want: Want, **kwargs: Any) -> None:
        is_missed = want is Want.MISS
        super().__init__(*args, is_missed=is_missed, auto_id="id_change_%s", **kwargs)
        if want is Want.MOVE:
            del self.fields["code"]
            del self.fields["cancelled_by"]

    @property
    def answer(self) -> str:
        """The signed answer of the chosen way, of a valid form."""
        return str(self.data.get(f"answer-{self.cleaned_data['way']}", ""))

    @property
    def answer_typed(self) -> str:
        """The same of a form that need not be valid."""
        return str(self.data.get(f"answer-{self.data.get('way', '')}", ""))

    @property
    def decision_said(self) -> str:
        """What a clinician wrote to the chosen way."""
        return str(self.data.get(f"decision-{self.cleaned_data['way']}", ""))

    @property
    def decision_typed(self) -> str:
        """The same for the page that shows it again."""
        return str(self.data.get(f"decision-{self.data.get('way', '')}", ""))

    @property
    def is_amber_meant(self) -> bool:
        """Whether the tick of the chosen way is set."""
        return bool(self.data.get(f"amber-{self.cleaned_data['way']}"))

    @property
    def why(self) -> Why:
        """The coded reason, who cancels, and the note, of a valid form."""
        said = self.cleaned_data
        return Why(
            code=said.get("code") or Code.OTHER,
            by=said.get("cancelled_by") or Party.CLINIC,
            text=said.get("reason", ""),
        )
