"""The API's addresses of the waitlist."""

from django.urls import path

from scheduling.waitlist import api

urlpatterns = [
    path("waitlist", api.Waitlist.as_view(), name="waitlist"),
    path("waitlist/<uuid:entry_id>", api.WaitlistEntryDetail.as_view(), name="waitlist_entry"),
    path("freed-times", api.FreedTimes.as_view(), name="freed_times"),
    path("courses/<uuid:course_id>/waitlist", api.CourseWait.as_view(), name="course_waitlist"),
    path("offers/<uuid:offer_id>/accept", api.OfferAcceptance.as_view(), name="offer_accept"),
    path("offers/<uuid:offer_id>/decline", api.OfferRefusal.as_view(), name="offer_decline"),
]
