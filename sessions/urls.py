"""Addresses of what is done in visits."""

from django.urls import path

from sessions import views

app_name = "treatment_sessions"
urlpatterns = [path("visits/<uuid:visit_id>/step/", views.step, name="step")]
