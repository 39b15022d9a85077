"""The waitlist over the API."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.access import site_for
from clinic.api.idempotency import idempotent
from clinic.api.problems import answer_of, problem_of
from clinic.api.views import ApiView
from clinic.charts import open_patient_ids
from clinic.rights import Right
from courses.access import course_for
from scheduling.serializers import NothingInput
from scheduling.waitlist.accepting import Answer, TimeGone, accept_offer, decline_offer
from scheduling.waitlist.access import entry_for, offer_for
from scheduling.waitlist.entering import enter_waitlist, leave_waitlist
from scheduling.waitlist.models import SlotOffer
from scheduling.waitlist.selectors import freed_times_of, wait_of, waitlist_of
from scheduling.waitlist.serializers import (
    FreedTimesOutput,
    OfferOutput,
    WaitInput,
    WaitlistOutput,
    WaitlistQuery,
    WaitOutput,
)


class Waitlist(ApiView):
    """GET /waitlist?site="""

    right = Right.VIEW_PATIENTS

    @extend_schema(
        operation_id="read_waitlist",
        tags=["waitlist"],
        parameters=[WaitlistQuery],
        responses=WaitlistOutput,
    )
    def get(self, request: Request) -> Response:
        """Who waits at a site, in the order in which they come among equals."""
        site = site_for(self.member, self.asked(WaitlistQuery)["site"], Right.VIEW_PATIENTS)
        now = timezone.now()
        lines = waitlist_of(site, open_ids=open_patient_ids(self.member, now=now), now=now)
        shown = {"timezone": site.timezone, "entries": lines}
        return Response(WaitlistOutput(shown, context={"zone": site.zone}).data)


class FreedTimes(ApiView):
    """GET /freed-times?site="""

    right = Right.VIEW_PATIENTS

    @extend_schema(
        operation_id="read_freed_times",
        tags=["waitlist"],
        parameters=[WaitlistQuery],
        responses=FreedTimesOutput,
    )
    def get(self, request: Request) -> Response:
        """A site's times that became free: who was asked, and whom they suit next."""
        site = site_for(self.member, self.asked(WaitlistQuery)["site"], Right.VIEW_PATIENTS)
        now = timezone.now()
        times = freed_times_of(site, open_ids=open_patient_ids(self.member, now=now), now=now)
        shown = {"timezone": site.timezone, "times": times}
        return Response(FreedTimesOutput(shown, context={"zone": site.zone}).data)


class CourseWait(ApiView):
    """POST /courses/{id}/waitlist"""

    right = Right.BOOK

    @extend_schema(
        operation_id="enter_waitlist",
        tags=["waitlist"],
        request=WaitInput,
        responses={200: WaitOutput},
    )
    @idempotent
    def post(self, request: Request, course_id: UUID) -> Response:
        """Put the course on its site's waitlist; 409 `not-to-wait` where it waits already."""
        course, now = course_for(self.member, course_id, Right.BOOK), timezone.now()
        enter_waitlist(course=course, by=self.member, now=now, **self.sent(WaitInput))
        zone = {"zone": course.site.zone}
        return Response(WaitOutput(wait_of(course, now=now), context=zone).data)


class WaitlistEntryDetail(ApiView):
    """DELETE /waitlist/{id}"""

    right = Right.BOOK

    @extend_schema(operation_id="leave_waitlist", tags=["waitlist"], responses={204: None})
    def delete(self, request: Request, entry_id: UUID) -> Response:
        """Take the course off the list; what is offered to it goes to the next."""
        entry = entry_for(self.member, entry_id, Right.BOOK)
        leave_waitlist(entry=entry, by=self.member, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class OfferAcceptance(ApiView):
    """POST /offers/{id}/accept"""

    right = Right.BOOK

    @extend_schema(
        operation_id="accept_offer",
        tags=["waitlist"],
        request=NothingInput,
        responses={200: OfferOutput},
    )
    @idempotent
    def post(self, request: Request, offer_id: UUID) -> Response:
        """The patient said yes: give the course the time, in one transaction.

        409 `offer-over` where the offer was answered, lapsed or withdrawn; 409 `time-gone` where
        somebody else has the time now, and then the course waits on.
        """
        offer = offer_for(self.member, offer_id, Right.BOOK)
        self.sent(NothingInput)
        done = accept_offer(offer=offer, said=_by_desk(self))
        if done.status != SlotOffer.Status.ACCEPTED:
            # Not raised: that the offer is over is kept.
            return answer_of(problem_of(TimeGone("The time is gone; the course waits on.")))
        return _told(done)


class OfferRefusal(ApiView):
    """POST /offers/{id}/decline"""

    right = Right.BOOK

    @extend_schema(
        operation_id="decline_offer",
        tags=["waitlist"],
        request=NothingInput,
        responses={200: OfferOutput},
    )
    @idempotent
    def post(self, request: Request, offer_id: UUID) -> Response:
        """The patient said no: the time goes to the next; 409 `offer-over` where it is over."""
        offer = offer_for(self.member, offer_id, Right.BOOK)
        self.sent(NothingInput)
        return _told(decline_offer(offer=offer, said=_by_desk(self)))


def _by_desk(view: ApiView) -> Answer:
    return Answer(SlotOffer.Via.DESK, view.member, timezone.now())


def _told(offer: SlotOffer) -> Response:
    return Response(OfferOutput(offer, context={"zone": offer.entry.site.zone}).data)
