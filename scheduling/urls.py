"""Addresses of pages about the book: days, proposals, visits."""

from django.urls import include, path

from scheduling.views import (
    caseload,
    checks,
    colleagues,
    consents,
    day_sheet,
    deaths,
    evaluations,
    keeping,
    linking,
    marks,
    proposals,
    rooms,
    screening,
    starting,
    timeline,
    today,
    versions,
    visits,
    week,
)

app_name = "scheduling"
urlpatterns = [
    path("", today.today, name="today"),
    path("board/", today.board, name="board"),
    path("book/mark/<str:key>/", marks.mark, name="mark"),
    path("week/", week.week, name="week"),
    path("week/board/", week.board, name="week_board"),
    path("day-sheet/", day_sheet.day_sheet, name="day_sheet"),
    path("caseload/", caseload.page, name="caseload"),
    path("staff/<uuid:member_id>/visits/", colleagues.colleague_visits, name="colleague_visits"),
    path("patients/<uuid:patient_id>/courses/new/", starting.course_new, name="course_new"),
    path(
        "patients/<uuid:patient_id>/evaluation/",
        evaluations.evaluation_new,
        name="evaluation_new",
    ),
    path(
        "patients/<uuid:patient_id>/evaluation/check/",
        evaluations.evaluation_check,
        name="evaluation_check",
    ),
    path("courses/<uuid:course_id>/plan/", proposals.course_plan, name="course_plan"),
    path("courses/<uuid:course_id>/extend/", proposals.course_extend, name="course_extend"),
    path("", include("scheduling.feeds.urls")),
    path("", include("scheduling.acts.urls")),
    path("", include("scheduling.cascade.urls")),
    path("", include("scheduling.capacity.urls")),
    path("", include("scheduling.groups.urls")),
    path("", include("scheduling.repairs.urls")),
    path("", include("scheduling.waitlist.urls")),
    path("patients/<uuid:patient_id>/checks/", checks.checks, name="checks"),
    path("patients/<uuid:patient_id>/checks/new/", checks.check_record, name="check_record"),
    path(
        "check-results/<uuid:check_result_id>/withdraw/",
        checks.check_withdraw,
        name="check_withdraw",
    ),
    path("patients/<uuid:patient_id>/death/", deaths.death, name="death"),
    path("patients/<uuid:patient_id>/link/", linking.chart_link, name="chart_link"),
    path("screenings/<uuid:screening_id>/answers/", screening.answers, name="screening_answers"),
    path("screenings/<uuid:screening_id>/checks/", screening.check_add, name="check_add"),
    path(
        "screenings/<uuid:screening_id>/diagnoses/", screening.diagnosis_add, name="diagnosis_add"
    ),
    path("screenings/<uuid:screening_id>/decide/", screening.decide, name="screening_decide"),
    path("courses/<uuid:course_id>/happenings/new/", screening.happening, name="happening"),
    path("courses/<uuid:course_id>/version/", versions.course_version, name="course_version"),
    path("courses/<uuid:course_id>/timeline/", timeline.timeline, name="timeline"),
    path("proposals/<uuid:proposal_id>/", proposals.proposal, name="proposal"),
    path(
        "proposals/<uuid:proposal_id>/progress/",
        proposals.proposal_progress,
        name="proposal_progress",
    ),
    path("proposals/<uuid:proposal_id>/hold/", keeping.proposal_hold, name="proposal_hold"),
    path(
        "proposals/<uuid:proposal_id>/hold/again/",
        keeping.proposal_hold_again,
        name="proposal_hold_again",
    ),
    path(
        "proposals/<uuid:proposal_id>/discard/", keeping.proposal_discard, name="proposal_discard"
    ),
    path("proposals/<uuid:proposal_id>/accept/", proposals.proposal_accept, name="proposal_accept"),
    path("visits/<uuid:visit_id>/", visits.visit, name="visit"),
    path("visits/<uuid:visit_id>/slots/", visits.visit_slots, name="visit_slots"),
    path("visits/<uuid:visit_id>/check/", visits.visit_check, name="visit_check"),
    path("visits/<uuid:visit_id>/move/", visits.visit_move, name="visit_move"),
    path("visits/<uuid:visit_id>/cancel/", visits.visit_cancel, name="visit_cancel"),
    path(
        "consents/<uuid:consent_id>/withdraw/", consents.consent_withdraw, name="consent_withdraw"
    ),
    path("visits/<uuid:visit_id>/room/", rooms.visit_room, name="visit_room"),
    path("visits/<uuid:visit_id>/miss/", visits.visit_miss, name="visit_miss"),
]
