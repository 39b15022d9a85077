"""The API's addresses of charts that are, or may be, of one person."""

from django.urls import path

from clinic.identity import api

urlpatterns = [
    path("patients/matches", api.PatientMatches.as_view(), name="matches"),
    path("patients/duplicates", api.SuspectedPairs.as_view(), name="duplicates"),
    path("patients/<uuid:patient_id>/apart", api.PatientApart.as_view(), name="apart"),
    path("patients/<uuid:patient_id>/charts", api.OtherCharts.as_view(), name="other_charts"),
    path("patients/<uuid:patient_id>/unlink", api.PatientUnlinking.as_view(), name="unlink"),
]
