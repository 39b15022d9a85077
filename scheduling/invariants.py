"""The promises about the book, each as a query for the rows that break it.

They are written apart from the constraints that keep them, so that a constraint that was dropped
or worked around is noticed.
"""

from clinic.invariants import Invariant

INVARIANTS = [
    Invariant(
        "room_is_used_once",
        "A room is never used twice at one instant, turnover included.",
        """
        SELECT a.id, b.id FROM scheduling_reservation a
        JOIN scheduling_reservation b
            ON a.room_id = b.room_id AND a.id < b.id AND a.room_during && b.room_during
            AND (a.group_id IS NULL OR a.session_id IS NULL)
            AND (b.group_id IS NULL OR b.session_id IS NULL)
        """,
    ),
    Invariant(
        "group_is_whole",
        "A group has its room and its therapist at its time, no more members than places, and "
        "every member there; a cancelled one has nothing.",
        """
        SELECT together.id FROM scheduling_groupvisit together
        LEFT JOIN scheduling_reservation own
            ON own.group_id = together.id AND own.session_id IS NULL
        LEFT JOIN scheduling_staffclaim leads
            ON leads.reservation_id = own.id AND leads.membership_id = together.therapist_id
        CROSS JOIN LATERAL (
            SELECT count(*) AS members, count(*) FILTER (WHERE
                place.room_id <> together.room_id
                OR lower(place.patient_during) <> together.starts_at
                OR upper(place.patient_during) <> together.ends_at
            ) AS elsewhere
            FROM scheduling_reservation place
            WHERE place.group_id = together.id AND place.session_id IS NOT NULL
        ) AS taken
        WHERE (together.status = 'CANCELLED' AND (own.id IS NOT NULL OR taken.members > 0))
            OR (together.status = 'PLANNED' AND (
                own.room_id IS DISTINCT FROM together.room_id
                OR lower(own.room_during) IS DISTINCT FROM together.starts_at
                OR upper(own.room_during) IS DISTINCT FROM
                    together.ends_at + make_interval(mins => together.turnover_minutes)
                OR leads.during IS DISTINCT FROM tstzrange(together.starts_at, together.ends_at)
                OR taken.members > together.places OR taken.elsewhere > 0
            ))
        """,
    ),
    Invariant(
        "times_are_held_once",
        "No two courses hold one room for their proposals at one instant.",
        """
        SELECT a.id, b.id FROM scheduling_slothold a
        JOIN scheduling_slothold b
            ON a.room_id = b.room_id AND a.id < b.id AND a.course_id <> b.course_id
            AND a.room_during && b.room_during
            AND a.held_since < b.held_until AND b.held_since < a.held_until
        """,
    ),
    Invariant(
        "patient_is_in_one_place",
        "A patient is never in two places at once.",
        """
        SELECT a.id, b.id FROM scheduling_reservation a
        JOIN scheduling_reservation b
            ON a.patient_id = b.patient_id AND a.id < b.id
            AND a.patient_during && b.patient_during
        """,
    ),
    Invariant(
        "nobody_is_overloaded",
        "Nobody carries more load at one instant than their capacity.",
        """
        SELECT DISTINCT member.id FROM (
            SELECT membership_id, sum(delta) OVER (
                PARTITION BY membership_id ORDER BY moment, delta
            ) AS load_now
            FROM (
                SELECT membership_id, lower(during) AS moment, load::integer AS delta
                FROM scheduling_staffclaim
                UNION ALL
                SELECT membership_id, upper(during), -load::integer
                FROM scheduling_staffclaim
            ) AS edges
        ) AS sweep
        JOIN clinic_membership member ON member.id = sweep.membership_id
        WHERE sweep.load_now > member.capacity
        """,
    ),
    Invariant(
        "doses_keep_their_gap",
        "Two doses of one patient keep the protocol's minimum gap, over all courses and sites.",
        """
        SELECT a.id, b.id FROM (
            SELECT visit.id, visit.patient_id, claim.guard,
                (visit.starts_at AT TIME ZONE site.timezone)::date AS day
            FROM treatment_sessions_session visit
            JOIN clinic_site site ON site.id = visit.site_id
            LEFT JOIN scheduling_reservation claim ON claim.session_id = visit.id
            WHERE visit.kind = 'dosing' AND visit.status NOT IN ('CANCELLED', 'MISSED')
        ) AS a
        JOIN (
            SELECT visit.id, visit.patient_id,
                (visit.starts_at AT TIME ZONE site.timezone)::date AS day
            FROM treatment_sessions_session visit
            JOIN clinic_site site ON site.id = visit.site_id
            WHERE visit.kind = 'dosing' AND visit.status NOT IN ('CANCELLED', 'MISSED')
        ) AS b
            ON a.patient_id = b.patient_id AND a.id <> b.id AND b.day >= a.day
            AND (a.guard IS NULL OR b.day < upper(a.guard))
        """,
    ),
    Invariant(
        "dose_guards_its_days",
        "A dose guards the days that its protocol's version asks for, or an override says why not.",
        """
        SELECT claim.id FROM scheduling_reservation claim
        JOIN treatment_sessions_session visit ON visit.id = claim.session_id
        JOIN courses_course course ON course.id = visit.course_id
        JOIN courses_protocolversion version ON version.id = course.protocol_version_id
        WHERE visit.kind = 'dosing'
            AND (claim.guard IS NULL
                OR claim.gap_days IS DISTINCT FROM
                    (version.definition ->> 'min_gap_days')::integer
                OR (claim.guard_override_id IS NULL
                    AND upper(claim.guard) - lower(claim.guard) < claim.gap_days))
        """,
    ),
    Invariant(
        "override_is_of_the_patient",
        "A guard is narrowed only by an override for a dose of the same patient.",
        """
        SELECT claim.id FROM scheduling_reservation claim
        JOIN scheduling_override override ON override.id = claim.guard_override_id
        JOIN treatment_sessions_session visit ON visit.id = override.visit_id
        WHERE visit.patient_id <> claim.patient_id OR length(btrim(override.reason)) < 20
        """,
    ),
    Invariant(
        "doses_are_a_day_apart",
        "No override brings two doses of one patient nearer than 24 hours.",
        """
        SELECT a.id, b.id FROM scheduling_reservation a
        JOIN scheduling_reservation b
            ON a.patient_id = b.patient_id AND a.id <> b.id
            AND a.gap_days >= 2 AND b.gap_days >= 2
            AND lower(b.patient_during) >= lower(a.patient_during)
            AND lower(b.patient_during) < lower(a.patient_during) + interval '24 hours'
        """,
    ),
    Invariant(
        "accepted_plan_is_booked",
        "An accepted proposal has booked every one of its visits.",
        """
        SELECT proposal.id FROM scheduling_proposal proposal
        CROSS JOIN LATERAL jsonb_array_elements(proposal.visits) AS planned
        WHERE proposal.status = 'ACCEPTED' AND NOT EXISTS (
            SELECT 1 FROM treatment_sessions_session visit
            WHERE visit.course_id = proposal.course_id
                AND visit.kind = planned ->> 'kind'
                AND visit.seq = (planned ->> 'seq')::integer
        )
        """,
    ),
    Invariant(
        "visit_matches_its_reservation",
        "A visit that holds its place has one reservation at its own time, a released one none.",
        """
        SELECT visit.id FROM treatment_sessions_session visit
        JOIN clinic_site site ON site.id = visit.site_id
        LEFT JOIN scheduling_reservation claim ON claim.session_id = visit.id
        WHERE (visit.status IN ('CANCELLED', 'MISSED') AND claim.id IS NOT NULL)
            OR (visit.status NOT IN ('CANCELLED', 'MISSED') AND (
                claim.id IS NULL
                OR claim.patient_id <> visit.patient_id
                OR claim.patient_during <> tstzrange(visit.starts_at, visit.ends_at)
                OR NOT claim.room_during @> claim.patient_during
                OR (visit.kind = 'dosing' AND lower(claim.guard) IS DISTINCT FROM
                    (visit.starts_at AT TIME ZONE site.timezone)::date)
            ))
        """,
    ),
    Invariant(
        "visit_has_its_people",
        "A visit's claims on people add up to the load that its protocol's version asks for.",
        """
        SELECT visit.id FROM treatment_sessions_session visit
        JOIN courses_course course ON course.id = visit.course_id
        JOIN courses_protocolversion version ON version.id = course.protocol_version_id
        JOIN scheduling_reservation claim ON claim.session_id = visit.id
        CROSS JOIN LATERAL (
            SELECT coalesce(sum((phase ->> 'minutes')::integer * units::integer), 0) AS asked
            FROM jsonb_array_elements(
                version.definition -> 'visit_types' -> visit.visit_type -> 'phases'
            ) AS phase
            CROSS JOIN LATERAL jsonb_each_text(coalesce(phase -> 'load', '{}')) AS each(role, units)
        ) AS rule
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(load * extract(epoch FROM upper(during) - lower(during)) / 60), 0)
                AS given
            FROM scheduling_staffclaim WHERE reservation_id = claim.id
        ) AS taken
        WHERE rule.asked <> taken.given AND claim.group_id IS NULL
            AND (visit.seq > 0 OR version.definition -> 'visit_types' ? visit.visit_type)
        """,
    ),
    Invariant(
        "reservation_is_of_one_organization",
        "A reservation, its visit, course, patient and room belong to one organisation.",
        """
        SELECT claim.id FROM scheduling_reservation claim
        JOIN treatment_sessions_session visit ON visit.id = claim.session_id
        JOIN courses_course course ON course.id = visit.course_id
        JOIN clinic_patient patient ON patient.id = claim.patient_id
        JOIN clinic_room room ON room.id = claim.room_id
        JOIN clinic_site site ON site.id = claim.site_id
        WHERE NOT (
            visit.organization_id = claim.organization_id
            AND course.organization_id = claim.organization_id
            AND patient.organization_id = claim.organization_id
            AND room.organization_id = claim.organization_id
            AND site.organization_id = claim.organization_id
        )
        """,
    ),
    Invariant(
        "halted_course_has_nothing_ahead",
        "Of a course that is not under way nothing is booked ahead but conversations.",
        """
        SELECT visit.id FROM treatment_sessions_session visit
        JOIN courses_course course ON course.id = visit.course_id
        WHERE visit.status = 'PLANNED' AND visit.ends_at > now() AND (
            course.status IN ('PAUSED', 'INTERRUPTED', 'STOPPED')
            OR (course.status = 'COMPLETED' AND visit.kind = 'dosing')
        )
        """,
    ),
    Invariant(
        "given_dose_is_kept",
        "Every dosing visit that is done has its dose, on its day.",
        """
        SELECT visit.id FROM treatment_sessions_session visit
        JOIN clinic_site site ON site.id = visit.site_id
        LEFT JOIN courses_dose dose ON dose.visit_id = visit.id
        WHERE visit.kind = 'dosing' AND (
            (visit.status = 'DONE') <> (dose.id IS NOT NULL)
            OR dose."on" <> (visit.starts_at AT TIME ZONE site.timezone)::date
            OR dose.patient_id <> visit.patient_id OR dose.course_id <> visit.course_id
        )
        """,
    ),
    Invariant(
        "links_say_which_chart_stands",
        "Which chart of a person stands is what the links in force say.",
        """
        SELECT id FROM clinic_patient
        WHERE principal_id IS DISTINCT FROM nullif(clinic_standing_chart(id), id)
        """,
    ),
    Invariant(
        "one_person_keeps_gaps_and_places",
        "Over the charts of one person nothing that is booked overlaps, doses and their gaps too.",
        """
        SELECT a.id, b.id FROM scheduling_reservation a
        JOIN scheduling_reservation b
            ON a.person_id = b.person_id AND a.patient_id < b.patient_id
        WHERE a.patient_during && b.patient_during OR a.guard && b.guard
            OR (least(a.gap_days, b.gap_days) >= 2 AND
                greatest(lower(a.patient_during), lower(b.patient_during))
                    < least(lower(a.patient_during), lower(b.patient_during)) + interval '1 day')
        """,
    ),
    Invariant(
        "claims_are_of_the_person",
        "What is booked for one of several charts of a person is booked for the person.",
        """
        SELECT claim.id FROM scheduling_reservation claim
        JOIN treatment_sessions_session visit ON visit.id = claim.session_id
        JOIN clinic_patient own ON own.id = claim.patient_id
        LEFT JOIN LATERAL (
            SELECT own.person_id AS id WHERE EXISTS (
                SELECT FROM clinic_patient WHERE person_id = own.person_id AND id <> own.id
            )
        ) AS person ON true
        WHERE claim.person_id <> own.person_id
            OR (claim.person_id IS NOT NULL AND person.id IS NULL)
            OR (visit.status = 'PLANNED' AND claim.person_id IS DISTINCT FROM person.id)
        """,
    ),
    Invariant(
        "doses_elsewhere_keep_their_gap",
        "No dose is planned within the minimum gap of one at another clinic or of another chart "
        "of the person, or a prescriber decided on it.",
        """
        SELECT claim.id FROM scheduling_reservation claim
        JOIN treatment_sessions_session visit ON visit.id = claim.session_id
        JOIN clinic_patient own ON own.id = claim.patient_id
        JOIN clinic_patient chart ON chart.person_id = own.person_id
        JOIN courses_dose dose ON dose.patient_id = chart.id
        WHERE visit.status = 'PLANNED' AND claim.guard IS NOT NULL
            AND (dose.source = 'OUTSIDE' OR chart.id <> own.id) AND dose.withdrawn_at IS NULL
            AND abs(dose."on" - lower(claim.guard)) <
                CASE WHEN claim.guard_override_id IS NULL THEN claim.gap_days ELSE 1 END
        """,
    ),
]
