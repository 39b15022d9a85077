"""Addresses of the pages about response, reviews and maintenance; under the names of courses."""

from django.urls import path

from courses.response import views

_COURSE = "courses/<uuid:course_id>"
_WINDOW = "booster-windows/<uuid:booster_window_id>"
urlpatterns = [
    path(f"{_COURSE}/response/", views.response_of_course, name="response_of_course"),
    path(f"{_COURSE}/reviews/", views.reviews_of_course, name="reviews_of_course"),
    path(f"{_COURSE}/baseline/", views.baseline, name="baseline"),
    path(f"{_COURSE}/interval/", views.interval, name="interval"),
    path("reviews/", views.due, name="reviews_due"),
    path("reviews/<uuid:review_id>/", views.review, name="review"),
    path(f"{_WINDOW}/close/", views.close_booster_window, name="booster_window_close"),
]
