"""Shapes of what the API takes and gives about people and programs."""

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from clinic.api.fields import Email, Id, Input, Moment, Number, Text
from clinic.models import Membership, Role
from clinic.staffing.forms import MOST_CAPACITY
from clinic.staffing.selectors import STATES, Colleague

MOST_POSTS = 1000


class PostInput(Input):
    """A role at a site."""

    site = Id()
    role = serializers.ChoiceField(choices=Role.choices)


class PostsInput(Input):
    """All the roles that somebody has from now on."""

    roles = PostInput(many=True, max_length=MOST_POSTS)  # type: ignore[call-arg]


class InvitationInput(PostsInput):
    """Somebody to ask in."""

    name = Text(max_length=120)
    email = Email(max_length=254, help_text="Where the letter with the link goes")
    capacity = Number(
        min_value=1, max_value=MOST_CAPACITY, default=1,
        help_text="How much they look after at one time, in the units of the protocols",
    )  # fmt: skip


class LeavingInput(Input):
    """Why somebody's access ends."""

    reason = Text(max_length=200, help_text="For the record; the person does not see it")


class PostOutput(serializers.Serializer[Any]):
    """A role at a site."""

    site = serializers.UUIDField(source="site_id")
    role = serializers.ChoiceField(choices=Role.choices)


class LetterOutput(serializers.Serializer[Any]):
    """An invitation that has not been accepted."""

    sent_at = Moment(allow_null=True, help_text="null: on its way")
    expires_at = Moment()


class ColleagueOutput(serializers.Serializer[Any]):
    """Somebody who works, or has worked, for the organisation."""

    id = serializers.UUIDField(source="member.pk")
    url = serializers.SerializerMethodField()
    kind = serializers.ChoiceField(choices=Membership.Kind.choices, source="member.kind")
    name = serializers.CharField(source="member.name")
    email = serializers.CharField(allow_blank=True, help_text="Empty for who has left")
    capacity = serializers.IntegerField(source="member.capacity")
    state = serializers.ChoiceField(choices=list(STATES.items()))
    roles = PostOutput(many=True, source="member.assignments.all")
    has_second_step = serializers.BooleanField(help_text="An authenticator app or a passkey")
    last_sign_in_at = Moment(source="last_sign_in", allow_null=True)
    invitation = LetterOutput(allow_null=True)
    deactivated_at = Moment(source="member.deactivated_at", allow_null=True)
    deactivation_reason = serializers.CharField(
        source="member.deactivation_reason", allow_blank=True
    )

    def get_url(self, colleague: Colleague) -> str:
        """Where the person is read."""
        return reverse("api:colleague", args=[colleague.member.pk])
