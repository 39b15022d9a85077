"""Shapes of what the API takes and gives about the waitlist."""

from typing import Any

from rest_framework import serializers

from clinic.api.fields import Id, Input, Moment, Number
from scheduling.waitlist.models import FreedTime, SlotOffer, WaitlistEntry

Priority = WaitlistEntry.Priority


class WaitInput(Input):
    """What a course waits for."""

    wish = serializers.ChoiceField(
        choices=WaitlistEntry.Wish.choices,
        help_text="SOONER_VISIT: a visit earlier; SOONER_START: the course earlier, before its"
        " first dose; ANY_PLACE: what has no place yet",
    )
    priority = Number(
        default=Priority.USUAL.value,
        min_value=Priority.FIRST.value,
        max_value=Priority.LAST.value,
        help_text="Among equals: 1 before others, 2 as usual, 3 after others",
    )


class WaitlistQuery(Input):
    """Whose waitlist."""

    site = Id(help_text="The site")


class OfferOutput(serializers.Serializer[Any]):
    """A freed time offered to a course that waits."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=SlotOffer.Status.choices)
    how = serializers.ChoiceField(
        choices=SlotOffer.How.choices,
        help_text="MOVE: one visit moves; REPLAN: the course is planned anew; BOOK: what has no"
        " place is booked",
    )
    starts_at = Moment()
    ends_at = Moment()
    instead_of = Moment(allow_null=True, help_text="null: the visit has no place yet")
    benefit = serializers.IntegerField(help_text="By how much the planner’s objective falls")
    made_at = Moment()
    expires_at = Moment()
    answered_at = Moment(allow_null=True)
    answered_via = serializers.CharField(help_text="LINK, DESK, or empty")
    mail = serializers.ChoiceField(choices=SlotOffer.Mail.choices, help_text="The e-mail’s state")


class WaitOutput(serializers.Serializer[Any]):
    """One course on the waitlist."""

    id = serializers.UUIDField(source="entry.pk")
    course = serializers.UUIDField(source="entry.course_id")
    name = serializers.CharField(help_text="“Restricted chart” where that is shut")
    wish = serializers.ChoiceField(source="entry.wish", choices=WaitlistEntry.Wish.choices)
    priority = serializers.IntegerField(source="entry.priority")
    since = Moment(source="entry.since")
    next_at = Moment(allow_null=True, help_text="Its next visit; null: nothing is booked")
    offer = OfferOutput(allow_null=True, help_text="The last one")


class WaitlistOutput(serializers.Serializer[Any]):
    """Who waits at a site, in the order in which they come among equals."""

    timezone = serializers.CharField()
    entries = WaitOutput(many=True)


class CandidateOutput(serializers.Serializer[Any]):
    """Somebody whom the time was offered to, or would be next."""

    entry = serializers.UUIDField(source="entry_id")
    course = serializers.UUIDField(source="course_id")
    name = serializers.CharField()
    starts_at = Moment()
    instead_of = Moment(allow_null=True)
    gain = serializers.CharField(help_text="What it would gain, in words")
    offer = OfferOutput(allow_null=True, help_text="null: not asked yet")


class FreedTimeOutput(serializers.Serializer[Any]):
    """A time that became free."""

    id = serializers.UUIDField(source="freed.pk")
    starts_at = Moment(source="freed.starts_at")
    ends_at = Moment(source="freed.ends_at")
    freed_at = Moment(source="freed.freed_at")
    status = serializers.ChoiceField(source="freed.status", choices=FreedTime.Status.choices)
    asked = CandidateOutput(many=True, source="offers")
    next = CandidateOutput(many=True, source="others", help_text="The best first")


class FreedTimesOutput(serializers.Serializer[Any]):
    """A site's times to come that became free, soonest first."""

    timezone = serializers.CharField()
    times = FreedTimeOutput(many=True)
