"""What happens to an account tells no organisation of another that the account works for."""

from django.db import migrations
from pgtrigger.compiler import Trigger
from pgtrigger.migrations import AddTrigger, RemoveTrigger

from clinic.audit.triggers import AuditTriggerSql

CONTEXT = """CASE
                    WHEN owner.id IS NULL OR owner.id = clinic_tenant() THEN {all}
                    WHEN clinic_tenant() IS NULL
                        THEN {all} - '{{membership,token,reason,address}}'::text[]
                    WHEN {all} IS NOT NULL THEN '{{"via": "elsewhere"}}'::jsonb
                END""".format(
    all="nullif(current_setting('pghistory.context_metadata', true), '')::jsonb"
)
OWNERS = "SELECT organization_id FROM clinic_membership WHERE user_id = {} AND is_active"
TRIGGERS = [
    (
        "accountaddress",
        {
            "hash": "7f8b8bbedc4a",
            "label": "clinic.AccountAddress",
            "owners": OWNERS.format("subject.user_id"),
            "table": "account_emailaddress",
            "without": "id",
        },
    ),
    (
        "secondstep",
        {
            "hash": "9a564c42317b",
            "label": "clinic.SecondStep",
            "owners": OWNERS.format("subject.user_id"),
            "table": "mfa_authenticator",
            "without": "id,data,last_used_at",
        },
    ),
    (
        "user",
        {
            "hash": "a26ec4a59806",
            "label": "clinic.User",
            "owners": OWNERS.format("subject.id"),
            "table": "clinic_user",
            "without": "password,last_login,id,session_generation",
        },
    ),
]


class Migration(migrations.Migration):
    dependencies = [("clinic", "0011_references_stay_within")]

    operations = [
        operation
        for model, said in TRIGGERS
        for operation in (
            RemoveTrigger(model_name=model, name="audit"),
            AddTrigger(
                model_name=model,
                trigger=Trigger(name="audit", sql=AuditTriggerSql(context=CONTEXT, **said)),
            ),
        )
    ]
