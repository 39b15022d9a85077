"""Addresses of what is done in visits."""

from django.urls import path

from sessions import views
from sessions.attendance.views import of_patient as attendance_of_patient
from sessions.integrations.views import of_course

app_name = "treatment_sessions"
urlpatterns = [
    path(
        "patients/<uuid:patient_id>/attendance/",
        attendance_of_patient,
        name="attendance_of_patient",
    ),
    path("visits/<uuid:visit_id>/step/", views.step, name="step"),
    path("courses/<uuid:course_id>/integration/", of_course, name="integration_of_course"),
]
