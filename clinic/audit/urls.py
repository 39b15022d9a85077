"""Addresses of the history."""

from django.urls import path

from clinic.audit import views

app_name = "audit"
urlpatterns = [
    path("patients/<uuid:patient_id>/history/", views.of_patient, name="patient"),
    path("patients/<uuid:patient_id>/history.csv", views.patient_file, name="patient_file"),
    path("history/", views.of_configuration, name="configuration"),
]
