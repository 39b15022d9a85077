"""Row-level security around the tables of this app; references stay within the organisation."""

from django.db import migrations

from clinic.walls import same_organization, wall

TABLES = (
    "alertevent",
    "alertnotice",
    "assessment",
    "assessmentdue",
    "authorization",
    "baseline",
    "boosterwindow",
    "capoverride",
    "checkresult",
    "condition",
    "course",
    "courseevent",
    "coveragewarning",
    "diagnosis",
    "dose",
    "finding",
    "hold",
    "lapsedecision",
    "maintenancestep",
    "medicationtrial",
    "oncall",
    "payer",
    "protocol",
    "protocolversion",
    "rescreenreason",
    "review",
    "safetyalert",
    "screening",
    "selfpayagreement",
    "thresholdversion",
)


class Migration(migrations.Migration):
    replaces = [
        ("courses", "0004_walls"),
        ("courses", "0005_audit_triggers"),
        ("courses", "0006_share_patients_with_sites"),
        ("courses", "0007_references_stay_within"),
    ]
    dependencies = [("courses", "0004_scores_and_reviews")]

    operations = [
        *(wall(f"courses_{table}") for table in TABLES),
        same_organization(
            "courses_protocolversion",
            protocol_id="courses_protocol",
            follows_id="courses_protocolversion",
            drafted_by_id="clinic_membership",
            signed_by_id="clinic_membership",
            retired_by_id="clinic_membership",
        ),
        same_organization(
            "courses_course",
            patient_id="clinic_patient",
            site_id="clinic_site",
            protocol_version_id="courses_protocolversion",
            lead_therapist_id="clinic_membership",
            created_by_id="clinic_membership",
            lead_prescriber_id="clinic_membership",
            follows_id="courses_course",
        ),
        same_organization(
            "courses_courseevent", course_id="courses_course", by_id="clinic_membership"
        ),
        same_organization(
            "courses_dose",
            patient_id="clinic_patient",
            course_id="courses_course",
            recorded_by_id="clinic_membership",
        ),
        same_organization(
            "courses_hold",
            course_id="courses_course",
            opened_by_id="clinic_membership",
            released_by_id="clinic_membership",
        ),
        same_organization(
            "courses_safetyalert",
            patient_id="clinic_patient",
            course_id="courses_course",
            site_id="clinic_site",
            raised_by_id="clinic_membership",
            routed_to_id="clinic_membership",
            acknowledged_by_id="clinic_membership",
            assessor_id="clinic_membership",
            closed_by_id="clinic_membership",
        ),
        same_organization(
            "courses_alertevent",
            alert_id="courses_safetyalert",
            by_id="clinic_membership",
            to_id="clinic_membership",
        ),
        same_organization(
            "courses_alertnotice", alert_id="courses_safetyalert", to_id="clinic_membership"
        ),
        same_organization(
            "courses_oncall", site_id="clinic_site", membership_id="clinic_membership"
        ),
        same_organization(
            "courses_authorization",
            patient_id="clinic_patient",
            payer_id="courses_payer",
            course_id="courses_course",
            recorded_by_id="clinic_membership",
            ended_by_id="clinic_membership",
        ),
        same_organization(
            "courses_selfpayagreement",
            course_id="courses_course",
            recorded_by_id="clinic_membership",
            ended_by_id="clinic_membership",
        ),
        same_organization(
            "courses_coveragewarning", course_id="courses_course", by_id="clinic_membership"
        ),
        same_organization(
            "courses_thresholdversion",
            drafted_by_id="clinic_membership",
            signed_by_id="clinic_membership",
        ),
        same_organization(
            "courses_baseline", course_id="courses_course", rated_by_id="clinic_membership"
        ),
        same_organization(
            "courses_review", course_id="courses_course", decided_by_id="clinic_membership"
        ),
        same_organization(
            "courses_maintenancestep", course_id="courses_course", by_id="clinic_membership"
        ),
        same_organization(
            "courses_boosterwindow",
            course_id="courses_course",
            after_dose_id="courses_dose",
            dose_id="courses_dose",
            opened_by_id="clinic_membership",
        ),
        same_organization(
            "courses_diagnosis",
            patient_id="clinic_patient",
            recorded_by_id="clinic_membership",
            withdrawn_by_id="clinic_membership",
        ),
        same_organization(
            "courses_medicationtrial",
            patient_id="clinic_patient",
            recorded_by_id="clinic_membership",
            withdrawn_by_id="clinic_membership",
        ),
        same_organization(
            "courses_checkresult",
            patient_id="clinic_patient",
            recorded_by_id="clinic_membership",
            withdrawn_by_id="clinic_membership",
        ),
        same_organization(
            "courses_screening",
            course_id="courses_course",
            started_by_id="clinic_membership",
            evaluator_id="clinic_membership",
        ),
        same_organization(
            "courses_finding",
            screening_id="courses_screening",
            recorded_by_id="clinic_membership",
            override_by_id="clinic_membership",
            in_error_by_id="clinic_membership",
        ),
        same_organization(
            "courses_condition",
            screening_id="courses_screening",
            recorded_by_id="clinic_membership",
            met_by_id="clinic_membership",
        ),
        same_organization(
            "courses_rescreenreason", course_id="courses_course", recorded_by_id="clinic_membership"
        ),
        same_organization(
            "courses_assessment",
            patient_id="clinic_patient",
            course_id="courses_course",
            entered_by_id="clinic_membership",
            amends_id="courses_assessment",
            withdrawn_by_id="clinic_membership",
        ),
        same_organization(
            "courses_assessmentdue", course_id="courses_course", assessment_id="courses_assessment"
        ),
        same_organization(
            "courses_capoverride", course_id="courses_course", by_id="clinic_membership"
        ),
        same_organization(
            "courses_lapsedecision",
            course_id="courses_course",
            dose_id="courses_dose",
            by_id="clinic_membership",
        ),
    ]
