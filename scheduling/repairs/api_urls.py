"""The API's addresses of repairs."""

from django.urls import path

from scheduling.repairs import api

urlpatterns = [
    path("sites/<uuid:site_id>/hit-visits", api.HitVisits.as_view(), name="hit_visits"),
    path("sites/<uuid:site_id>/repairs", api.RepairMaking.as_view(), name="repairs"),
    path("repairs/<uuid:repair_id>", api.RepairDetail.as_view(), name="repair"),
    path("repairs/<uuid:repair_id>/cancel", api.RepairCancelling.as_view(), name="repair_cancel"),
    path("repairs/<uuid:repair_id>/accept", api.RepairAcceptance.as_view(), name="repair_accept"),
]
