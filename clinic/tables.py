"""Tables in migrations: many made at once, in few words."""

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import PROTECT, ForeignKey, UUIDField
from pgtrigger.compiler import Trigger

from clinic.audit.triggers import AuditTriggerSql
from clinic.identifiers import uuid7


class Tables(Operation):
    """Operations whose models are rendered once, when all are known.

    One after the other each would render all models that hang together with its own anew, which
    made most of the work of an empty database's migrations. So none may depend on a state between
    them: they make models, in their last form, and what belongs to those.
    """

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.operations = operations

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Add the models; what was rendered before is let go, and rendered when asked for."""
        state.__dict__.pop("apps", None)
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Make the tables, in order."""
        for operation in self.operations:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Drop them, the last first; only the state with all of them knows their models."""
        for operation in reversed(self.operations):
            operation.database_backwards(app_label, schema_editor, from_state, from_state)

    def describe(self) -> str:
        """What `migrate --plan` says."""
        return "; ".join(operation.describe() for operation in self.operations)


def key() -> "UUIDField[Any, Any]":
    """The primary key of nearly every table."""
    return UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)


def tenant() -> "ForeignKey[Any, Any]":
    """The column by which a table is walled (`clinic.models.TenantModel`)."""
    return reference("clinic.organization", editable=False)


def reference(to: str, **options: Any) -> "ForeignKey[Any, Any]":
    """A reference that keeps what it refers to, and is not looked up from there."""
    return ForeignKey(to=to, **{"on_delete": PROTECT, "related_name": "+", **options})


def audit(label: str, **said: str) -> Trigger:
    """The trigger that records every change of a table's rows, as `audited` compiles it."""
    table = said.pop("table", label.lower().replace(".", "_"))
    return Trigger(name="audit", sql=AuditTriggerSql(label=label, table=table, **said))


# Where who acted, where and why is told to the one organisation in which it was done; see
# `clinic.audit.triggers`.
_CONTEXT = """CASE
                    WHEN owner.id IS NULL OR owner.id = clinic_tenant() THEN {all}
                    WHEN clinic_tenant() IS NULL
                        THEN {all} - '{{membership,token,reason,address}}'::text[]
                    WHEN {all} IS NOT NULL THEN '{{"via": "elsewhere"}}'::jsonb
                END""".format(
    all="nullif(current_setting('pghistory.context_metadata', true), '')::jsonb"
)
_OWNERS = "SELECT organization_id FROM clinic_membership WHERE user_id = {} AND is_active"


def audit_of_accounts(label: str, *, account: str, **said: str) -> Trigger:
    """The same for what belongs to an account, which may work for several organisations."""
    return audit(label, context=_CONTEXT, owners=_OWNERS.format(account), **said)
