"""Gathering what the summary of a course says."""

from collections.abc import Iterator
from datetime import datetime

from clinic.consents.rules import last_good_day
from clinic.consents.selectors import standing_consents
from clinic.models import ConsentKind, ConsentRecord, Membership, Patient
from courses.curves.selectors import Chart, chart_of
from courses.models import BoosterWindow, Course, CourseEvent, Dose, Review
from courses.protocols import ProtocolDefinition
from courses.response.rules import RELAPSE_LABELS, Relapse
from courses.response.selectors import Standing
from courses.screening.catalogue import indication_label
from courses.selectors import definition_of, events_of_course
from courses.summary.content import DoseLine, EventLine, Letterhead, Person, Release, Summary

Kind = CourseEvent.Kind
# What a colleague wants to know of how the course went; who was in danger, they are told in person.
OF_NOTE = frozenset({
    Kind.PAUSED, Kind.RESUMED, Kind.INTERRUPTED, Kind.EXTENDED, Kind.VISIT_MISSED, Kind.COMPLETED,
    Kind.STOPPED, Kind.SWITCHED, Kind.HELD, Kind.RELEASED, Kind.REVIEWED, Kind.RELAPSE_FLAGGED,
    Kind.INTERVAL_CHANGED,
})  # fmt: skip
# Zones in which paper is of the size that is called letter.
LETTER_ZONES = ("America/", "US/", "Canada/")


def releases_of(patient: Patient, *, now: datetime) -> list[ConsentRecord]:
    """The consents that let something about the patient go to a named recipient now."""
    found = standing_consents(patient, ConsentKind.RELEASE, on=now)
    return [record for record in found if record.recipient.strip()]


def summary_of(course: Course, *, release: ConsentRecord, by: Membership, now: datetime) -> Summary:
    """The summary as of now, for the recipient of the release."""
    zone, site = course.site.zone, course.site
    chart, definition = chart_of(course, now=now), definition_of(course.protocol_version)
    until = last_good_day(release.expires_at, zone) if release.expires_at else None
    return Summary(
        head=Letterhead(
            course.organization.name, site.name, site.address, site.phone,
            site.timezone.startswith(LETTER_ZONES),
        ),
        release=Release(release.recipient, release.signed_at.astimezone(zone).date(), until),
        person=Person(str(course.patient), course.patient.birth_date),
        protocol=definition.name,
        course=list(_facts(course, definition, chart)),
        doses=[_dose(dose) for dose in chart.doses],
        curves=chart.curves,
        response=list(_response(chart.standing)),
        events=_events(course),
        plan=list(_plan(course, chart)),
        made_by=by.name,
        made_at=now,
        made_on=now.astimezone(zone).date(),
    )  # fmt: skip


def _facts(
    course: Course, definition: ProtocolDefinition, chart: Chart
) -> Iterator[tuple[str, str]]:
    yield "Medicine", f"{definition.drug}, {definition.route}"
    yield "State", course.get_status_display()
    if course.indication:
        yield "Treated for", indication_label(course.indication)
    if chart.doses:
        yield "Since", f"{chart.doses[0].on:%-d %b %Y}"
    if course.lead_prescriber:
        yield "Prescriber", course.lead_prescriber.name
    if course.lead_therapist:
        yield "Therapist", course.lead_therapist.name


def _dose(dose: Dose) -> DoseLine:
    amount = f"{dose.amount_mg.normalize():f} mg" if dose.amount_mg else ""
    place = "elsewhere" if dose.source == Dose.Source.OUTSIDE else ""
    partial = "" if dose.counts else "not counted"
    details = ", ".join(filter(None, (amount, place, partial)))
    return DoseLine(f"{dose.seq}." if dose.seq else "–", dose.on, details)


def _response(standing: Standing) -> Iterator[str]:
    name, began, latest = standing.instrument_name, standing.baseline, standing.latest
    if began is None:
        yield "No baseline is fixed, so that no response can be told."
    if latest is None:
        yield "There is no complete score since the first dose."
        return
    first = f"{name} was {_number(began.total)} on {began.on:%-d %b %Y}; " if began else f"{name}: "
    yield f"{first}{_number(latest.total)} on {latest.on:%-d %b %Y}{_change(standing)}."
    remission = "in remission" if standing.is_remission else "not in remission"
    yield f"{standing.status_label}, {remission} by the thresholds of this clinic."
    for flag in standing.relapse:
        if flag != Relapse.NEW_SI:
            yield f"Sign of relapse: {RELAPSE_LABELS[flag].lower()}."


def _change(standing: Standing) -> str:
    change = standing.shown_change
    if change is None:
        return ""
    return f", {abs(change)} % {'above' if change < 0 else 'below'} baseline"


def _number(value: object) -> str:
    return f"{value:f}".rstrip("0").rstrip(".") if "." in str(value) else str(value)


def _events(course: Course) -> list[EventLine]:
    """What is of note, oldest first, without reasons: they are the clinic's own notes."""
    rows = events_of_course(course=course).filter(kind__in=OF_NOTE)
    zone = course.site.zone
    return [
        EventLine(event.at.astimezone(zone).date(), event.get_kind_display())
        for event in reversed(rows)
    ]


def _plan(course: Course, chart: Chart) -> Iterator[str]:
    if course.status == Course.Status.STOPPED:
        yield f"The course was stopped: {course.get_stop_reason_display().lower()}."
        return
    left = course.dose_count - chart.given
    if left > 0 and course.status != Course.Status.COMPLETED:
        yield f"{left} of {course.dose_count} doses are still planned."
    else:
        yield "Every planned dose has been given."
    for window in BoosterWindow.objects.open().filter(course=course):
        yield f"Next single dose between {window.due_from:%-d %b} and {window.due_to:%-d %b %Y}."
    for review in Review.objects.open().filter(course=course).order_by("due_on")[:2]:
        yield f"{review.label}: due on {review.due_on:%-d %b %Y}."
    if course.paused_until:
        yield f"Paused until {course.paused_until:%-d %b %Y}."
    if course.planned_end_on:
        yield f"Planned to end on {course.planned_end_on:%-d %b %Y}."
