"""A patient's time, as the planner takes it, in one statement: when they can come, and what else
they have here, at other sites and elsewhere, in all the charts of the same person."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection

from courses.models import Course
from scheduling.planner.model import Period, Weekly
from scheduling.reading import CLOCK, PERIOD, Stretch, period, weekly

_PATIENT = f"""
    WITH charts AS (
        SELECT id FROM clinic_patient
        WHERE person_id = (SELECT person_id FROM clinic_patient WHERE id = %(patient)s)
    )
    SELECT json_build_object(
        'windows', (
            SELECT json_agg(json_build_array(preferred, weekday, {CLOCK}))
            FROM clinic_patientwindow WHERE patient_id = %(patient)s),
        'unavailable', (
            SELECT json_agg(json_build_array({PERIOD}) ORDER BY during)
            FROM clinic_patientunavailability
            WHERE patient_id = %(patient)s AND during && tstzrange(%(begins)s, %(ends)s)),
        'visits', (
            SELECT json_agg(json_build_array({PERIOD.replace("during", "patient_during")},
                lower(guard), upper(guard)) ORDER BY patient_during)
            FROM scheduling_reservation AS claim
            JOIN treatment_sessions_session AS visit ON visit.id = claim.session_id
            WHERE claim.patient_id IN (SELECT id FROM charts) AND visit.course_id <> %(course)s
                AND (patient_during && tstzrange(%(begins)s, %(ends)s)
                    OR guard && daterange(%(first)s, %(near)s))),
        'doses', (
            SELECT json_agg("on" ORDER BY "on") FROM courses_dose
            WHERE patient_id IN (SELECT id FROM charts) AND withdrawn_at IS NULL
                AND (source = 'OUTSIDE' OR patient_id <> %(patient)s)
                AND "on" > %(since)s)
    )::text
"""  # noqa: S608 # made of the constants of `reading`
# Beside another statement, whose names of parameters mean something else.
_OF_ONE = (
    _PATIENT.replace("%(course)s", "%(own_course)s")
    .replace("%(first)s", "%(from_day)s")
    .replace("%(begins)s", "%(from_time)s")
    .replace("%(ends)s", "%(until_time)s")
)
_OF_EACH = f"""
    SELECT asked.course::text, ({
    _PATIENT.replace("%(patient)s", "asked.patient")
    .replace("%(course)s", "asked.course")
    .replace("%(near)s", "asked.near")
    .replace("%(since)s", "asked.since")
}) FROM unnest(
        %(patients)s::uuid[], %(courses)s::uuid[], %(nears)s::date[], %(sinces)s::date[]
    ) AS asked(patient, course, near, since)
"""  # noqa: S608 # made of the constant above


Beside = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class PatientTime:
    """What is known of the patient's time in a stretch, this course's own visits aside."""

    windows: Weekly
    preferred: Weekly
    unavailable: Sequence[Period]
    visits: Sequence[Period]
    # Dates that doses of other courses guard, the last one left out.
    guards: Sequence[tuple[date, date]]
    # Doses at other clinics, and in other charts of the same person (DOMAIN 8.20, 8.21, 8.45).
    doses: Sequence[date]


def patient_time(course: Course, stretch: Stretch, *, gap: timedelta) -> Beside:
    """The expression that reads the time of the course's patient (`time_in` takes its text), with
    its parameters; doses count whose `gap` reaches into the stretch."""
    begins, ends = stretch.period
    asked = {
        "patient": course.patient_id,
        "own_course": course.pk,
        "from_day": stretch.first,
        "from_time": begins,
        "until_time": ends,
        "near": stretch.end + gap - timedelta(days=1),
        "since": stretch.first - gap,
    }
    return f"({_OF_ONE})", asked


def read_patients(gaps: Mapping[Course, timedelta], stretch: Stretch) -> dict[str, PatientTime]:
    """The same for many courses, each with its gap, by the courses' ids: still one statement."""
    courses = list(gaps)
    asked = {
        **stretch.said,
        "patients": [course.patient_id for course in courses],
        "courses": [course.pk for course in courses],
        "nears": [stretch.end + gaps[course] - timedelta(days=1) for course in courses],
        "sinces": [stretch.first - gaps[course] for course in courses],
    }
    with connection.cursor() as cursor:
        cursor.execute(_OF_EACH, asked)
        return {course: time_in(text) for course, text in cursor.fetchall()}


def time_in(text: str) -> PatientTime:
    """What the statement found, as the planner takes it."""
    found: dict[str, Any] = {name: rows or () for name, rows in json.loads(text).items()}
    return PatientTime(
        windows=weekly(rest for _, *rest in found["windows"]),
        preferred=weekly(rest for liked, *rest in found["windows"] if liked),
        unavailable=[period(*ends) for ends in found["unavailable"]],
        visits=[period(begins, ends) for begins, ends, *_ in found["visits"]],
        guards=[
            (date.fromisoformat(first), date.fromisoformat(end))
            for *_, first, end in found["visits"]
            if first
        ],
        doses=[date.fromisoformat(on) for on in found["doses"]],
    )
