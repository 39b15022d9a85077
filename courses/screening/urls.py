"""Addresses of the pages of screenings; included under the names of courses."""

from django.urls import path

from courses.screening import views

_ONE = "screenings/<uuid:screening_id>/"

urlpatterns = [
    path("courses/<uuid:course_id>/screening/", views.of_course, name="screening_of_course"),
    path("courses/<uuid:course_id>/screenings/", views.history, name="screenings"),
    path("courses/<uuid:course_id>/screenings/new/", views.begin, name="screening_begin"),
    path(_ONE, views.screening, name="screening"),
    path(f"{_ONE}result/", views.result, name="screening_result"),
    path(f"{_ONE}terms/", views.terms, name="screening_terms"),
    path(f"{_ONE}take-over/", views.take_over, name="screening_take_over"),
    path(f"{_ONE}override/", views.override, name="screening_override"),
    path(f"{_ONE}in-error/", views.in_error, name="screening_in_error"),
    path(f"{_ONE}trials/", views.trial_add, name="trial_add"),
    path(f"{_ONE}trials/preview/", views.trial_preview, name="trial_preview"),
    path(f"{_ONE}trials/<uuid:medication_trial_id>/", views.trial_change, name="trial_change"),
    path(
        f"{_ONE}trials/<uuid:medication_trial_id>/withdraw/",
        views.trial_withdraw,
        name="trial_withdraw",
    ),
    path(
        f"{_ONE}diagnoses/<uuid:diagnosis_id>/withdraw/",
        views.diagnosis_withdraw,
        name="diagnosis_withdraw",
    ),
    path("conditions/<uuid:condition_id>/meet/", views.condition_meet, name="condition_meet"),
]
