"""Published versions and events stay as they are, whatever writes: raw SQL here."""

# ruff: noqa: S608 # every statement here is made of constants

import pytest
from django.db import IntegrityError, connection, transaction

from courses.models import Course, CourseEvent, ProtocolVersion
from courses.services import record_event
from tests import factories
from tests.factories import NOW, Clinic

VERSION, EVENT = "courses_protocolversion", "courses_courseevent"


@pytest.fixture
def event(clinic: Clinic) -> CourseEvent:
    """An event in the history of a course."""
    course = factories.make_course(
        factories.make_patient(clinic.site), clinic.version, by=clinic.desk
    )
    return record_event(course=course, kind=CourseEvent.Kind.STARTED, by=clinic.desk, now=NOW)


def run(statement: str, *values: object) -> int:
    """Execute one statement in a savepoint; how many rows it changed."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


@pytest.mark.parametrize(
    "change",
    ["definition = '{}'", "number = 9", "published_at = NULL", "published_at = now()"],
)
def test_published_version_cannot_be_rewritten(clinic: Clinic, change: str) -> None:
    with pytest.raises(IntegrityError, match="never changed"):
        run(f"UPDATE {VERSION} SET {change} WHERE id = %s", clinic.version.pk)


def test_published_version_cannot_be_deleted(clinic: Clinic) -> None:
    with pytest.raises(IntegrityError, match="never changed"):
        run(f"DELETE FROM {VERSION} WHERE id = %s", clinic.version.pk)


def test_published_version_can_be_retired(clinic: Clinic) -> None:
    assert run(f"UPDATE {VERSION} SET retired_at = now() WHERE id = %s", clinic.version.pk) == 1


def make_draft(clinic: Clinic) -> ProtocolVersion:
    return ProtocolVersion.objects.create(
        organization=clinic.organization,
        protocol=clinic.version.protocol,
        number=2,
        definition={},
        is_shipped=True,
    )


def test_draft_version_can_be_rewritten_published_and_deleted(clinic: Clinic) -> None:
    """The control: the triggers look at published versions alone."""
    assert run(f"DELETE FROM {VERSION} WHERE id = %s", make_draft(clinic).pk) == 1
    rewritten = f"UPDATE {VERSION} SET definition = '{{}}', published_at = now() WHERE id = %s"
    assert run(rewritten, make_draft(clinic).pk) == 1


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE {EVENT} SET reason = 'other' WHERE id = %s",
        f"UPDATE {EVENT} SET at = now() WHERE id = %s",
        f"DELETE FROM {EVENT} WHERE id = %s",
    ],
)
def test_event_cannot_be_changed(event: CourseEvent, statement: str) -> None:
    with pytest.raises(IntegrityError, match="never changed"):
        run(statement, event.pk)


def test_control_event_changes_once_the_trigger_is_gone(event: CourseEvent) -> None:
    run(f"DROP TRIGGER course_event_stays ON {EVENT}")
    assert run(f"UPDATE {EVENT} SET reason = 'other' WHERE id = %s", event.pk) == 1


def test_course_itself_may_change(event: CourseEvent) -> None:
    assert Course.objects.filter(pk=event.course_id).update(dose_count=7) == 1
