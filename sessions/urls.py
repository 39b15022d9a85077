"""Addresses of what is done in visits."""

from django.urls import path

from sessions import views
from sessions.integrations.views import of_course

app_name = "treatment_sessions"
urlpatterns = [
    path("visits/<uuid:visit_id>/step/", views.step, name="step"),
    path("courses/<uuid:course_id>/integration/", of_course, name="integration_of_course"),
]
