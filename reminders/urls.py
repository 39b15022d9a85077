"""Addresses of the reminders' fragments and of the development mailbox."""

from django.urls import path

from reminders import views

app_name = "reminders"
urlpatterns = [
    path("patients/<uuid:patient_id>/reminders/", views.of_patient, name="of_patient"),
    path("visits/<uuid:visit_id>/reminders/", views.of_visit, name="of_visit"),
    path("mailbox/", views.mailbox, name="mailbox"),
    path("mailbox/<str:key>/", views.mailbox_message, name="mailbox_message"),
    path("mailbox/<str:key>/letter/", views.mailbox_letter, name="mailbox_letter"),
]
