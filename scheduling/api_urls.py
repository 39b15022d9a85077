"""The API's addresses of planning, booking and visits."""

from django.urls import include, path

from scheduling.api import (
    book,
    caseload,
    colleagues,
    consents,
    courses,
    deaths,
    evaluations,
    keeping,
    linking,
    proposals,
    screening,
    versions,
    visits,
)

urlpatterns = [
    path("", include("scheduling.acts.api_urls")),
    path("", include("scheduling.cascade.api_urls")),
    path("", include("scheduling.groups.api_urls")),
    path("", include("scheduling.repairs.api_urls")),
    path("", include("scheduling.waitlist.api_urls")),
    path("", include("scheduling.capacity.api_urls")),
    path("caseload/search", caseload.CaseloadSearch.as_view(), name="caseload_search"),
    path("courses", courses.CourseMaking.as_view(), name="courses"),
    path("courses/<uuid:course_id>", courses.CourseDetail.as_view(), name="course"),
    path(
        "courses/<uuid:course_id>/version", versions.CourseVersion.as_view(), name="course_version"
    ),
    path(
        "courses/<uuid:course_id>/proposals",
        proposals.ProposalMaking.as_view(),
        name="proposals",
    ),
    path("proposals/<uuid:proposal_id>", proposals.ProposalDetail.as_view(), name="proposal"),
    path(
        "proposals/<uuid:proposal_id>/hold",
        keeping.ProposalHolding.as_view(),
        name="proposal_hold",
    ),
    path(
        "proposals/<uuid:proposal_id>/discard",
        keeping.ProposalDiscarding.as_view(),
        name="proposal_discard",
    ),
    path(
        "proposals/<uuid:proposal_id>/accept",
        proposals.ProposalAcceptance.as_view(),
        name="proposal_accept",
    ),
    path(
        "staff/<uuid:member_id>/visits",
        colleagues.ColleagueVisits.as_view(),
        name="colleague_visits",
    ),
    path(
        "consents/<uuid:consent_id>/withdraw",
        consents.ConsentWithdrawal.as_view(),
        name="consent_withdraw",
    ),
    path(
        "screenings/<uuid:screening_id>/answers",
        screening.ScreeningAnswers.as_view(),
        name="screening_answers",
    ),
    path(
        "screenings/<uuid:screening_id>/decide",
        screening.ScreeningDecision.as_view(),
        name="screening_decide",
    ),
    path(
        "courses/<uuid:course_id>/happenings",
        screening.CourseHappenings.as_view(),
        name="happenings",
    ),
    path(
        "patients/<uuid:patient_id>/diagnoses",
        screening.PatientDiagnoses.as_view(),
        name="diagnoses",
    ),
    path(
        "patients/<uuid:patient_id>/check-results",
        screening.PatientChecks.as_view(),
        name="check_results",
    ),
    path(
        "patients/<uuid:patient_id>/evaluations",
        evaluations.Evaluations.as_view(),
        name="evaluations",
    ),
    path(
        "patients/<uuid:patient_id>/evaluations/slots",
        evaluations.EvaluationSlots.as_view(),
        name="evaluation_slots",
    ),
    path(
        "patients/<uuid:patient_id>/evaluations/fit",
        evaluations.EvaluationFit.as_view(),
        name="evaluation_fit",
    ),
    path("patients/<uuid:patient_id>/death", deaths.PatientDeathDetail.as_view(), name="death"),
    path(
        "patients/<uuid:patient_id>/death/confirm",
        deaths.PatientDeathConfirmation.as_view(),
        name="death_confirm",
    ),
    path(
        "patients/<uuid:patient_id>/death/withdraw",
        deaths.PatientDeathWithdrawal.as_view(),
        name="death_withdraw",
    ),
    path("patients/<uuid:patient_id>/link", linking.ChartLinking.as_view(), name="chart_link"),
    path("book/day", book.BookDay.as_view(), name="book_day"),
    path("book/week", book.BookWeek.as_view(), name="book_week"),
    path("visits", visits.DayVisits.as_view(), name="visits"),
    path("courses/<uuid:course_id>/slots", visits.CourseSlots.as_view(), name="course_slots"),
    path("visits/<uuid:visit_id>", visits.VisitDetail.as_view(), name="visit"),
    path("visits/<uuid:visit_id>/slots", visits.VisitSlots.as_view(), name="slots"),
    path("visits/<uuid:visit_id>/fit", visits.VisitFit.as_view(), name="fit"),
    path("visits/<uuid:visit_id>/move", visits.VisitMove.as_view(), name="visit_move"),
    path("visits/<uuid:visit_id>/cancel", visits.VisitCancel.as_view(), name="visit_cancel"),
]
