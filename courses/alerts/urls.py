"""Addresses of the pages about safety alerts; included under the names of courses."""

from django.urls import path

from courses.alerts import on_call_views, views

urlpatterns = [
    path("alerts/", views.alerts, name="alerts"),
    path("alerts/badge/", views.badge, name="alerts_badge"),
    path("alerts/<uuid:safety_alert_id>/", views.alert, name="alert"),
    path("alerts/<uuid:safety_alert_id>/acknowledge/", views.acknowledge, name="alert_acknowledge"),
    path("alerts/<uuid:safety_alert_id>/close/", views.close, name="alert_close"),
    path("courses/<uuid:course_id>/alerts/", views.of_course, name="alerts_of_course"),
    path("patients/<uuid:patient_id>/alerts/banner/", views.banner, name="alerts_banner"),
    path("settings/on-call/", on_call_views.on_call, name="on_call"),
    path("settings/on-call/<uuid:site_id>/", on_call_views.of_site, name="on_call_of_site"),
    path("settings/on-call/duties/<uuid:on_call_id>/end/", on_call_views.end, name="on_call_end"),
]
