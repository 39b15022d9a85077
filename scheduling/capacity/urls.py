"""Addresses of a site's capacity."""

from django.urls import path

from scheduling.capacity import views

urlpatterns = [
    path("capacity/", views.capacity, name="capacity"),
    path("capacity/forecast/", views.capacity_forecast, name="capacity_forecast"),
    path("capacity/count/", views.capacity_count, name="capacity_count"),
    path("capacity/cancel/", views.capacity_cancel, name="capacity_cancel"),
]
