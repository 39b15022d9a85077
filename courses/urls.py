"""Addresses of pages about courses."""

from django.urls import include, path

from courses import views

app_name = "courses"
urlpatterns = [
    path("courses/<uuid:course_id>/", views.course, name="course"),
    path("patients/<uuid:patient_id>/courses/", views.of_patient, name="of_patient"),
    path("", include("courses.editor.urls")),
    path("", include("courses.thresholds.urls")),
    path("", include("courses.assessments.urls")),
    path("", include("courses.alerts.urls")),
    path("", include("courses.authorizations.urls")),
    path("", include("courses.response.urls")),
    path("", include("courses.state.urls")),
    path("", include("courses.screening.urls")),
    path("", include("courses.summary.urls")),
]
