"""The API's addresses of screenings and what they go by."""

from django.urls import path

from courses.screening import api, histories_api

urlpatterns = [
    path(
        "courses/<uuid:course_id>/screening",
        api.CourseScreening.as_view(),
        name="course_screening",
    ),
    path(
        "courses/<uuid:course_id>/screenings",
        api.CourseScreenings.as_view(),
        name="course_screenings",
    ),
    path(
        "courses/<uuid:course_id>/checks-due",
        histories_api.CourseChecks.as_view(),
        name="checks_due",
    ),
    path("screenings/<uuid:screening_id>", api.ScreeningDetail.as_view(), name="screening"),
    path(
        "screenings/<uuid:screening_id>/take-over",
        api.ScreeningTakeOver.as_view(),
        name="screening_take_over",
    ),
    path(
        "screenings/<uuid:screening_id>/override",
        api.ScreeningOverride.as_view(),
        name="screening_override",
    ),
    path(
        "screenings/<uuid:screening_id>/in-error",
        api.ScreeningInError.as_view(),
        name="screening_in_error",
    ),
    path(
        "conditions/<uuid:condition_id>/meet",
        api.ConditionMeeting.as_view(),
        name="condition_meet",
    ),
    path(
        "patients/<uuid:patient_id>/medication-trials",
        histories_api.PatientTrials.as_view(),
        name="medication_trials",
    ),
    path(
        "medication-trials/<uuid:medication_trial_id>",
        histories_api.TrialDetail.as_view(),
        name="medication_trial",
    ),
    path(
        "diagnoses/<uuid:diagnosis_id>", histories_api.DiagnosisDetail.as_view(), name="diagnosis"
    ),
    path(
        "check-results/<uuid:check_result_id>",
        histories_api.CheckResultDetail.as_view(),
        name="check_result",
    ),
]
