"""Every change of these tables is recorded from here on."""

from django.db import migrations
from pgtrigger.compiler import Trigger
from pgtrigger.migrations import AddTrigger

from clinic.audit.triggers import AuditTriggerSql

TRIGGERS = [
    (
        "apitoken",
        {
            "hash": "aa625a1c1267",
            "label": "clinic.ApiToken",
            "table": "clinic_apitoken",
            "without": "digest,token_key,id,organization_id,last_used_at",
        },
    ),
    (
        "breakglass",
        {
            "hash": "7f7c84294129",
            "label": "clinic.BreakGlass",
            "patient": "subject.patient_id",
            "table": "clinic_breakglass",
            "without": "id,organization_id",
        },
    ),
    (
        "chartrestriction",
        {
            "hash": "fcac40276b9c",
            "label": "clinic.ChartRestriction",
            "patient": "subject.patient_id",
            "table": "clinic_chartrestriction",
            "without": "id,organization_id",
        },
    ),
    (
        "closure",
        {
            "hash": "bc4e1250ce16",
            "label": "clinic.Closure",
            "table": "clinic_closure",
            "without": "id,organization_id",
        },
    ),
    (
        "consentrecord",
        {
            "hash": "8bec72731dd5",
            "label": "clinic.ConsentRecord",
            "patient": "subject.patient_id",
            "table": "clinic_consentrecord",
            "without": "id,organization_id",
        },
    ),
    (
        "consenttext",
        {
            "hash": "38fc3639ff44",
            "label": "clinic.ConsentText",
            "table": "clinic_consenttext",
            "without": "id,organization_id",
        },
    ),
    (
        "glassnotice",
        {
            "hash": "8980a854939b",
            "label": "clinic.GlassNotice",
            "patient": "(SELECT patient_id FROM clinic_breakglass WHERE id = subject.opening_id)",
            "table": "clinic_glassnotice",
            "without": "id,organization_id,claimed_until,attempts",
        },
    ),
    (
        "invitation",
        {
            "hash": "fc60dd4f6527",
            "label": "clinic.Invitation",
            "table": "clinic_invitation",
            "without": "id,organization_id",
        },
    ),
    (
        "leave",
        {
            "hash": "e40c94c27813",
            "label": "clinic.Leave",
            "table": "clinic_leave",
            "without": "id,organization_id",
        },
    ),
    (
        "membership",
        {
            "hash": "92a890ed1b80",
            "label": "clinic.Membership",
            "table": "clinic_membership",
            "without": "id,organization_id",
        },
    ),
    (
        "openinghours",
        {
            "hash": "3d71220ec374",
            "label": "clinic.OpeningHours",
            "table": "clinic_openinghours",
            "without": "id,organization_id",
        },
    ),
    (
        "organization",
        {
            "hash": "96f6e2b08e4c",
            "label": "clinic.Organization",
            "owners": "SELECT subject.id",
            "table": "clinic_organization",
            "without": "id",
        },
    ),
    (
        "patient",
        {
            "hash": "0a081552fa56",
            "label": "clinic.Patient",
            "patient": "subject.id",
            "table": "clinic_patient",
            "without": "id,organization_id,search",
        },
    ),
    (
        "patientcontact",
        {
            "hash": "fe851c6c1841",
            "label": "clinic.PatientContact",
            "patient": "subject.patient_id",
            "table": "clinic_patientcontact",
            "without": "id,organization_id",
        },
    ),
    (
        "patientsite",
        {
            "hash": "20d384d2d414",
            "label": "clinic.PatientSite",
            "patient": "subject.patient_id",
            "table": "clinic_patientsite",
            "without": "id,organization_id",
        },
    ),
    (
        "patientunavailability",
        {
            "hash": "2670b394bbee",
            "label": "clinic.PatientUnavailability",
            "patient": "subject.patient_id",
            "table": "clinic_patientunavailability",
            "without": "id,organization_id",
        },
    ),
    (
        "patientwindow",
        {
            "hash": "2fd2f8da5de5",
            "label": "clinic.PatientWindow",
            "patient": "subject.patient_id",
            "table": "clinic_patientwindow",
            "without": "id,organization_id",
        },
    ),
    (
        "roleassignment",
        {
            "hash": "a327a040f287",
            "label": "clinic.RoleAssignment",
            "table": "clinic_roleassignment",
            "without": "id,organization_id",
        },
    ),
    (
        "room",
        {
            "hash": "1fbb850e693d",
            "label": "clinic.Room",
            "table": "clinic_room",
            "without": "id,organization_id",
        },
    ),
    (
        "roomblock",
        {
            "hash": "d3b8b962a09b",
            "label": "clinic.RoomBlock",
            "table": "clinic_roomblock",
            "without": "id,organization_id",
        },
    ),
    (
        "shift",
        {
            "hash": "3a29503d8410",
            "label": "clinic.Shift",
            "table": "clinic_shift",
            "without": "id,organization_id",
        },
    ),
    (
        "site",
        {
            "hash": "15b098a6e7a4",
            "label": "clinic.Site",
            "table": "clinic_site",
            "without": "id,organization_id",
        },
    ),
    (
        "user",
        {
            "hash": "9e07f3026c11",
            "label": "clinic.User",
            "owners": "SELECT organization_id FROM clinic_membership WHERE user_id = subject.id",
            "table": "clinic_user",
            "without": "password,id",
        },
    ),
    (
        "accountaddress",
        {
            "hash": "2623f03a3578",
            "label": "clinic.AccountAddress",
            "owners": (
                "SELECT organization_id FROM clinic_membership WHERE user_id = subject.user_id"
            ),
            "table": "account_emailaddress",
            "without": "id",
        },
    ),
    (
        "secondstep",
        {
            "hash": "f8b85b8b8ac2",
            "label": "clinic.SecondStep",
            "owners": (
                "SELECT organization_id FROM clinic_membership WHERE user_id = subject.user_id"
            ),
            "table": "mfa_authenticator",
            "without": "id,data,last_used_at",
        },
    ),
]


class Migration(migrations.Migration):
    dependencies = [("clinic", "0009_audit")]

    operations = [
        AddTrigger(model_name=model, trigger=Trigger(name="audit", sql=AuditTriggerSql(**said)))
        for model, said in TRIGGERS
    ]
