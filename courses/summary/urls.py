"""Addresses of the summary; included under the names of courses."""

from django.urls import path

from courses.summary import views

urlpatterns = [
    path("courses/<uuid:course_id>/summary/", views.summary, name="summary"),
    path("courses/<uuid:course_id>/summary/<uuid:consent_id>/", views.paper, name="summary_paper"),
]
