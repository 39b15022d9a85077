"""What an event recorded, in words: names of records and fields, values as people know them."""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time
from typing import Any, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

from django.apps import apps
from django.contrib.postgres import fields as postgres
from django.db import models
from django.utils.text import capfirst

from clinic.audit.registry import audit_trigger
from clinic.audit.triggers import AuditTrigger
from clinic.models import Membership, User
from clinic.templatetags.courseline import plain_day, zone_label

AnyField: TypeAlias = "models.Field[Any, Any]"
NOTHING = "—"
_BOUND = re.compile(r'[^\[\](),"]+')


def model_of(label: str) -> type[models.Model] | None:
    """The model of that label; None when there is none any more."""
    try:
        return apps.get_model(label)
    except LookupError:
        return None


def record_name(label: str) -> str:
    """`Visit`: what a row of the model is called."""
    model, trigger = model_of(label), trigger_of(label)
    if model is None:
        return label.rpartition(".")[2]
    return trigger.record if trigger and trigger.record else str(capfirst(model._meta.verbose_name))


def trigger_of(label: str) -> AuditTrigger | None:
    """What records the changes of that model; None when nothing does any more."""
    model = model_of(label)
    return audit_trigger(model) if model else None


def field_of(label: str, column: str) -> "AnyField | None":
    """The field that a column belongs to; None when there is none any more."""
    model = model_of(label)
    found = model._meta.concrete_fields if model else ()
    return next((field for field in found if field.column == column), None)


def field_name(label: str, column: str) -> str:
    """`Birth date`: what a column is called."""
    field = field_of(label, column)
    return str(capfirst(field.verbose_name)) if field else column.replace("_", " ").capitalize()


def in_order(label: str, columns: Iterable[str]) -> list[str]:
    """The columns as the model has them; those that are gone come last."""
    model = model_of(label)
    known = [field.column for field in model._meta.concrete_fields] if model else []
    return sorted(columns, key=lambda one: known.index(one) if one in known else len(known))


class Names:
    """What rows that are referred to call themselves: one query for each model, however many.

    An account goes by the name that these organisations know it by; its address is not theirs.
    """

    def __init__(self, organizations: Iterable[UUID | None] = ()) -> None:
        self._organizations = {one for one in organizations if one}
        self._wanted: dict[type[models.Model], set[str]] = defaultdict(set)
        self._known: dict[tuple[type[models.Model], str], str] = {}

    def want(self, model: type[models.Model] | None, key: Any) -> None:
        """This row's name is going to be asked for."""
        if model and key:
            self._wanted[model].add(str(key))

    def fetch(self) -> None:
        """Read all that are wanted."""
        for model, keys in self._wanted.items():
            trigger = audit_trigger(model)
            if model is User:
                self._know_accounts(keys)
            elif not (trigger and trigger.is_about_accounts):
                rows = model._base_manager.filter(pk__in=keys)
                if trigger and trigger.reads:
                    rows = rows.select_related(*trigger.reads)
                self._known |= {(model, str(row.pk)): str(row) for row in rows}
        self._wanted.clear()

    def _know_accounts(self, keys: Iterable[str]) -> None:
        users = [UUID(key) for key in keys]
        rows = Membership.objects.filter(user__in=users, organization__in=self._organizations)
        self._known |= {(User, str(user)): name for user, name in rows.values_list("user", "name")}

    def of(self, model: type[models.Model] | None, key: Any) -> str:
        """The row's name; empty when it is gone or has none of its own."""
        name = self._known.get((model, str(key)), "") if model else ""
        return "" if name == str(key) else name


def want_values(names: Names, label: str, values: Mapping[str, Any] | None) -> None:
    """The rows that these values refer to are going to be named."""
    for column, value in (values or {}).items():
        field = field_of(label, column)
        if isinstance(field, models.ForeignKey):
            names.want(field.related_model, value)


def value_in_words(label: str, column: str, value: Any, names: Names, zone: ZoneInfo) -> str:
    """A recorded value as people know it: labels, names, local times."""
    if value in (None, "", [], {}):
        return NOTHING
    field = field_of(label, column)
    if field is None:
        return _plain(value)
    if field.choices and not isinstance(value, list):
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(field, models.ForeignKey):
        return names.of(field.related_model, value) or f"…{str(value)[-6:]}"
    for kind, words in _KINDS:
        if isinstance(field, kind):
            return words(value, zone)
    return _plain(value)


def moment_in_words(moment: datetime, zone: ZoneInfo) -> str:
    """`Mon 9 Mar 2026, 10:15 EDT`."""
    there = moment.astimezone(zone)
    return f"{plain_day(there)}, {there:%H:%M} {zone_label(there)}"


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list) and all(isinstance(one, str | int) for one in value):
        return ", ".join(str(one) for one in value)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return str(value)


def _moment(text: str, zone: ZoneInfo) -> str:
    return moment_in_words(datetime.fromisoformat(text), zone)


def _day(text: str, zone: ZoneInfo) -> str:
    return plain_day(date.fromisoformat(text))


def _clock(text: str, zone: ZoneInfo) -> str:
    return f"{time.fromisoformat(text):%H:%M}"


def _between(bound: Callable[[str, ZoneInfo], str]) -> Callable[[str, ZoneInfo], str]:
    def words(text: str, zone: ZoneInfo) -> str:
        return " to ".join(bound(one, zone) for one in _bounds(text))

    return words


def _bounds(text: str) -> Iterable[str]:
    return _BOUND.findall(text)


_KINDS: tuple[tuple[type[Any], Callable[[Any, ZoneInfo], str]], ...] = (
    (models.DateTimeField, _moment),
    (models.DateField, _day),
    (models.TimeField, _clock),
    (postgres.DateTimeRangeField, _between(_moment)),
    (postgres.DateRangeField, _between(_day)),
)
