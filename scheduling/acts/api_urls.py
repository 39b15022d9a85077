"""The API's addresses of a course's state, doses and what is done to it."""

from django.urls import path

from scheduling.acts import api

urlpatterns = [
    path("courses/<uuid:course_id>/state", api.CourseStateDetail.as_view(), name="course_state"),
    path("courses/<uuid:course_id>/doses", api.CourseDoses.as_view(), name="course_doses"),
    *(
        path(f"courses/<uuid:course_id>/{call.path}", view.as_view(), name=f"course_{call.name}")
        for call, view in api.CALL_VIEWS.items()
    ),
]
