"""What stands in the book for one of the staff."""

from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.access import row_for
from clinic.api.fields import Moment
from clinic.api.views import ListView
from clinic.models import Membership
from clinic.rights import Right
from scheduling.selectors.colleagues import visits_counting_on
from sessions.models import Session


class BookedVisitOutput(serializers.Serializer[Session]):
    """A visit that counts on somebody."""

    id = serializers.UUIDField()
    url = serializers.SerializerMethodField()
    site = serializers.UUIDField(source="site_id")
    kind = serializers.ChoiceField(choices=Session.Kind.choices)
    starts_at = Moment()
    ends_at = Moment()

    def get_url(self, visit: Session) -> str:
        """Where the visit is read."""
        return reverse("api:visit", args=[visit.pk])


class ColleagueVisits(ListView):
    """GET /staff/{id}/visits"""

    right = Right.MANAGE_STAFF

    @extend_schema(
        operation_id="list_visits_of_colleague",
        tags=["staff"],
        responses=BookedVisitOutput(many=True),
    )
    def get(self, request: Request, member_id: UUID) -> Response:
        """The visits from now on that count on the person."""
        member = row_for(self.member, Membership.objects.all(), member_id)
        return self.page(visits_counting_on(member, now=timezone.now()), BookedVisitOutput)
