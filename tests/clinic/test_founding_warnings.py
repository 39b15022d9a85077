"""What is founded and cannot work as it is described is a warning, not a refusal."""

from typing import Any

import pytest

from clinic.models import Organization, Patient
from courses.models import Course

pytestmark = pytest.mark.django_db


def only_days(content: dict[str, Any], *days: str) -> None:
    hours = content["sites"][0]["hours"]
    content["sites"][0]["hours"] = {day: hours[day] for day in days}


def no_chairs(content: dict[str, Any]) -> None:
    for room in content["sites"][0]["rooms"]:
        room["kinds"] = [kind for kind in room["kinds"] if kind != "infusion"] or ["storage"]


def weak_nurses(content: dict[str, Any]) -> None:
    for person in content["staff"][2:4]:
        person["capacity"] = 5


def no_prescriber_shifts(content: dict[str, Any]) -> None:
    content["staff"][6]["sites"][0]["shifts"] = {}


IV, SPRAY = "IV ketamine, six", "Esketamine nasal spray"


@pytest.mark.parametrize(
    ("spoil", "protocols", "words"),
    [
        (no_chairs, {IV}, "no room is of the kind “infusion”."),
        (weak_nurses, {IV}, "nobody with the role NURSE has a capacity of 6 (the highest is 5)."),
        (no_prescriber_shifts, {IV, SPRAY}, "nobody with the role PRESCRIBER has a shift."),
        (lambda content: only_days(content, "mon", "tue"), {IV, SPRAY}, "opening hours, shifts"),
        (lambda content: only_days(content, "mon", "tue", "thu"), {IV}, "opening hours, shifts"),
    ],
    ids=["rooms", "capacity", "presence", "two days", "three days"],
)
def test_a_protocol_that_cannot_be_planned_is_a_warning(run, content, spoil, protocols, words):
    spoil(content)
    code, out, _ = run(content)
    warnings = [line for line in out.splitlines() if line.startswith("Warning")]
    assert code == 0
    assert {name for name in (IV, SPRAY) for line in warnings if name in line} == protocols
    assert all(words in line and "at Elm Street:" in line for line in warnings)
    assert Organization.objects.count() == 1
    assert not Course.objects.exists()
    assert not Patient.objects.exists()


def test_a_telling_sender_is_a_warning(run, content):
    content["sender_name"] = "Elm Ketamine Care"
    code, out, _ = run(content)
    assert code == 0
    assert "Warning: the sender_name tells" in out
