"""A stretch of history for people: lines in words, and acts of several lines each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from clinic.audit.history import Row, number_of
from clinic.audit.triggers import ELSEWHERE
from clinic.audit.words import (
    NOTHING,
    Names,
    field_name,
    in_order,
    model_of,
    record_name,
    trigger_of,
    value_in_words,
    want_values,
)
from clinic.models import AuditEvent, ChartOpening, Membership, User

OUTSIDE = "Outside the application"


@dataclass(frozen=True, slots=True)
class Change:
    """One field, before and after."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Doer:
    """Who saw or changed something, and from where."""

    name: str
    way: str
    address: str = ""
    reason: str = ""
    is_person: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a history in words; `action` is seen, insert, update or delete."""

    number: int
    at: datetime
    act: str  # lines of one request, task or command have the same
    doer: Doer
    action: str
    record: str = ""
    title: str = ""
    changes: tuple[Change, ...] = ()
    # The values and the reason are clinical, and not for the reader.
    is_withheld: bool = False


@dataclass(frozen=True, slots=True)
class Act:
    """What was seen or changed at once."""

    at: datetime
    doer: Doer
    is_seen: bool
    lines: Sequence[Line] = field(default_factory=tuple)

    @property
    def summary(self) -> list[tuple[str, str, int]]:
        """Action, record and how many of them, in the order in which they happened."""
        counts: dict[tuple[str, str], int] = {}
        for line in reversed(self.lines):
            key = (line.action, line.record)
            counts[key] = counts.get(key, 0) + 1
        return [(action, record, number) for (action, record), number in counts.items()]


def acts_of(lines: Iterable[Line]) -> list[Act]:
    """The lines, newest first, put together where one act made neighbours of them."""
    acts = []
    for (_, is_seen), made in groupby(lines, key=lambda line: (line.act, line.action == "seen")):
        own = tuple(made)
        acts.append(Act(own[0].at, own[0].doer, is_seen, own))
    return acts


def lines_of(rows: Sequence[Row], *, zone: ZoneInfo, clinical: bool) -> list[Line]:
    """The rows in words; without `clinical`, values of clinical records are left out.

    Whatever they refer to is read by one query for each model.
    """
    names = Names({row.organization_id for row in rows})
    for row in rows:
        _want(names, row)
    names.fetch()
    return [
        _seen(row, names) if isinstance(row, ChartOpening) else _changed(row, names, zone, clinical)
        for row in rows
    ]


def _want(names: Names, row: Row) -> None:
    if isinstance(row, ChartOpening):
        names.want(Membership, row.membership_id)
        return
    said = row.pgh_context or {}
    names.want(Membership, said.get("membership"))
    if not said.get("membership"):
        names.want(User, said.get("user"))
    trigger = trigger_of(row.model)
    if not (trigger and trigger.key):
        names.want(model_of(row.model), row.object_id)
    want_values(names, row.model, row.before)
    want_values(names, row.model, row.after)


def _seen(opening: ChartOpening, names: Names) -> Line:
    glass = opening.break_glass
    doer = Doer(
        name=names.of(Membership, opening.membership_id),
        way=f"{opening.get_via_display()}: {_route(opening.route)}",
        address=opening.address or "",
        reason=glass.reason if glass else "",
    )
    act = f"request {opening.request_id or opening.pk}"
    return Line(number_of(opening), opening.opened_at, act, doer, "seen", "Chart")


def _changed(event: AuditEvent, names: Names, zone: ZoneInfo, clinical: bool) -> Line:
    trigger = trigger_of(event.model)
    is_withheld = bool(trigger and trigger.is_clinical and not clinical)
    doer = _doer(event, names)
    return Line(
        number=event.pgh_id,
        at=event.pgh_created_at,
        act=_act(event),
        doer=replace(doer, reason="") if is_withheld else doer,
        action=event.pgh_label,
        record=record_name(event.model),
        title="" if is_withheld else names.of(model_of(event.model), event.object_id),
        changes=() if is_withheld else tuple(_changes(event, names, zone)),
        is_withheld=is_withheld,
    )


def _changes(event: AuditEvent, names: Names, zone: ZoneInfo) -> Iterable[Change]:
    before, after = event.before or {}, event.after or {}
    for column in in_order(event.model, {**before, **after}):
        if column == "patient_id" and before.get(column, after.get(column)) == str(
            event.patient_id
        ):
            continue  # whose history this is
        was, became = (
            value_in_words(event.model, column, values.get(column), names, zone)
            for values in (before, after)
        )
        if (was, became) != (NOTHING, NOTHING):
            yield Change(field_name(event.model, column), was, became)


def _act(event: AuditEvent) -> str:
    said = event.pgh_context or {}
    for kind in ("request", "task_id"):
        if said.get(kind):
            return f"{kind} {said[kind]}"
    by = said.get("command") or event.database_role
    return f"{by} {event.pgh_created_at:%Y-%m-%d %H:%M:%S}"


def _doer(event: AuditEvent, names: Names) -> Doer:
    said: dict[str, Any] = event.pgh_context or {}
    if said.get("via") == "task":
        name = said["task"].rpartition(".")[2].replace("_", " ")
        return Doer("Background task", name.capitalize(), is_person=False)
    if said.get("via") == "command":
        way = f"“{said['command']}”, run by {said['os_user']}"
        return Doer("Command", way, is_person=False)
    if said.get("via") == ELSEWHERE:
        return Doer("Elsewhere", "At another organization of the account", is_person=False)
    if said.get("via") not in ChartOpening.Via.values:
        return Doer(OUTSIDE, f"Database role {event.database_role}", is_person=False)
    return Doer(
        name=_person(event, names),
        way=f"{ChartOpening.Via(said['via']).label}: {_route(said.get('route', ''))}",
        address=said.get("address") or "",
        reason=said.get("reason", ""),
    )


def _person(event: AuditEvent, names: Names) -> str:
    said = event.pgh_context or {}
    known = names.of(Membership, said.get("membership")) or names.of(User, said.get("user"))
    if not known and event.model == User._meta.label:  # who is signing in, say
        known = names.of(User, event.object_id)
    return known or "Nobody signed in"


def _route(name: str) -> str:
    return name.rpartition(":")[2].replace("_", " ")
