"""Addresses of hours, rooms and rosters."""

from django.urls import path

from clinic.availability import views

app_name = "availability"
urlpatterns = [
    path("sites/roster/", views.start, name="start"),
    path("sites/<uuid:site_id>/roster/", views.week, name="roster"),
    path("sites/<uuid:site_id>/roster/<uuid:member_id>/", views.person, name="person"),
    path("sites/<uuid:site_id>/hours/", views.hours, name="hours"),
    path("sites/<uuid:site_id>/rooms/", views.rooms, name="rooms"),
    path("sites/<uuid:site_id>/credentials/", views.credentials, name="credentials"),
]
