"""Audit by trigger: PostgreSQL itself writes down what happens to a row (G11).

The trigger's function runs with the rights of the tables' owner, so that the application's role,
which may only read the events, can neither leave one out nor forge, change or delete one. It
takes who, where and why from the transaction's setting that `clinic.audit.context` writes, and
the database's role from the server.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import pgtrigger
from django.db.models import Model
from pgtrigger import compiler

AnyModel = TypeVar("AnyModel", bound=type[Model])
# How another organisation's act on an account that they share is told.
ELSEWHERE = "elsewhere"

# What others may not call, they cannot set upon a table of their own; the check of the table
# keeps it so should anybody be granted that.
_TEMPLATE = """
    CREATE OR REPLACE FUNCTION {pgid}() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
        DECLARE
            subject {table}%ROWTYPE;
            was jsonb;
            became jsonb;
        BEGIN
            IF TG_RELID <> '{table}'::regclass THEN
                RAISE EXCEPTION 'this audits another table'
                    USING ERRCODE = 'insufficient_privilege';
            END IF;
            IF TG_OP = 'DELETE' THEN
                subject := OLD;
            ELSE
                subject := NEW;
                became := to_jsonb(NEW) - '{{{without}}}'::text[];
            END IF;
            IF TG_OP <> 'INSERT' THEN
                was := to_jsonb(OLD) - '{{{without}}}'::text[];
            END IF;
            IF TG_OP = 'UPDATE' THEN
                IF was = became THEN
                    RETURN NULL;
                END IF;
                SELECT jsonb_object_agg(key, value), jsonb_object_agg(key, became -> key)
                    INTO was, became
                    FROM jsonb_each(was) WHERE value IS DISTINCT FROM became -> key;
            END IF;
            INSERT INTO clinic_auditevent (
                pgh_created_at, pgh_label, pgh_context, model, object_id, organization_id,
                patient_id, before, after, database_role
            )
            SELECT clock_timestamp(), lower(TG_OP),
                {context},
                '{label}', subject.{key}, owner.id, {patient}, was, became,
                coalesce(nullif(current_setting('role', true), 'none'), session_user)
            FROM (VALUES (1)) AS once LEFT JOIN ({owners}) AS owner (id) ON true;
            RETURN NULL;
        END;
    $$;
    REVOKE ALL ON FUNCTION {pgid}() FROM PUBLIC;

    DROP TRIGGER IF EXISTS {pgid} ON {table};
    CREATE TRIGGER {pgid} AFTER INSERT OR UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION {pgid}();
    COMMENT ON TRIGGER {pgid} ON {table} IS '{hash}';
"""
_CONTEXT = "nullif(current_setting('pghistory.context_metadata', true), '')::jsonb"
# An account may work for several organisations, and belongs to none: each that it works for now
# gets a copy. Only the one in whose tenant the change was made learns who made it, where and why;
# without a tenant (who signs in, say) nobody learns from where. A copy for no organisation is the
# operator's.
_ACCOUNTS = "SELECT organization_id FROM clinic_membership WHERE user_id = {account} AND is_active"
_CONTEXT_OF_ACCOUNTS = f"""CASE
                    WHEN owner.id IS NULL OR owner.id = clinic_tenant() THEN {_CONTEXT}
                    WHEN clinic_tenant() IS NULL
                        THEN {_CONTEXT} - '{{membership,token,reason,address}}'::text[]
                    WHEN {_CONTEXT} IS NOT NULL THEN '{{"via": "{ELSEWHERE}"}}'::jsonb
                END"""
_THERE = "(SELECT {column} FROM {table} WHERE {key} = {found})"


class AuditTriggerSql(compiler.UpsertTriggerSql):
    """The trigger's SQL, as migrations keep it: by its few parameters.

    A change of the template asks for a class of its own, because earlier migrations use this one.
    """

    DEFAULTS = {
        "context": _CONTEXT,
        "key": "id",
        "owners": "SELECT subject.organization_id",
        "patient": "NULL::uuid",
        "without": "",
    }

    def __init__(self, *, label: str, table: str, hash: str | None = None, **said: str) -> None:
        self.label, self.table, self.pgid = label, table, _name_of(label)
        self.said = {name: said[name] for name in said if said[name] != self.DEFAULTS.get(name)}
        own = {"label": label, "table": f'"{table}"', "pgid": self.pgid}
        values = {**own, **self.DEFAULTS, **said}
        unhashed = _TEMPLATE.format(**values, hash="")
        self.hash = hash or hashlib.sha256(unhashed.encode()).hexdigest()[:12]
        self.data = _TEMPLATE.format(**values, hash=self.hash)

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        """How a migration writes it down."""
        path = f"{type(self).__module__}.{type(self).__name__}"
        own = {"label": self.label, "table": self.table, "hash": self.hash}
        return path, [], {**own, **self.said}


class AuditTrigger(pgtrigger.Trigger):
    """After each insert, update that changes anything, and delete of a model's row."""

    name = "audit"
    when = pgtrigger.After
    operation = pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete
    # For people; see `audited`.
    record: str = ""
    reads: tuple[str, ...] = ()
    is_clinical: bool = False

    def __init__(self, *, patient: str, account: str, key: str, without: Sequence[str]) -> None:
        super().__init__()
        self.patient, self.account = patient, account
        self.key, self.without = key, without

    def compile(self, model: Any) -> compiler.Trigger:
        """The trigger of this model, for migrations."""
        sql = AuditTriggerSql(
            label=model._meta.label,
            table=model._meta.db_table,
            key=self.key or model._meta.pk.name,
            owners=self._owners(model),
            context=_CONTEXT_OF_ACCOUNTS if self.account else _CONTEXT,
            patient=self._patient(model),
            without=",".join(self._left_out(model)),
        )
        return compiler.Trigger(name=self.name, sql=sql)

    def get_pgid(self, model: Any) -> str:
        """The name of the trigger and of its function."""
        return _name_of(model._meta.label)

    def is_about_patients(self, model: type[Model]) -> bool:
        """Whether each row concerns a patient."""
        return self._patient(model) != AuditTriggerSql.DEFAULTS["patient"]

    @property
    def is_about_accounts(self) -> bool:
        """Whether the rows belong to accounts, which may work for several organisations."""
        return bool(self.account)

    def _owners(self, model: type[Model]) -> str:
        if self.account:
            account = _column(model, self.account)
            return _ACCOUNTS.format(account=account)
        if model._meta.label == "clinic.Organization":
            return "SELECT subject.id"
        return f"SELECT {_column(model, 'organization')}"

    def _patient(self, model: type[Model]) -> str:
        names = {field.name for field in model._meta.get_fields()}
        path = self.patient or ("patient" if "patient" in names else "")
        return _column(model, path) if path else AuditTriggerSql.DEFAULTS["patient"]

    def _left_out(self, model: type[Model]) -> list[str]:
        """The columns besides the key and the organization, which the event has of its own."""
        known = {self.key or model._meta.pk.name, "organization", *self.without}
        fields = model._meta.concrete_fields
        return [str(field.column) for field in fields if field.generated or field.name in known]


def _name_of(label: str) -> str:
    return f"pgtrigger_audit_{label.lower().replace('.', '_')}"


def _column(model: type[Model], path: str) -> str:
    """The SQL of a column of the trigger's row, or of one that the row's references lead to."""
    first, *rest = path.split(".")
    field: Any = model._meta.get_field(first)
    found = f"subject.{field.column}"
    for name in rest:
        there = field.related_model._meta
        field = there.get_field(name)
        table, key = there.db_table, there.pk.column
        found = _THERE.format(column=field.column, table=table, key=key, found=found)
    return found


def audited(
    *,
    patient: str = "",
    account: str = "",
    key: str = "",
    without: Sequence[str] = (),
    record: str = "",
    reads: tuple[str, ...] = (),
    clinical: bool = False,
) -> Callable[[AnyModel], AnyModel]:
    """Let every change of the model's rows be recorded.

    `patient` leads by dots to the patient whom a row concerns; a field of that name is found
    alone. `account` leads to the account whose organisations a row concerns, where it has no
    `organization`. `key` is the field that names a row, where that is not the primary key.
    `without` are fields that are secret, or that say nothing.

    For people: `record` is what a row is called, `reads` what its name is made of besides its
    own fields, and what is `clinical` is shown only to those who may see clinical data.
    """
    trigger = AuditTrigger(patient=patient, account=account, key=key, without=without)
    trigger.record, trigger.reads, trigger.is_clinical = record, reads, clinical
    return pgtrigger.register(trigger)
