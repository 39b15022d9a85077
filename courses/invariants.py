"""The promises about courses, each as a query for the rows that break it (see `scheduling`)."""

from clinic.invariants import Invariant

INVARIANTS = [
    Invariant(
        "course_state_is_told",
        "The last change of a course's state is on its timeline.",
        """
        SELECT course.id FROM courses_course course
        LEFT JOIN LATERAL (
            SELECT kind FROM courses_courseevent
            WHERE course_id = course.id AND kind IN (
                'STARTED', 'ACTIVATED', 'PAUSED', 'RESUMED', 'INTERRUPTED', 'COMPLETED',
                'STOPPED', 'SWITCHED'
            )
            ORDER BY at DESC, id DESC LIMIT 1
        ) AS latest ON true
        WHERE coalesce(latest.kind, '') <> ALL (CASE course.status
            WHEN 'DRAFT' THEN ARRAY['STARTED']
            WHEN 'ACTIVE' THEN ARRAY['ACTIVATED', 'RESUMED']
            WHEN 'STOPPED' THEN ARRAY['STOPPED', 'SWITCHED']
            ELSE ARRAY[course.status::text]
        END)
        """,
    ),
    Invariant(
        "hold_is_told",
        "Every hold is on its course's timeline, and so is its release.",
        """
        SELECT hold.id FROM courses_hold hold
        WHERE NOT EXISTS (
            SELECT FROM courses_courseevent event
            WHERE event.course_id = hold.course_id AND event.kind = 'HELD'
                AND event.detail ->> 'hold' = hold.id::text
        ) OR (hold.released_at IS NOT NULL AND NOT EXISTS (
            SELECT FROM courses_courseevent event
            WHERE event.course_id = hold.course_id AND event.kind = 'RELEASED'
                AND event.by_id = hold.released_by_id
                AND event.detail ->> 'hold' = hold.id::text
        ))
        """,
    ),
    Invariant(
        "doses_are_of_their_course",
        "A course has one dose for a number at most, and none past the ones that it plans.",
        """
        SELECT dose.course_id FROM courses_dose dose
        JOIN courses_course course ON course.id = dose.course_id
        WHERE dose.counts AND dose.withdrawn_at IS NULL AND dose.seq IS NOT NULL
        GROUP BY dose.course_id, course.dose_count
        HAVING count(*) <> count(DISTINCT dose.seq) OR max(dose.seq) > course.dose_count
        """,
    ),
    Invariant(
        "who_died_is_in_no_open_course",
        "No course of a patient whose death is confirmed is open.",
        """
        SELECT course.id FROM courses_course course
        JOIN clinic_patientdeath death ON death.patient_id = course.patient_id
        WHERE death.confirmed_at IS NOT NULL AND course.status NOT IN ('COMPLETED', 'STOPPED')
        """,
    ),
]
