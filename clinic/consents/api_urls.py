"""The API's addresses of consents."""

from django.urls import path

from clinic.consents import api

urlpatterns = [
    path("consent-texts", api.ConsentTexts.as_view(), name="consent_texts"),
    path("consents/<uuid:consent_id>", api.ConsentDetail.as_view(), name="consent"),
    path(
        "patients/<uuid:patient_id>/consents",
        api.PatientConsents.as_view(),
        name="patient_consents",
    ),
]
