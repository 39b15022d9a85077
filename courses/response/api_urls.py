"""The API's addresses of response, reviews and maintenance."""

from django.urls import path

from courses.response import api

_COURSE = "courses/<uuid:course_id>"
_REVIEW = "reviews/<uuid:review_id>"
_WINDOW = "booster-windows/<uuid:booster_window_id>"
urlpatterns = [
    path(f"{_COURSE}/response", api.CourseResponse.as_view(), name="course_response"),
    path(f"{_COURSE}/baseline", api.CourseBaseline.as_view(), name="course_baseline"),
    path(f"{_COURSE}/reviews", api.CourseReviews.as_view(), name="course_reviews"),
    path(f"{_COURSE}/interval", api.CourseInterval.as_view(), name="course_interval"),
    path(f"{_COURSE}/booster-windows", api.CourseWindows.as_view(), name="course_windows"),
    path("reviews", api.ReviewsDue.as_view(), name="reviews_due"),
    path(_REVIEW, api.ReviewDetail.as_view(), name="review"),
    path(f"{_REVIEW}/decide", api.ReviewDecision.as_view(), name="review_decide"),
    path("booster-windows", api.WindowsDue.as_view(), name="booster_windows"),
    path(f"{_WINDOW}/close", api.WindowClosing.as_view(), name="booster_window_close"),
]
