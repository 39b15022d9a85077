"""Addresses of the pages about authorisations; included under the names of courses."""

from django.urls import path

from courses.authorizations import payer_views, views

_ONE = "authorizations/<uuid:authorization_id>/"
_PATIENT = "patients/<uuid:patient_id>/authorizations/"
urlpatterns = [
    path("authorizations/", views.due, name="authorizations_due"),
    path(_ONE, views.authorization, name="authorization"),
    path(f"{_ONE}end/", views.end, name="authorization_end"),
    path(_PATIENT, views.of_patient, name="authorizations_of_patient"),
    path(f"{_PATIENT}new/", views.new, name="authorization_new"),
    path(
        "courses/<uuid:course_id>/authorizations/", views.of_course, name="authorizations_of_course"
    ),
    path("courses/<uuid:course_id>/self-pay/", views.self_pay, name="self_pay"),
    path("self-pay/<uuid:self_pay_agreement_id>/end/", views.self_pay_end, name="self_pay_end"),
    path("payers/", payer_views.payers, name="payers"),
    path("payers/<uuid:payer_id>/", payer_views.payer, name="payer"),
]
