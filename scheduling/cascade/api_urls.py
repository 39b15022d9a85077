"""The API's addresses of changing one visit with what follows."""

from django.urls import path

from scheduling.cascade import api

urlpatterns = [
    path(
        "visits/<uuid:visit_id>/consequences",
        api.VisitConsequences.as_view(),
        name="visit_consequences",
    ),
    path("visits/<uuid:visit_id>/change", api.VisitChange.as_view(), name="visit_change"),
]
