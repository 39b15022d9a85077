"""The API's address of the summary."""

from django.urls import path

from courses.summary import api

urlpatterns = [
    path(
        "courses/<uuid:course_id>/summary/<uuid:consent_id>",
        api.CourseSummary.as_view(),
        name="course_summary",
    ),
]
