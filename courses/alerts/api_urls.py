"""The API's addresses of safety alerts."""

from django.urls import path

from courses.alerts import api

_ALERT = "alerts/<uuid:safety_alert_id>"
urlpatterns = [
    path("alerts", api.Alerts.as_view(), name="alerts"),
    path(_ALERT, api.AlertDetail.as_view(), name="alert"),
    path(f"{_ALERT}/acknowledge", api.AlertAcknowledging.as_view(), name="alert_acknowledge"),
    path(f"{_ALERT}/close", api.AlertClosing.as_view(), name="alert_close"),
    path("courses/<uuid:course_id>/alerts", api.CourseAlerts.as_view(), name="course_alerts"),
    path("patients/<uuid:patient_id>/alerts", api.PatientAlerts.as_view(), name="patient_alerts"),
    path("sites/<uuid:site_id>/on-call", api.SiteOnCall.as_view(), name="site_on_call"),
    path("on-call/<uuid:on_call_id>", api.OnCallDuty.as_view(), name="on_call_duty"),
]
