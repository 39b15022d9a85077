"""The addresses under /api/v1/."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from clinic.api import charts, faults, history, patients, places, sign_in
from clinic.staffing import api as staff

app_name = "api"

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("tokens", sign_in.TokenMaking.as_view(), name="tokens"),
    path("tokens/current", sign_in.OwnToken.as_view(), name="own_token"),
    path("staff", staff.StaffMaking.as_view(), name="colleagues"),
    path("staff/<uuid:member_id>", staff.ColleagueDetail.as_view(), name="colleague"),
    path("staff/<uuid:member_id>/roles", staff.ColleagueRoles.as_view(), name="colleague_roles"),
    path(
        "staff/<uuid:member_id>/deactivate",
        staff.ColleagueLeaving.as_view(),
        name="colleague_deactivate",
    ),
    path(
        "staff/<uuid:member_id>/reactivate",
        staff.ColleagueReturn.as_view(),
        name="colleague_reactivate",
    ),
    path("sites", places.SiteList.as_view(), name="sites"),
    path("sites/<uuid:site_id>", places.SiteDetail.as_view(), name="site"),
    path("sites/<uuid:site_id>/rooms", places.RoomList.as_view(), name="rooms"),
    path("sites/<uuid:site_id>/staff", places.StaffList.as_view(), name="staff"),
    path("patients", patients.PatientMaking.as_view(), name="patients"),
    path("patients/search", patients.PatientSearch.as_view(), name="patient_search"),
    path("patients/<uuid:patient_id>", patients.PatientDetail.as_view(), name="patient"),
    path(
        "patients/<uuid:patient_id>/history",
        history.PatientHistory.as_view(),
        name="patient_history",
    ),
    path(
        "patients/<uuid:patient_id>/break-glass",
        charts.GlassBreaking.as_view(),
        name="break_glass",
    ),
    path("charts/open", charts.HandleOpening.as_view(), name="open_chart"),
    path("roles", charts.RoleTable.as_view(), name="roles"),
    path("", include("clinic.identity.api_urls")),
    path("", include("clinic.availability.api_urls")),
    path("", include("clinic.consents.api_urls")),
    path("", include("courses.api_urls")),
    path("", include("scheduling.api_urls")),
    path("<path:rest>", faults.no_such_address),
    path("", faults.no_such_address),
]
