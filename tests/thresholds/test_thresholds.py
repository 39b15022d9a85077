"""Thresholds: defaults without authority, drafts, signatures, and what stays (DOMAIN, rule 3)."""

import re
from dataclasses import fields
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from threading import Barrier

import pytest
from django.db import IntegrityError, transaction

from clinic.errors import DomainError
from courses.models import ThresholdVersion
from courses.models.screening import LEAST_REASON
from courses.response.measures import PREFIXES
from courses.response.rules import Limits
from courses.thresholds.catalogue import Thresholds, catalogue
from courses.thresholds.lines import lines
from courses.thresholds.selectors import thresholds_at, thresholds_of
from courses.thresholds.services import (
    ThresholdsChanged,
    ThresholdsUnfit,
    discard_thresholds,
    draft_thresholds,
    sign_thresholds,
)
from courses.thresholds.values import faults_in, thresholds_from
from tests.factories import NOW, make_member
from tests.race import race
from tests.thresholds.values import values

pytestmark = pytest.mark.django_db


@pytest.fixture
def director(clinic):
    return make_member(clinic.site, "MEDICAL_DIRECTOR")


def draft(director, now=NOW, note="", **changes):
    return draft_thresholds(values=values(**changes), note=note, by=director, now=now)


def sign(version, director, now=NOW, seen=None):
    return sign_thresholds(version=version, seen=seen or version.drafted_at, by=director, now=now)


def test_defaults_hold_before_the_first_signature(clinic):
    held = thresholds_of(clinic.organization)
    assert held == Thresholds()
    assert (held.number, held.baseline_window_days, held.response_percent) == (0, 14, 50)


def test_a_key_that_is_newer_than_the_signed_version_is_signed_by_nobody():
    older = {name: value for name, value in values().items() if name != "cancel_notice_hours"}
    held = thresholds_from(older, number=1)
    assert (held.cancel_notice_hours, held.unsigned) == (24, {"cancel_notice_hours"})
    assert not held.is_attendance_signed
    version = ThresholdVersion(signed_at=NOW)
    signed = {line.key.name: line.is_signed for line in lines(held, version=version)}
    assert {name for name, is_signed in signed.items() if not is_signed} == held.unsigned
    assert thresholds_from(values(), number=1).is_attendance_signed
    assert not Thresholds().is_attendance_signed


def test_a_default_says_that_nobody_stands_for_it():
    shown = {line.key.name: line for line in lines(Thresholds())}
    assert shown["baseline_window_days"].stands == "Default without authority"
    assert shown["gad7_remission_max"].stands == "Default without authority"
    assert (shown["phq9_mcid"].stands, shown["phq9_mcid"].source) == ("From the literature", "W77")


def test_every_key_has_its_place_and_range():
    for key in catalogue().values():
        assert key.place, key.name
        assert key.authority, key.name
        assert key.lowest <= key.default <= key.highest, key.name


# What the thresholds in force are called where a number of theirs is read.
HELD = r"(?:thresholds|limits|signed|thresholds_of\([\w.\[\]]+\)|thresholds_at\([^()]+\))"
ROOT = Path(__file__).resolve().parents[2]


def said_in(*kinds):
    places = [ROOT / name for name in ("clinic", "courses", "sessions", "scheduling")]
    files = [file for place in places for kind in kinds for file in place.rglob(kind)]
    own = ROOT / "courses" / "thresholds"
    return "\n".join(file.read_text("utf-8") for file in files if own not in file.parents)


def keys_that_are_read():
    python, data = said_in("*.py"), said_in("*.json")
    found = {name for name in catalogue() if re.search(rf"\b{HELD}\.{name}\b", python)}
    # Named by a file of rules: as one threshold, or as the limits of a reading.
    found |= {name for name in catalogue() if re.search(rf'"{name}"', data)}
    numbers = [field.name for field in fields(Limits)]
    return found | {f"{one}_{number}" for one in PREFIXES.values() for number in numbers}


def test_every_key_is_read_somewhere():
    assert sorted(set(catalogue()) - keys_that_are_read()) == []


def test_control_a_protocols_own_number_of_that_name_would_not_do():
    assert re.search(r"\brule\.holds_after_missed\b", said_in("*.py"))
    assert not re.search(rf"\b{HELD}\.holds_after_missed\b", said_in("*.py"))


def test_a_draft_with_a_number_that_is_gone_is_signed_without_it(clinic, director):
    version = draft(director, upper_age=65)
    version.values["partial_dose_percent"] = 50
    version.save(update_fields=["values"])
    assert thresholds_from(version.values, number=1).upper_age == 65
    signed = sign(version, director)
    assert "partial_dose_percent" not in signed.values
    assert thresholds_at(clinic.organization, NOW).upper_age == 65


def test_no_reason_may_be_shorter_than_the_database_keeps():
    assert catalogue()["override_reason_min"].lowest == LEAST_REASON


@pytest.mark.parametrize(("cutoff", "is_fit"), [(30, False), (31, True), (33, True), (34, False)])
def test_the_pcl5_cutoff_is_one_of_the_source(cutoff, is_fit):
    assert ("pcl5_cutoff" not in faults_in(values(pcl5_cutoff=cutoff))) is is_fit


def test_the_dose_relevant_defaults_are_the_documented_ones():
    said = Thresholds()
    assert (said.partial_percent, said.relapse_phq9_rise, said.relapse_phq9_floor) == (25, 5, 10)
    assert (said.relapse_repeat_days, said.booster_task_workdays) == (3, 2)
    assert (said.early_boosters_most, said.early_boosters_days) == (2, 60)
    assert (said.pcl5_cutoff, said.pcl5_response_percent, said.madrs_remission_max) == (33, 30, 10)
    assert said.qids_mcid == Decimal("3.5")


def test_a_signed_version_holds_from_its_moment_on(clinic, director):
    sign(draft(director, baseline_window_days=10), director, NOW + timedelta(hours=1))
    at = clinic.organization
    assert thresholds_at(at, NOW).baseline_window_days == 14
    assert thresholds_at(at, NOW + timedelta(hours=2)).baseline_window_days == 10
    second = sign(draft(director, baseline_window_days=7), director, NOW + timedelta(days=1))
    assert second.number == 2
    assert thresholds_at(at, NOW + timedelta(hours=2)).number == 1
    assert thresholds_at(at, NOW + timedelta(days=2)).baseline_window_days == 7


def test_a_draft_is_one_and_holds_for_nothing(clinic, director):
    first = draft(director, upper_age=65)
    second = draft(director, upper_age=75, note="As discussed.")
    assert (first.pk, second.values["upper_age"]) == (second.pk, 75)
    assert ThresholdVersion.objects.count() == 1
    assert thresholds_at(clinic.organization, NOW).upper_age == 70


def test_another_organisation_has_its_own(clinic, other_clinic, director):
    sign(draft(director, upper_age=65), director)
    assert thresholds_at(other_clinic.organization, NOW).upper_age == 70


@pytest.mark.parametrize(
    ("change", "key", "word"),
    [
        ({"upper_age": 20}, "upper_age", "From 50 to 100"),
        ({"upper_age": "x"}, "upper_age", "Give a number"),
        ({"upper_age": None}, "upper_age", "Give a number"),
        ({"upper_age": True}, "upper_age", "Give a number"),
        ({"upper_age": 70.5}, "upper_age", "whole number"),
        ({"qids_mcid": "NaN"}, "qids_mcid", "Give a number"),
        ({"partial_percent": 50, "response_percent": 50}, "partial_percent", "less than"),
        ({"integration_amber_day": 4}, "integration_amber_day", "no such threshold"),
        ({"nothing_such": 1}, "nothing_such", "no such threshold"),
    ],
)
def test_values_that_do_not_fit_are_refused_by_key(director, change, key, word):
    with pytest.raises(ThresholdsUnfit) as refused:
        draft(director, **change)
    assert word in refused.value.faults[key]


def test_a_note_is_not_too_long(director):
    with pytest.raises(DomainError) as refused:
        draft(director, note="x" * 241)
    assert refused.value.field == "note"


def test_what_is_signed_is_what_was_seen(director):
    version = draft(director)
    seen = version.drafted_at
    draft(director, NOW + timedelta(minutes=5), upper_age=65)
    with pytest.raises(ThresholdsChanged):
        sign(version, director, NOW + timedelta(minutes=6), seen=seen)


def test_a_version_is_signed_once_and_stays(director):
    version = sign(draft(director), director)
    with pytest.raises(ThresholdsChanged):
        sign(version, director)
    with pytest.raises(ThresholdsChanged):
        discard_thresholds(version=version, by=director)


@pytest.mark.parametrize("change", [{"note": "x"}, {"values": {}}, {"signed_at": None}])
def test_the_database_keeps_what_is_signed(director, change):
    sign(draft(director), director)
    with pytest.raises(IntegrityError), transaction.atomic():
        ThresholdVersion.objects.update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        ThresholdVersion.objects.all().delete()


def test_a_draft_can_be_thrown_away(director):
    discard_thresholds(version=draft(director), by=director)
    assert not ThresholdVersion.objects.exists()


def test_a_key_that_came_later_has_its_default():
    stored = {name: value for name, value in values().items() if name != "upper_age"}
    assert thresholds_from(stored, number=3).upper_age == 70
    assert faults_in(stored) == {"upper_age": "Give a number."}


@pytest.fixture
def shared(transactional_db):
    from tests.factories import make_clinic

    return make_clinic()


def test_of_rivals_who_sign_one_does(shared):
    director = make_member(shared.site, "MEDICAL_DIRECTOR")
    version = draft(director)

    def attempt(number):
        now = NOW + timedelta(minutes=1, milliseconds=number)
        own = ThresholdVersion.objects.get(pk=version.pk)
        return sign(own, director, now)

    outcomes = race(attempt, rivals=4)
    won = [one for one in outcomes if isinstance(one, ThresholdVersion)]
    refused = [one for one in outcomes if isinstance(one, ThresholdsChanged)]
    assert (len(won), len(refused)) == (1, 3), outcomes


def test_control_a_careless_signature_is_written_over(shared):
    """Reading first and saving after lets the last one win, where no trigger watches."""
    from django.db import connection

    director = make_member(shared.site, "MEDICAL_DIRECTOR")
    version = draft(director)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE courses_thresholdversion DISABLE TRIGGER thresholds_stay")

    all_have_read = Barrier(4)

    def careless(number):
        own = ThresholdVersion.objects.get(pk=version.pk)
        all_have_read.wait(timeout=20)
        if own.signed_at is None:
            own.signed_at = own.effective_from = NOW + timedelta(minutes=number + 1)
            own.signed_by = director
            own.save()
            return own
        return None

    outcomes = race(careless, rivals=4)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE courses_thresholdversion ENABLE TRIGGER thresholds_stay")
    assert sum(one is not None for one in outcomes) > 1, outcomes
