"""The walls between organisations, for migrations: policies on tables, grants to the application.

The owner of the tables migrates and makes backups. Web and workers connect as another role, which
owns nothing and sees of a tenant table the rows of the tenant that its transaction entered
(`clinic.tenancy`). Every migration that makes a tenant table raises the wall around it.
"""

from collections.abc import Iterator

from django.apps import apps
from django.conf import settings
from django.db import connections, transaction
from django.db.migrations.operations import RunSQL
from psycopg import sql

_POLICY = "{column} = (SELECT clinic_tenant())"


def wall(table: str, *, column: str = "organization_id") -> RunSQL:
    """The operation that shows a table's rows to their own organisation alone."""
    rows = _POLICY.format(column=column)
    return RunSQL(
        [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"CREATE POLICY tenant ON {table} USING ({rows}) WITH CHECK ({rows})",
        ],
        [f"DROP POLICY tenant ON {table}", f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"],
    )


_SAME = """
CREATE FUNCTION {table}_same_organization() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF {strangers} THEN
        RAISE EXCEPTION 'a row of % refers to another organisation', TG_TABLE_NAME
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER same_organization AFTER INSERT OR UPDATE OF organization_id, {columns}
    ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_same_organization();
"""
_STRANGER = (
    "EXISTS (SELECT FROM {other} WHERE id = NEW.{column}"
    " AND organization_id <> NEW.organization_id)"
)


def same_organization(table: str, **references: str) -> RunSQL:
    """The operation that keeps a table's references within the organisation: column=table.

    A foreign key alone looks past the walls, as the owner, and would take another's row.
    """
    strangers = (
        _STRANGER.format(other=other, column=column) for column, other in references.items()
    )
    named = {"table": table, "columns": ", ".join(references)}
    return RunSQL(
        _SAME.format(strangers=" OR ".join(strangers), **named),
        f"DROP TRIGGER same_organization ON {table}; DROP FUNCTION {table}_same_organization()",
    )


def grant_access(*, using: str) -> None:
    """Let the application's role use what migrations made or a backup brought back.

    A model's `application_may` says what may be done with its rows; without it, everything.
    Where there is but one role it owns everything already, and nothing is done.
    """
    link = connections[using]
    if link.settings_dict["USER"] == settings.APPLICATION_ROLE:
        return
    role = sql.Identifier(settings.APPLICATION_ROLE)
    with transaction.atomic(using=using), link.cursor() as cursor:
        for statement in _grants(set(link.introspection.table_names(cursor))):
            # As a string, which is what those take who add to statements (`pghistory.context`).
            cursor.execute(sql.SQL(statement).format(role=role).as_string())


def _grants(tables: set[str]) -> Iterator[str]:
    yield "GRANT USAGE ON SCHEMA public TO {role}"
    yield "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}"
    yield "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}"
    yield "REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}"
    for model in apps.get_models():
        table = model._meta.db_table
        if (allowed := getattr(model, "application_may", None)) and table in tables:
            yield f"REVOKE ALL ON {table} FROM {{role}}"
            yield f"GRANT {', '.join(allowed)} ON {table} TO {{role}}"
