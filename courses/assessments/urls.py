"""Addresses of the pages about scores; included under the names of courses."""

from django.urls import path

from courses.assessments import choosing_views, entry_views, views

_PATIENT = "patients/<uuid:patient_id>/assessments/"
_ONE = "assessments/<uuid:assessment_id>/"
urlpatterns = [
    path(_PATIENT, views.of_patient, name="assessments"),
    path(f"{_PATIENT}new/", choosing_views.choose, name="assessment_new"),
    path(f"{_PATIENT}start/", choosing_views.start, name="assessment_start"),
    path("assessments/overdue/", views.overdue, name="assessments_overdue"),
    path(_ONE, views.assessment, name="assessment"),
    path(f"{_ONE}answer/", entry_views.answer, name="assessment_answer"),
    path(f"{_ONE}items/<str:item>/", entry_views.item, name="assessment_item"),
    path(f"{_ONE}abandon/", entry_views.abandon, name="assessment_abandon"),
    path(f"{_ONE}amend/", entry_views.amend, name="assessment_amend"),
    path(f"{_ONE}withdraw/", entry_views.withdraw, name="assessment_withdraw"),
    path("courses/<uuid:course_id>/assessments/", views.of_course, name="assessments_of_course"),
]
