"""Addresses of the pages about thresholds; included under the names of courses."""

from django.urls import path

from courses.thresholds import views

_VERSION = "thresholds/<uuid:threshold_version_id>/"
urlpatterns = [
    path("thresholds/", views.thresholds, name="thresholds"),
    path("thresholds/draft/", views.draft, name="thresholds_draft"),
    path(_VERSION, views.version, name="threshold_version"),
    path(f"{_VERSION}sign/", views.sign, name="thresholds_sign"),
    path(f"{_VERSION}discard/", views.discard, name="thresholds_discard"),
]
