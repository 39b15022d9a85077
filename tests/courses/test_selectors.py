"""What can be begun under, what a version says, what happened."""

from datetime import timedelta
from typing import Any

import pytest
from django.http import Http404

from clinic.rights import Right
from courses.access import course_for, protocol_version_for
from courses.models import Course, CourseEvent, ProtocolVersion
from courses.protocols import DefinitionError
from courses.selectors import (
    courses_of_patient,
    definition_of,
    events_of_course,
    published_versions,
)
from courses.services import record_event
from tests import factories
from tests.factories import NOW, Clinic, small_definition


def make_next(clinic: Clinic, number: int, **fields: Any) -> ProtocolVersion:
    """Another version of the clinic's protocol."""
    content = small_definition(doses=3)
    own = {"organization": clinic.organization, "protocol": clinic.version.protocol}
    return ProtocolVersion.objects.create(
        number=number, definition=content, is_shipped=True, **own, **fields
    )


@pytest.fixture
def course(clinic: Clinic) -> Course:
    """A draft course."""
    return factories.make_course(
        factories.make_patient(clinic.site), clinic.version, by=clinic.desk
    )


def test_only_the_latest_published_version_is_offered(clinic: Clinic) -> None:
    second = make_next(clinic, 2, published_at=NOW)
    make_next(clinic, 3)
    assert published_versions(organization=clinic.organization) == [second]


def test_retired_version_is_not_offered(clinic: Clinic) -> None:
    make_next(clinic, 2, published_at=NOW, retired_at=NOW)
    assert published_versions(organization=clinic.organization) == [clinic.version]


def test_versions_of_others_are_not_offered(clinic: Clinic, other_clinic: Clinic) -> None:
    assert published_versions(organization=clinic.organization) == [clinic.version]


def test_published_definition_is_read_once(clinic: Clinic) -> None:
    again = ProtocolVersion.objects.get(pk=clinic.version.pk)
    assert definition_of(clinic.version) is definition_of(again)


def test_draft_definition_is_read_afresh(clinic: Clinic) -> None:
    draft = make_next(clinic, 2)
    assert definition_of(draft).planned_doses == 3
    draft.definition = small_definition(doses=4)
    assert definition_of(draft).planned_doses == 4


def test_definition_with_faults_is_refused(clinic: Clinic) -> None:
    draft = make_next(clinic, 2)
    draft.definition = {}
    with pytest.raises(DefinitionError):
        definition_of(draft)


def test_courses_of_a_patient_come_newest_first(course: Course, clinic: Clinic) -> None:
    newer = factories.make_course(course.patient, clinic.version, by=clinic.desk)
    Course.objects.filter(pk=newer.pk).update(created_at=NOW + timedelta(days=1))
    factories.make_course(factories.make_patient(clinic.site), clinic.version, by=clinic.desk)
    assert list(courses_of_patient(patient=course.patient)) == [newer, course]


@pytest.mark.parametrize("number", [1, 20])
def test_history_is_one_query_however_long(
    course: Course, clinic: Clinic, number: int, django_assert_num_queries: Any
) -> None:
    for hours in range(number):
        record_event(
            course=course,
            kind=CourseEvent.Kind.SCHEDULED,
            by=clinic.desk,
            now=NOW + timedelta(hours=hours),
        )
    with django_assert_num_queries(1):
        events = list(events_of_course(course=course))
        assert {event.by.name for event in events} == {clinic.desk.name}
    assert [event.at for event in events] == sorted((e.at for e in events), reverse=True)


def test_stranger_finds_neither_course_nor_protocol(
    course: Course, clinic: Clinic, other_clinic: Clinic
) -> None:
    assert course_for(clinic.desk, course.pk, Right.VIEW_PATIENTS) == course
    assert protocol_version_for(clinic.desk, clinic.version.pk) == clinic.version
    with pytest.raises(Http404):
        course_for(other_clinic.desk, course.pk, Right.VIEW_PATIENTS)
    with pytest.raises(Http404):
        protocol_version_for(other_clinic.desk, clinic.version.pk)
