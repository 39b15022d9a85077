"""The API's addresses of payers and authorisations."""

from django.urls import path

from courses.authorizations import api

_ONE = "authorizations/<uuid:authorization_id>"
urlpatterns = [
    path("payers", api.Payers.as_view(), name="payers"),
    path("payers/<uuid:payer_id>", api.PayerDetail.as_view(), name="payer"),
    path("authorizations/due", api.DueAuthorizations.as_view(), name="due_authorizations"),
    path(_ONE, api.AuthorizationDetail.as_view(), name="authorization"),
    path(f"{_ONE}/end", api.AuthorizationEnding.as_view(), name="authorization_end"),
    path(
        "patients/<uuid:patient_id>/authorizations",
        api.PatientAuthorizations.as_view(),
        name="patient_authorizations",
    ),
    path(
        "courses/<uuid:course_id>/authorizations",
        api.CourseAuthorizations.as_view(),
        name="course_authorizations",
    ),
    path("courses/<uuid:course_id>/self-pay", api.SelfPay.as_view(), name="self_pay"),
    path(
        "self-pay/<uuid:self_pay_agreement_id>/end",
        api.SelfPayEnding.as_view(),
        name="self_pay_end",
    ),
]
