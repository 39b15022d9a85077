"""The API's addresses of protocols and courses."""

from django.urls import include, path

from courses import api

urlpatterns = [
    path("protocols", api.Protocols.as_view(), name="protocols"),
    path(
        "patients/<uuid:patient_id>/courses",
        api.PatientCourses.as_view(),
        name="patient_courses",
    ),
    path("", include("courses.curves.api_urls")),
    path("", include("courses.editor.api_urls")),
    path("", include("courses.thresholds.api_urls")),
    path("", include("courses.assessments.api_urls")),
    path("", include("courses.alerts.api_urls")),
    path("", include("courses.authorizations.api_urls")),
    path("", include("courses.response.api_urls")),
    path("", include("courses.screening.api_urls")),
    path("", include("courses.summary.api_urls")),
]
