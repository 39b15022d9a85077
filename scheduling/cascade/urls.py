"""Addresses of changing one visit with what follows."""

from django.urls import path

from scheduling.cascade import views

urlpatterns = [
    path("visits/<uuid:visit_id>/change/", views.visit_change, name="visit_change"),
    path(
        "visits/<uuid:visit_id>/change/accept/",
        views.visit_change_accept,
        name="visit_change_accept",
    ),
]
