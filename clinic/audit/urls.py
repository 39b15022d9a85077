"""Addresses of the history."""

from django.urls import path

from clinic.audit import views

app_name = "audit"
urlpatterns = [
    path("patients/<uuid:patient_id>/history/", views.of_patient, name="history"),
    path("patients/<uuid:patient_id>/history.csv", views.as_file, name="history_file"),
    path("history/", views.of_configuration, name="configuration"),
]
