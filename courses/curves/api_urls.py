"""The API's address of scores over time."""

from django.urls import path

from courses.curves import api

urlpatterns = [
    path("courses/<uuid:course_id>/curves", api.CourseCurves.as_view(), name="curves"),
]
