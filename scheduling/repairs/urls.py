"""Addresses of repairs, below the desk's."""

from django.urls import path

from scheduling.repairs import views

urlpatterns = [
    path("sites/<uuid:site_id>/disruptions/", views.disruption, name="disruption"),
    path("sites/<uuid:site_id>/repairs/call/", views.call, name="repair_call"),
    path("sites/<uuid:site_id>/repairs/new/", views.repair_new, name="repair_new"),
    path("repairs/<uuid:repair_id>/", views.repair, name="repair"),
    path("repairs/<uuid:repair_id>/progress/", views.repair_progress, name="repair_progress"),
    path("repairs/<uuid:repair_id>/cancel/", views.repair_cancel, name="repair_cancel"),
    path("repairs/<uuid:repair_id>/accept/", views.repair_accept, name="repair_accept"),
]
