"""The API's addresses of instruments and scores."""

from django.urls import path

from courses.assessments import api

_ONE = "assessments/<uuid:assessment_id>"
urlpatterns = [
    path("instruments", api.Instruments.as_view(), name="instruments"),
    path(
        "patients/<uuid:patient_id>/assessments",
        api.PatientAssessments.as_view(),
        name="patient_assessments",
    ),
    path(
        "courses/<uuid:course_id>/assessments",
        api.CourseAssessments.as_view(),
        name="course_assessments",
    ),
    path("courses/<uuid:course_id>/scores", api.CourseScores.as_view(), name="course_scores"),
    path("assessments-overdue", api.OverdueAssessments.as_view(), name="assessments_overdue"),
    path(_ONE, api.AssessmentDetail.as_view(), name="assessment"),
    path(f"{_ONE}/answers", api.AssessmentAnswers.as_view(), name="assessment_answers"),
    path(f"{_ONE}/complete", api.AssessmentCompletion.as_view(), name="assessment_complete"),
    path(f"{_ONE}/abandon", api.AssessmentAbandonment.as_view(), name="assessment_abandon"),
    path(f"{_ONE}/amend", api.AssessmentAmendment.as_view(), name="assessment_amend"),
    path(f"{_ONE}/withdraw", api.AssessmentWithdrawal.as_view(), name="assessment_withdraw"),
]
