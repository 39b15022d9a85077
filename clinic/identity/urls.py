"""Addresses of pages about charts of one person."""

from django.urls import path

from clinic.identity import views

app_name = "identity"
urlpatterns = [
    path("patients/duplicates/", views.pairs, name="pairs"),
    path("patients/<uuid:patient_id>/apart/", views.apart, name="apart"),
    path("patients/<uuid:patient_id>/unlink/", views.unlink, name="unlink"),
]
