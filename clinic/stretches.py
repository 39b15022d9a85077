"""What migrations do before stretches of time have to stay apart: overlapping rows become one."""

from collections.abc import Sequence

from django.db.migrations import RunSQL

# The first row of those that overlap is kept, with its reason, and lasts as long as all of them.
_MERGE = """
WITH seen AS (
    SELECT id, {owner}, {begins} AS begins, {ends} AS ends, max({ends}) OVER (
        PARTITION BY {owner} ORDER BY {begins}, id
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS until
    FROM {table}
), stretches AS (
    SELECT *, count(*) FILTER (WHERE until IS NULL OR begins >= until)
        OVER (PARTITION BY {owner} ORDER BY begins, id) AS number
    FROM seen
), merged AS (
    SELECT (array_agg(id ORDER BY begins, id))[1] AS kept, array_agg(id) AS ids,
        min(begins) AS begins, max(ends) AS ends
    FROM stretches GROUP BY {owner}, number HAVING count(*) > 1
), gone AS (
    DELETE FROM {table} AS row USING merged
    WHERE row.id = ANY (merged.ids) AND row.id <> merged.kept
)
UPDATE {table} AS row SET {lasts} FROM merged WHERE row.id = merged.kept
"""
# What is deferred would keep the table from being altered in the same transaction.
_SETTLED = ["SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL DEFERRED"]


def merge_hours(table: str, owner: Sequence[str]) -> RunSQL:
    """The operation that makes one row of each owner's overlapping `starts` to `ends`."""
    return _merge(table, owner, "starts", "ends", "starts = merged.begins, ends = merged.ends")


def merge_periods(table: str, owner: Sequence[str]) -> RunSQL:
    """The operation that makes one row of each owner's overlapping `during`."""
    lasts = "during = tstzrange(merged.begins, merged.ends)"
    return _merge(table, owner, "lower(during)", "upper(during)", lasts)


def _merge(table: str, owner: Sequence[str], begins: str, ends: str, lasts: str) -> RunSQL:
    names = ", ".join(owner)
    merge = _MERGE.format(table=table, owner=names, begins=begins, ends=ends, lasts=lasts)
    return RunSQL([merge, *_SETTLED], RunSQL.noop)
