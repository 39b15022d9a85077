"""Every address of the product."""

from django.urls import include, path, re_path

from clinic import chart_views, health, views
from clinic.api import faults
from clinic.csp_report import csp_report

pages = [
    path("organization/", views.organization, name="organization"),
    path("patients/", views.patients, name="patients"),
    path("patients/search/", views.patient_search, name="patient_search"),
    path("patients/new/", views.patient_new, name="patient_new"),
    path("patients/<uuid:patient_id>/", views.patient, name="patient"),
    path("patients/<uuid:patient_id>/edit/", views.patient_edit, name="patient_edit"),
    path("patients/<uuid:patient_id>/break-glass/", chart_views.break_glass, name="break_glass"),
    path("patients/<uuid:patient_id>/restriction/", chart_views.restriction, name="restriction"),
    path("restricted/open/", chart_views.open_chart, name="open_chart"),
    path("restricted/", chart_views.restricted, name="restricted"),
    path("roles/", chart_views.roles, name="roles"),
]

urlpatterns = [
    # First: the pages' addresses, which have no prefix, would all be tried before.
    path("api/v1/", include("clinic.api_urls")),
    re_path(r"^api/", faults.no_such_address),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("csp-report", csp_report, name="csp_report"),
    path("accounts/", include("clinic.account_urls")),
    path("", include((pages, "clinic"))),
    path("", include("clinic.audit.urls")),
    path("", include("clinic.staffing.urls")),
    path("", include("clinic.availability.urls")),
    path("", include("clinic.consents.urls")),
    path("", include("clinic.identity.urls")),
    path("", include("courses.urls")),
    path("", include("sessions.urls")),
    path("", include("reminders.urls")),
    path("", include("scheduling.urls")),
]

handler400 = "clinic.api.faults.bad_request"
handler403 = "clinic.api.faults.forbidden"
handler404 = "clinic.api.faults.not_found"
handler500 = "clinic.api.faults.server_error"
