"""Addresses of a course's state and doses."""

from django.urls import path

from courses.state import views

urlpatterns = [
    path("courses/<uuid:course_id>/state/", views.state_of_course, name="state_of_course"),
    path("courses/<uuid:course_id>/doses/", views.doses_of_course, name="doses_of_course"),
]
