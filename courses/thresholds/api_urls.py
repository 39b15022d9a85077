"""The API's addresses of thresholds."""

from django.urls import path

from courses.thresholds import api

_VERSION = "threshold-versions/<uuid:threshold_version_id>"
urlpatterns = [
    path("thresholds", api.Thresholds.as_view(), name="thresholds"),
    path("threshold-versions", api.ThresholdVersions.as_view(), name="threshold_versions"),
    path(_VERSION, api.ThresholdVersionDetail.as_view(), name="threshold_version"),
    path(f"{_VERSION}/sign", api.ThresholdSigning.as_view(), name="thresholds_sign"),
]
