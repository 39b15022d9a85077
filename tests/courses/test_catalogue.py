"""The format holds every protocol of the catalogue, and all of them are shipped."""

import json
from collections.abc import Iterator
from itertools import accumulate, pairwise
from typing import Any

import pytest

from courses.protocols import Dose, ProtocolDefinition, read_definition, shipped_definitions
from tests.courses.catalogue import CATALOGUE, LADDER, OFFSETS

SHIPPED = {data["code"]: data for data in shipped_definitions()}


def days_on_target(doses: list[Dose]) -> list[int]:
    """The day of each dose when every gap is as long as its target says."""
    return [int(day) for day in accumulate(d.gap.target_days if d.gap else 0 for d in doses)]


def numbers_in(value: Any, path: str = "") -> Iterator[str]:
    """The JSON pointer of every number."""
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, below in items:
            yield from numbers_in(below, f"{path}/{key}")
    elif isinstance(value, int | float):
        yield path


def test_catalogue_has_all_sixteen() -> None:
    assert len(CATALOGUE) == 16


@pytest.mark.parametrize("code", CATALOGUE)
def test_format_holds_the_protocol(code: str) -> None:
    definition = read_definition(CATALOGUE[code])
    assert definition.code == code
    assert read_definition(json.loads(definition.model_dump_json())) == definition


@pytest.mark.parametrize("code", OFFSETS)
def test_targets_reproduce_the_printed_days(code: str) -> None:
    doses = read_definition(CATALOGUE[code]).doses(len(OFFSETS[code]))
    assert days_on_target(doses) == OFFSETS[code]


@pytest.mark.parametrize("code", OFFSETS)
def test_printed_days_are_within_gaps_and_spans(code: str) -> None:
    definition, days = read_definition(CATALOGUE[code]), OFFSETS[code]
    for dose, (before, day) in zip(definition.doses(len(days))[1:], pairwise(days), strict=True):
        assert dose.gap
        assert dose.gap.min_days <= day - before <= dose.gap.max_days
    assert all(days[s.to_dose - 1] <= s.max_days for s in definition.spans)


def test_flexible_series_keeps_two_to_three_weeks_whatever_its_number() -> None:
    flexible = read_definition(CATALOGUE["IV_FLEX_6_8"])
    assert flexible.planned_doses == 6
    for number in (6, 7, 8):
        assert 14 <= days_on_target(flexible.doses(number))[-1] <= 21


def test_maintenance_climbs_the_ladder_and_stays_on_top() -> None:
    gaps = [d.gap for d in read_definition(CATALOGUE["MAINT_IV"]).doses(12)[1:]]
    targets = [gap.target_days for gap in gaps if gap]
    assert targets == [7, *[d for d in LADDER[1:-1] for _ in range(2)], *[42] * 4]


def test_all_sixteen_are_shipped_and_read() -> None:
    assert set(SHIPPED) == set(CATALOGUE)
    assert all(read_definition(data).code == code for code, data in SHIPPED.items())


@pytest.mark.parametrize("code", OFFSETS)
def test_shipped_targets_reproduce_the_printed_days(code: str) -> None:
    doses = read_definition(SHIPPED[code]).doses(len(OFFSETS[code]))
    assert days_on_target(doses) == OFFSETS[code]


@pytest.mark.parametrize("code", SHIPPED)
def test_every_shipped_number_names_its_authority(code: str) -> None:
    definition = read_definition(SHIPPED[code])
    clinical = {k: v for k, v in SHIPPED[code].items() if k not in ("sources", "references")}
    assert [path for path in numbers_in(clinical) if not definition.source_of(path)] == []


@pytest.mark.parametrize(("code", "minutes"), [("IV_2W3", 150), ("ESK_TRD", 180)])
def test_shipped_dosing_visits_fill_their_slot(code: str, minutes: int) -> None:
    definition = read_definition(SHIPPED[code])
    assert definition.visit_types[definition.blocks[0].visit].minutes == minutes


def test_esketamine_is_observed_for_two_hours_with_a_prescriber_on_site() -> None:
    phases = read_definition(SHIPPED["ESK_TRD"]).visit_types["treatment"].phases
    present = {p.name: p.minutes for p in phases if "PRESCRIBER" in p.presence}
    assert present == {"administration": 10, "observation": 120}


def test_esketamine_never_has_three_doses_in_seven_days_of_induction() -> None:
    doses = read_definition(SHIPPED["ESK_TRD"]).doses(9)
    shortest = [dose.gap.min_days for dose in doses if dose.gap]
    assert all(a + b >= 7 for a, b in pairwise(shortest))


def test_esketamine_goes_on_after_week_eight_without_being_planned() -> None:
    definition = read_definition(SHIPPED["ESK_TRD"])
    assert definition.planned_doses == 12
    assert definition.open_block
    later = definition.doses(20)[12:]
    assert {(d.block, *_range(definition, d)) for d in later} == {("maintenance_2", 7, 14)}


def _range(definition: ProtocolDefinition, dose: Dose) -> tuple[int, int]:
    assert dose.gap
    return dose.gap.min_days, dose.gap.max_days


def test_infusions_are_prepared_twice_and_integrated_each_time() -> None:
    definition = read_definition(SHIPPED["IV_2W3"])
    assert len(definition.preparation) == 2
    assert definition.integrations(6) == [1, 2, 3, 4, 5, 6]
    assert definition.integration
    assert definition.integration.days == (1, 3)
