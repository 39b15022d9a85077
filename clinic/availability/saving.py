"""Writing rows of availability so that what the database refuses is told in its own words."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from datetime import time
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet

from clinic.availability import rules
from clinic.availability.rules import Clock, Span
from clinic.errors import DomainError
from clinic.models import Weekday

Row = TypeVar("Row", bound=Model)


class AvailabilityRefused(DomainError):
    """Hours, shifts or absences that cannot be as they were entered."""

    code = "availability-refused"


@contextmanager
def told(model: type[Model], *, field: str) -> Iterator[None]:
    """Inside a transaction: a constraint of the model that refuses a row speaks for the field."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as exc:
        diagnosis = getattr(exc.__cause__, "diag", None)
        refused = diagnosis.constraint_name if diagnosis else None
        for rule in model._meta.constraints:
            if rule.name == refused:
                message = str(rule.violation_error_message)
                raise AvailabilityRefused(message, field=field) from exc
        raise


def put(row: Row, *, field: str) -> Row:
    """Inside a transaction: keep a new row; AvailabilityRefused names the field at fault."""
    with told(type(row), field=field):
        row.save(force_insert=True)
    return row


def replace(
    rows: "QuerySet[Row]", wanted: Iterable[Row], key: Callable[[Row], Hashable], *, field: str
) -> None:
    """Inside a transaction: let these rows be all; what is there already stays as it is."""
    before = {key(row): row for row in rows}
    after = {key(row): row for row in wanted}
    rows.filter(pk__in=[row.pk for at, row in before.items() if at not in after]).delete()
    with told(rows.model, field=field):
        rows.model._default_manager.bulk_create(
            row for at, row in after.items() if at not in before
        )


def check_week(spans: Iterable[Span], *, field: str, earliest: time = time(0)) -> None:
    """AvailabilityRefused, with the first fault, unless every day of the week is right."""
    for day, fault in rules.faults_of_week(spans, earliest=earliest).items():
        raise AvailabilityRefused(f"{Weekday(day).label}: {fault}", field=field)


def check_day(hours: Iterable[Clock], *, field: str, earliest: time = time(0)) -> None:
    """AvailabilityRefused unless the hours of the day are right."""
    if fault := rules.fault_of_day(hours, earliest=earliest):
        raise AvailabilityRefused(fault, field=field)


def shape_of(row: Any) -> tuple[int, time, time]:
    """What tells rows of a week apart."""
    return row.weekday, row.starts, row.ends
