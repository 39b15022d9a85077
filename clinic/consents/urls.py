"""Addresses of pages about consents and their texts."""

from django.urls import path

from clinic.consents import text_views, views

app_name = "consents"
urlpatterns = [
    path("patients/<uuid:patient_id>/consents/", views.history, name="history"),
    path("patients/<uuid:patient_id>/consents/card/", views.of_patient, name="of_patient"),
    path("patients/<uuid:patient_id>/consents/new/<uuid:text_id>/", views.record, name="record"),
    path("patients/<uuid:patient_id>/consents/paper/<uuid:text_id>/", views.paper, name="paper"),
    path("consents/<uuid:consent_id>/", views.consent, name="consent"),
    path("settings/consents/", text_views.texts, name="texts"),
    path("settings/consents/<uuid:text_id>/", text_views.text, name="text"),
    path("settings/consents/<uuid:text_id>/publish/", text_views.publish, name="publish"),
    path("settings/consents/<uuid:text_id>/discard/", text_views.discard, name="discard"),
    path("settings/consents/<str:kind>/<str:language>/", text_views.write, name="write"),
]
