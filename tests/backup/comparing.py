"""Two databases side by side: every row of every table, and everything that the catalog says.

Nothing here knows of the product's tables, so a table of tomorrow is compared as well.
"""

# ruff: noqa: S608, E501 - queries are made of constants and of names that the server quoted

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.db import connections

OURS = "nspname !~ '^pg_' AND nspname <> 'information_schema'"
RELATIONS = (
    f"pg_class AS rel JOIN pg_namespace AS schema ON schema.oid = rel.relnamespace WHERE {OURS}"
)
NOT_OF_EXTENSIONS = "NOT EXISTS (SELECT FROM pg_depend WHERE objid = {0}.oid AND deptype = 'e')"

CAST_LIST = re.compile(r"\(ARRAY\[([^\]]*)\]\)::text\[\]")

CATALOG = {
    "relations": f"""
        SELECT rel.oid::regclass, relkind, relrowsecurity, relforcerowsecurity, relreplident,
            pg_get_userbyid(relowner), reloptions FROM {RELATIONS}""",
    "columns": f"""
        SELECT attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull, attidentity,
            attgenerated, attcollation::regcollation, pg_get_expr(adbin, adrelid)
        FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE attnum > 0 AND NOT attisdropped AND attrelid IN (SELECT rel.oid FROM {RELATIONS})""",
    "constraints": f"""
        SELECT conrelid::regclass, conname, pg_get_constraintdef(c.oid), condeferrable, condeferred,
            convalidated
        FROM pg_constraint AS c WHERE conrelid IN (SELECT rel.oid FROM {RELATIONS})""",
    "indexes": f"""
        SELECT indexrelid::regclass, pg_get_indexdef(indexrelid), indisvalid, indisunique
        FROM pg_index WHERE indrelid IN (SELECT rel.oid FROM {RELATIONS})""",
    "triggers": f"""
        SELECT tgrelid::regclass, tgname, pg_get_triggerdef(t.oid), tgenabled,
            obj_description(t.oid, 'pg_trigger')
        FROM pg_trigger AS t
        WHERE NOT tgisinternal AND tgrelid IN (SELECT rel.oid FROM {RELATIONS})""",
    "functions": f"""
        SELECT p.oid::regprocedure, pg_get_functiondef(p.oid), pg_get_userbyid(proowner),
            (SELECT array_agg(acl::text ORDER BY acl::text)
             FROM aclexplode(coalesce(proacl, acldefault('f', proowner))) AS acl)
        FROM pg_proc AS p JOIN pg_namespace AS schema ON schema.oid = pronamespace
        WHERE {OURS} AND prokind IN ('f', 'p') AND {NOT_OF_EXTENSIONS.format("p")}""",
    "policies": """
        SELECT schemaname, tablename, policyname, permissive, roles, cmd, qual, with_check
        FROM pg_policies""",
    "grants on relations": f"""
        SELECT rel.oid::regclass, pg_get_userbyid(acl.grantee), privilege_type, is_grantable
        FROM (SELECT rel.oid, relowner, relacl, relkind FROM {RELATIONS}) AS rel,
            aclexplode(coalesce(relacl, acldefault(
                CASE WHEN relkind = 'S' THEN 's' ELSE 'r' END::"char", relowner))) AS acl
        WHERE relkind IN ('r', 'p', 'v', 'm', 'S')""",
    "grants on schemas": f"""
        SELECT nspname, pg_get_userbyid(nspowner), pg_get_userbyid(acl.grantee), privilege_type
        FROM pg_namespace, aclexplode(coalesce(nspacl, acldefault('n', nspowner))) AS acl
        WHERE {OURS}""",
    "sequences": """
        SELECT schemaname, sequencename, data_type::text, start_value, increment_by, cycle, last_value
        FROM pg_sequences""",
    "extensions": """
        SELECT extname, extversion, extnamespace::regnamespace, pg_get_userbyid(extowner)
        FROM pg_extension""",
    "types": f"""
        SELECT t.oid::regtype, typtype, typcategory FROM pg_type AS t
        JOIN pg_namespace AS schema ON schema.oid = typnamespace
        WHERE {OURS} AND {NOT_OF_EXTENSIONS.format("t")}""",
    "comments": f"""
        SELECT rel.oid::regclass, objsubid, description FROM pg_description
        JOIN (SELECT rel.oid FROM {RELATIONS}) AS rel ON rel.oid = objoid
        WHERE classoid = 'pg_class'::regclass""",
}  # fmt: skip


def _rows(alias: str, query: str) -> list[tuple[Any, ...]]:
    with connections[alias].cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def tables(alias: str) -> list[str]:
    """Every table, by its quoted name."""
    query = (
        f"SELECT format('%I.%I', nspname, relname) FROM {RELATIONS} AND relkind = 'r' ORDER BY 1"
    )
    return [name for (name,) in _rows(alias, query)]


def differences(one: str, other: str) -> Iterator[str]:
    """What is in one database and not in the other: `where: what`."""
    for name, query in CATALOG.items():
        yield from _differ(name, _rows(one, query), _rows(other, query))
    for table in tables(one):
        query = f"SELECT line::text FROM {table} AS line"
        yield from _differ(table, _rows(one, query), _rows(other, query))


def _plain(row: Any) -> str:
    """A row as text. PostgreSQL writes a list of `varchar` in another way once it is read again."""
    return CAST_LIST.sub(_cast_each, str(row))


def _cast_each(found: re.Match[str]) -> str:
    return "ARRAY[" + ", ".join(f"({one})::text" for one in found[1].split(", ")) + "]"


def _differ(where: str, these: list[Any], those: list[Any]) -> Iterator[str]:
    left, right = Counter(map(_plain, these)), Counter(map(_plain, those))
    yield from (f"{where}: only here {one}" for one in (left - right))
    yield from (f"{where}: only there {one}" for one in (right - left))
