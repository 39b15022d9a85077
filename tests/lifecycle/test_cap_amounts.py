"""Caps in mg hold though amounts are unknown: those count as the highest (DOMAIN 2.10)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from courses.caps.rules import Taken, excesses
from courses.caps.selectors import excesses_of
from courses.models import Dose
from courses.protocols import read_definition, shipped_definitions
from tests.factories import NOW, make_course, make_patient, make_version

SHIPPED = {one["code"]: one for one in shipped_definitions()}
MONDAY = date(2026, 1, 5)
WEEK = timedelta(days=7)


def capped(code, caps):
    """A shipped protocol with caps of its own, of which no source tells."""
    content = SHIPPED[code]
    told = [one for one in content["sources"] if not one["path"].startswith("/caps")]
    return content | {"caps": caps, "sources": told}


def rule_of(code, *, caps=None):
    return read_definition(capped(code, caps) if caps else SHIPPED[code])


def found(rule, *others, mg=None, block="induction"):
    taken = [Taken(MONDAY - timedelta(days=days), amount) for days, amount in others]
    return [
        (one.cap.mg, one.amount)
        for one in excesses(rule, block=block, dose=Taken(MONDAY, mg), others=taken)
        if one.cap.mg
    ]


@pytest.mark.parametrize("code", ["ESK_TRD", "ESK_MDSI"])
def test_2_10_two_doses_of_esketamine_in_a_week_are_all_that_the_label_has(code):
    rule = rule_of(code)
    assert found(rule) == []
    assert found(rule, (3, None)) == []
    assert found(rule, (3, None), (6, None)) == [(168, 252)]
    assert found(rule, (3, None), (7, None)) == []


def test_2_10_an_amount_that_is_known_counts_as_it_is():
    rule = rule_of("ESK_TRD")
    assert found(rule, (3, Decimal(56)), (6, Decimal(56)), mg=Decimal(56)) == []
    assert found(rule, (3, Decimal(56)), (6, Decimal(56))) == [(168, 196)]
    assert found(rule, mg=Decimal(112)) == [(84, 112)]


def test_2_10_without_a_list_the_hard_limit_is_the_highest():
    rule = rule_of("SL_CLINIC", caps=[{"mg": 600, "days": 7}])
    assert found(rule) == []
    assert found(rule, (3, None)) == [(600, 800)]


def test_2_10_what_goes_by_weight_has_no_highest():
    assert found(rule_of("IV_2W3", caps=[{"mg": 100, "days": 7}]), (3, None)) == []


@pytest.mark.django_db
@pytest.mark.parametrize(("drug", "counts"), [("esketamine", 1), ("racemic ketamine", 0)])
def test_2_10_doses_elsewhere_without_an_amount_count_if_they_are_of_the_drug(clinic, drug, counts):
    version = make_version(clinic.organization, capped("ESK_TRD", [{"mg": 168, "days": 7}]))
    course = make_course(make_patient(clinic.site), version, clinic.desk, status="ACTIVE")
    for days in (3, 6):
        Dose.objects.create(
            organization_id=course.organization_id,
            patient=course.patient,
            course=course,
            source="OUTSIDE",
            on=MONDAY - timedelta(days=days),
            drug=drug,
            route="intranasal",
            recorded_at=NOW,
            recorded_by=clinic.desk,
        )
    assert len(excesses_of(course, seq=1, on=MONDAY)) == counts
