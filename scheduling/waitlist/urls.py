"""Addresses of the waitlist."""

from django.urls import path

from scheduling.waitlist import views

urlpatterns = [
    path("waitlist/", views.waitlist, name="waitlist"),
    path("waitlist/<uuid:entry_id>/leave/", views.leave, name="waitlist_leave"),
    path("courses/<uuid:course_id>/waitlist/", views.of_course, name="waitlist_of_course"),
    path("courses/<uuid:course_id>/waitlist/enter/", views.enter, name="waitlist_enter"),
    path("offers/<uuid:offer_id>/accept/", views.accept, name="offer_accept"),
    path("offers/<uuid:offer_id>/decline/", views.decline, name="offer_decline"),
    path("answer/<str:key>/", views.answer, name="offer_answer"),
]
