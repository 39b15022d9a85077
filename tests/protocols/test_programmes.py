"""The five programmes of the commissioning documents, each set up by a template and no code.

The medical director signs a template, or drafts a protocol from it by the form; the front desk
then starts a course under it; all by the pages.
"""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import Membership, Role
from courses.models import Course, ProtocolVersion
from courses.selectors import definition_of
from scheduling.models import Proposal
from scheduling.services import work_on_proposal
from tests.accounts.conftest import sign_in, with_password
from tests.factories import NOW, Clinic, clear, make_patient
from tests.protocols.clinics import days_of, gaps_of, version_of, working_clinic
from tests.protocols.test_form import sent_of


@pytest.fixture
def clinic(db: None) -> Clinic:
    """A clinic that can give every protocol."""
    return working_clinic()


@pytest.fixture
def director(clinic: Clinic) -> Membership:
    """Its medical director."""
    return with_password(clinic.person(Role.MEDICAL_DIRECTOR))


@pytest.fixture
def office(director: Membership) -> Client:
    """The medical director's browser."""
    return sign_in(director)


@pytest.fixture
def counter(clinic: Clinic) -> Client:
    """The front desk's browser."""
    return sign_in(with_password(clinic.desk))


def signed(office: Client, version: ProtocolVersion) -> ProtocolVersion:
    """The version after the director read and signed it on its page."""
    address = reverse("courses:protocol_version", args=[version.pk])
    page = office.get(address)
    seen = page.context["sign"].initial["seen"]
    office.post(reverse("courses:protocol_sign", args=[version.pk]), {"seen": seen})
    version.refresh_from_db()
    assert version.is_signed
    return version


def from_template(
    office: Client, template: ProtocolVersion, code: str, name: str, **typed: Any
) -> ProtocolVersion:
    """A protocol of the clinic's own: begun from a template, typed over by the form, signed."""
    said = {"template": template.pk, "code": code, "name": name}
    address = office.post(reverse("courses:protocol_new"), said)["Location"]
    page = office.get(address)
    sent = {**sent_of(page.context["form"]), "seen": page.context["seen"].initial["seen"]}
    sent |= {key.replace("__", "."): value for key, value in typed.items()}
    answer = office.post(address, sent)
    assert answer.status_code == 302, answer.context["form"].faults
    draft = ProtocolVersion.objects.select_related("protocol").get(protocol__code=code)
    return signed(office, draft)


def started(counter: Client, clinic: Clinic, version: ProtocolVersion) -> Course:
    """A course that the desk chose the protocol for, planned and accepted on its pages."""
    patient = make_patient(clinic.site)
    address = reverse("scheduling:course_new", args=[patient.pk])
    assert version.protocol.name in counter.get(address).content.decode()
    counter.post(
        address,
        {
            "protocol_version": str(version.pk),
            "site": str(clinic.site.pk),
            "earliest_on": "2026-01-06",
            "latest_first_on": "2026-01-30",
            "lead_therapist": "",
            **{f"week-{day}-mode": "any" for day in range(7)},
        },
    )
    course = Course.objects.get(patient=patient)
    clear(course, clinic.prescriber)
    proposal = Proposal.objects.get(course=course)
    work_on_proposal(organization_id=course.organization_id, proposal_id=proposal.pk, now=NOW)
    counter.post(reverse("scheduling:proposal_accept", args=[proposal.pk]))
    course.refresh_from_db()
    assert course.status == Course.Status.ACTIVE
    return course


def test_infusions_twice_a_week_with_preparation_and_integration(
    office: Client, counter: Client, clinic: Clinic
) -> None:
    """S0: six infusions in three weeks, prepared and integrated, then maintenance if needed."""
    course = started(counter, clinic, signed(office, version_of(clinic, "IV_2W3")))
    assert len(days_of(course, "prep")) == 2
    assert len(days_of(course)) == len(days_of(course, "integration")) == 6
    assert (days_of(course)[-1] - days_of(course)[0]).days <= 21
    later = signed(office, version_of(clinic, "MAINT_IV"))
    assert len(days_of(started(counter, clinic, later))) == 1


def test_nasal_spray_and_assisted_therapy(office: Client, counter: Client, clinic: Clinic) -> None:
    """S1: esketamine twice a week for a month, then weekly; infusions of an hour; and KAP."""
    course = started(counter, clinic, signed(office, version_of(clinic, "ESK_TRD")))
    gaps = gaps_of(days_of(course))
    assert sum(gaps[:7]) <= 27
    assert all(6 <= gap <= 8 for gap in gaps[8:])
    hour = from_template(
        office, version_of(clinic, "IV_2W3"), "IV_60", "Six infusions of an hour",
        visit_types__infusion__phases__4__minutes="60",
        vitals__minutes="-10, 0, 10, 20, 30, 40, 50, 60",
    )  # fmt: skip
    assert definition_of(hour).visit_types["infusion"].minutes == 170
    therapy = from_template(
        office, version_of(clinic, "KAP_PROG"), "KAP_3", "Three sessions with therapy",
        blocks__0__doses="3", blocks__0__doses_min="", blocks__0__doses_max="",
        preparation__2__days_before_first=["1", "5"], integration__after=["every_other", ""],
        **{"spans__0__remove": "on"},
    )  # fmt: skip
    course = started(counter, clinic, therapy)
    assert len(days_of(course, "prep")) == 3
    assert (len(days_of(course)), len(days_of(course, "integration"))) == (3, 1)


def test_retreat_and_lozenges(office: Client, counter: Client, clinic: Clinic) -> None:
    """S2: a retreat of some days with therapy, a single dose, and lozenges in the clinic."""
    course = started(counter, clinic, signed(office, version_of(clinic, "RETREAT")))
    days = [*days_of(course, "prep"), *days_of(course), *days_of(course, "integration")]
    assert len(days) == 4
    assert (days[-1] - days[0]).days <= 5
    for code, doses in (("IV_SINGLE", 1), ("SL_CLINIC", 3)):
        course = started(counter, clinic, signed(office, version_of(clinic, code)))
        assert len(days_of(course)) == doses


def test_three_infusions_in_eleven_days(office: Client, counter: Client, clinic: Clinic) -> None:
    """S3: three in eleven days, or six in two to three weeks."""
    course = started(counter, clinic, signed(office, version_of(clinic, "IV_3IN11")))
    days = days_of(course)
    assert (len(days), (days[-1] - days[0]).days <= 10) == (3, True)
    course = started(counter, clinic, signed(office, version_of(clinic, "IV_3W2")))
    days = days_of(course)
    assert (len(days), (days[-1] - days[0]).days <= 14) == (6, True)


def test_six_to_eight_infusions_injections_and_pain(
    office: Client, counter: Client, clinic: Clinic
) -> None:
    """S4: six to eight over two to three weeks, into a muscle, at home where wanted, for pain."""
    course = started(counter, clinic, signed(office, version_of(clinic, "IV_FLEX_6_8")))
    days = days_of(course)
    assert 14 <= (days[-1] - days[0]).days <= 21
    assert definition_of(course.protocol_version).most_doses == 8
    for code, doses in (("IM_SERIES", 6), ("PAIN_INF", 5)):
        course = started(counter, clinic, signed(office, version_of(clinic, code)))
        assert len(days_of(course)) == doses
    home = signed(office, version_of(clinic, "SL_HOME"))
    use = reverse("courses:protocol_use", args=[home.protocol_id])
    office.post(use, {"in_use": "no"})
    assert home.protocol.name not in counter.get(_new(clinic)).content.decode()
    office.post(use, {"in_use": "yes"})
    assert len(days_of(started(counter, clinic, home))) == 4


def _new(clinic: Clinic) -> str:
    return reverse("scheduling:course_new", args=[make_patient(clinic.site).pk])
