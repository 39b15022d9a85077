"""Courses begin as drafts and change their state by the table, each change with its event."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest

from clinic.errors import DomainError
from clinic.models import Role
from clinic.rights import RightMissing
from courses import services
from courses.models import Course, CourseEvent, Protocol, ProtocolVersion
from courses.selectors import published_versions
from tests import factories
from tests.courses.catalogue import CATALOGUE
from tests.factories import NOW, Clinic

TODAY = date(2026, 1, 5)
LATER = TODAY + timedelta(days=14)


@pytest.fixture
def start(clinic: Clinic) -> Callable[..., Course]:
    """Start a course at the clinic; keywords replace the usual inputs."""

    def started(**changes: Any) -> Course:
        inputs = {
            "patient": factories.make_patient(clinic.site),
            "site": clinic.site,
            "protocol_version": clinic.version,
            "earliest_on": TODAY,
            "latest_first_on": TODAY + timedelta(days=14),
            "lead_therapist": None,
            "by": clinic.desk,
            "now": NOW,
        }
        return services.start_course(**inputs | changes)

    return started


@pytest.fixture
def course(clinic: Clinic) -> Course:
    """A draft course."""
    return factories.make_course(
        factories.make_patient(clinic.site), clinic.version, by=clinic.desk
    )


def in_state(course: Course, status: str) -> Course:
    """The draft, taken on by the ways that there are."""
    steps = [status] if status in ("ACTIVE", "STOPPED") else ["ACTIVE", status]
    for step in [] if status == "DRAFT" else steps:
        course.status = step
        course.paused_until = LATER if step == "PAUSED" else None
        course.stop_reason = "OTHER" if step == "STOPPED" else ""
        course.save(update_fields=["status", "paused_until", "stop_reason"])
    return course


def kinds(course: Course) -> list[str]:
    return list(course.events.order_by("at", "pk").values_list("kind", flat=True))


def test_new_organization_gets_the_shipped_protocols_once(db: None) -> None:
    organization = factories.make_organization()
    installed = services.install_protocols(organization=organization, now=NOW)
    assert {version.protocol.code for version in installed} == set(CATALOGUE)
    assert services.install_protocols(organization=organization, now=NOW) == []
    offered = [version for version in installed if version.protocol.code != "SL_HOME"]
    assert published_versions(organization=organization) == sorted(
        offered, key=lambda version: version.protocol.name
    )


def test_protocol_of_the_same_code_is_left_alone(db: None) -> None:
    organization = factories.make_organization()
    Protocol.objects.create(organization=organization, code="IV_2W3", name="Our own")
    services.install_protocols(organization=organization, now=NOW)
    own = Protocol.objects.get(organization=organization, code="IV_2W3")
    assert (own.name, own.versions.count()) == ("Our own", 0)


def test_course_begins_as_a_draft_with_the_doses_of_its_protocol(
    start: Callable[..., Course], clinic: Clinic
) -> None:
    course = start(lead_therapist=clinic.therapist)
    assert (course.status, course.dose_count) == ("DRAFT", 2)
    assert course.lead_therapist == clinic.therapist
    assert kinds(course) == ["STARTED"]


def test_course_of_an_open_protocol_plans_its_first_doses(
    start: Callable[..., Course], clinic: Clinic
) -> None:
    installed = services.install_protocols(organization=clinic.organization, now=NOW)
    esketamine = next(one for one in installed if one.protocol.code == "ESK_TRD")
    assert start(protocol_version=esketamine).dose_count == 12


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"latest_first_on": TODAY - timedelta(days=1)}, "latest_first_on"),
        (
            {"earliest_on": date(2025, 12, 1), "latest_first_on": date(2026, 1, 4)},
            "latest_first_on",
        ),
        ({"earliest_on": TODAY - timedelta(days=31)}, "earliest_on"),
        ({"earliest_on": date.min}, "earliest_on"),
        ({"latest_first_on": TODAY + timedelta(days=181)}, "latest_first_on"),
        ({"latest_first_on": date.max}, "latest_first_on"),
    ],
)
def test_impossible_dates_are_refused(
    start: Callable[..., Course], changes: dict[str, date], field: str
) -> None:
    with pytest.raises(DomainError) as caught:
        start(**changes)
    assert caught.value.field == field
    assert not Course.objects.exists()


def test_dates_at_the_bounds_are_allowed(start: Callable[..., Course]) -> None:
    first, last = TODAY - timedelta(days=30), TODAY + timedelta(days=180)
    assert start(earliest_on=first, latest_first_on=last).pk


def test_first_dose_today_by_the_clock_of_the_site_is_allowed(
    start: Callable[..., Course],
) -> None:
    late_evening = NOW + timedelta(hours=13)  # 03:00 UTC on the 6th, 22:00 on the 5th there
    assert start(latest_first_on=TODAY, now=late_evening).pk


def test_version_out_of_use_is_refused(start: Callable[..., Course], clinic: Clinic) -> None:
    clinic.version.retired_at = NOW
    with pytest.raises(DomainError) as caught:
        start(protocol_version=clinic.version)
    assert caught.value.field == "protocol_version"


def test_unpublished_version_is_refused(start: Callable[..., Course], clinic: Clinic) -> None:
    draft = ProtocolVersion(
        organization=clinic.organization, protocol=clinic.version.protocol, number=2
    )
    with pytest.raises(DomainError) as caught:
        start(protocol_version=draft)
    assert caught.value.field == "protocol_version"


def test_lead_must_be_a_therapist_at_the_site(start: Callable[..., Course], clinic: Clinic) -> None:
    elsewhere = factories.make_member(factories.make_site(clinic.organization), Role.THERAPIST)
    for member in (clinic.nurse, elsewhere):
        with pytest.raises(DomainError) as caught:
            start(lead_therapist=member)
        assert caught.value.field == "lead_therapist"


@pytest.mark.parametrize("part", ["patient", "site", "protocol_version", "lead_therapist"])
def test_nothing_of_another_organization_enters_a_course(
    start: Callable[..., Course], other_clinic: Clinic, part: str
) -> None:
    foreign = {
        "patient": factories.make_patient(other_clinic.site),
        "site": other_clinic.site,
        "protocol_version": other_clinic.version,
        "lead_therapist": other_clinic.therapist,
    }
    with pytest.raises(DomainError, match="one organisation"):
        start(**{part: foreign[part]})


def test_course_goes_its_way_and_history_tells_it(course: Course, clinic: Clinic) -> None:
    given = {"course": course, "by": clinic.desk, "now": NOW}
    services.activate_course(**given)
    services.pause_course(**given, reason="Travelling", until=LATER)
    services.resume_course(**given, reason="")
    services.complete_course(**given, reason="")
    assert course.status == Course.Status.COMPLETED
    assert kinds(course) == ["ACTIVATED", "PAUSED", "RESUMED", "COMPLETED"]
    assert course.events.get(kind="PAUSED").reason == "Travelling"


pause = partial(services.pause_course, until=LATER)

CHANGES: dict[str, tuple[Callable[..., None], set[str]]] = {
    "activate": (lambda **given: services.activate_course(**_less(given)), {"DRAFT"}),
    "pause": (pause, {"ACTIVE"}),
    "resume": (services.resume_course, {"PAUSED"}),
    "reopen": (services.reopen_course, {"INTERRUPTED"}),
    "interrupt": (services.interrupt_course, {"ACTIVE", "PAUSED"}),
    "complete": (services.complete_course, {"ACTIVE"}),
    "stop": (services.stop_course, {"DRAFT", "ACTIVE", "PAUSED", "INTERRUPTED"}),
}


def _less(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name != "reason"}


@pytest.mark.parametrize("status", Course.Status.values)
@pytest.mark.parametrize("change", CHANGES)
def test_change_is_refused_from_any_other_state(
    course: Course, clinic: Clinic, change: str, status: str
) -> None:
    apply, allowed = CHANGES[change]
    in_state(course, status)
    given = {"course": course, "by": clinic.desk, "now": NOW, "reason": "Because"}
    if status in allowed:
        apply(**given)
        assert len(kinds(course)) == 1
    else:
        with pytest.raises(services.CourseNotInState) as caught:
            apply(**given)
        assert Course.Status(status).label.lower() in str(caught.value)
        assert (course.status, kinds(course)) == (status, [])


def test_stale_object_does_not_undo_what_a_colleague_did(course: Course, clinic: Clinic) -> None:
    in_state(course, "ACTIVE")
    stale = Course.objects.get(pk=course.pk)
    services.complete_course(course=course, by=clinic.desk, reason="", now=NOW)
    with pytest.raises(services.CourseNotInState, match="is completed"):
        pause(course=stale, by=clinic.desk, reason="Travelling", now=NOW)
    assert stale.status == "COMPLETED"


@pytest.mark.parametrize("reason", ["", "  ", "x" * 241])
@pytest.mark.parametrize("change", [pause, services.stop_course])
def test_halting_without_a_fit_reason_changes_nothing(
    course: Course, clinic: Clinic, change: Callable[..., None], reason: str
) -> None:
    in_state(course, "ACTIVE")
    with pytest.raises(DomainError) as caught:
        change(course=course, by=clinic.desk, reason=reason, now=NOW)
    assert caught.value.field == "reason"
    course.refresh_from_db()
    assert (course.status, kinds(course)) == ("ACTIVE", [])


def test_stranger_changes_nothing(course: Course, other_clinic: Clinic) -> None:
    with pytest.raises(services.CourseNotInState):
        services.stop_course(course=course, by=other_clinic.desk, reason="Because", now=NOW)
    assert kinds(course) == []


def test_event_keeps_its_detail(course: Course, clinic: Clinic) -> None:
    event = services.record_event(
        course=course,
        kind=CourseEvent.Kind.SCHEDULED,
        by=clinic.desk,
        now=NOW,
        detail={"visits": 5},
    )
    event.refresh_from_db()
    assert (event.at, event.detail, event.organization) == (NOW, {"visits": 5}, course.organization)


WHY = "Responds, not yet in remission"


@pytest.fixture
def draft(clinic: Clinic) -> Course:
    """A draft that plans two doses and may have three."""
    definition = factories.small_definition()
    definition["blocks"][0]["doses_max"] = 3
    version = factories.make_version(clinic.organization, definition)
    return factories.make_course(factories.make_patient(clinic.site), version, by=clinic.desk)


@pytest.fixture
def flexible(draft: Course) -> Course:
    """The same course under way."""
    return in_state(draft, "ACTIVE")


def test_course_grows_as_far_as_its_protocol_goes(flexible: Course, clinic: Clinic) -> None:
    services.extend_course(course=flexible, doses=1, by=clinic.prescriber, now=NOW, reason=WHY)
    flexible.refresh_from_db()
    assert flexible.dose_count == 3
    event = flexible.events.get(kind="EXTENDED")
    assert (event.detail, event.reason, event.by) == ({"doses": 1}, WHY, clinic.prescriber)
    with pytest.raises(DomainError) as caught:
        services.extend_course(course=flexible, doses=1, by=clinic.prescriber, now=NOW, reason=WHY)
    assert caught.value.field == "doses"


@pytest.mark.parametrize("doses", [0, -1])
def test_course_is_not_shortened_by_extending_it(
    flexible: Course, clinic: Clinic, doses: int
) -> None:
    with pytest.raises(DomainError) as caught:
        services.extend_course(course=flexible, doses=doses, by=clinic.prescriber, now=NOW)
    assert caught.value.field == "doses"


@pytest.mark.parametrize("status", ["DRAFT", "PAUSED", "INTERRUPTED", "COMPLETED", "STOPPED"])
def test_only_an_active_course_grows(draft: Course, clinic: Clinic, status: str) -> None:
    in_state(draft, status)
    with pytest.raises(services.CourseNotInState):
        services.extend_course(course=draft, doses=1, by=clinic.prescriber, now=NOW, reason=WHY)
    assert kinds(draft) == []


def test_two_people_do_not_extend_a_course_twice(flexible: Course, clinic: Clinic) -> None:
    stale = Course.objects.get(pk=flexible.pk)
    services.extend_course(course=flexible, doses=1, by=clinic.prescriber, now=NOW, reason=WHY)
    with pytest.raises(services.CourseNotInState):
        services.extend_course(course=stale, doses=1, by=clinic.prescriber, now=NOW, reason=WHY)
    flexible.refresh_from_db()
    assert flexible.dose_count == 3


def test_stranger_does_not_extend_a_course(flexible: Course, other_clinic: Clinic) -> None:
    with pytest.raises(RightMissing):
        services.extend_course(
            course=flexible, doses=1, by=other_clinic.prescriber, now=NOW, reason=WHY
        )
