"""Addresses of calendar feeds."""

from django.urls import path

from scheduling.feeds import views

urlpatterns = [
    path("calendar/<str:key>.ics", views.feed, name="feed"),
    path("account/calendar/", views.own_feed, name="own_feed"),
    path("account/calendar/revoke/", views.own_feed_revoke, name="own_feed_revoke"),
]
