"""Faults of a definition are found, and each says where it is."""

from copy import deepcopy
from typing import Any

import pytest

from courses.protocols import DefinitionError, read_definition
from tests.courses.catalogue import CATALOGUE, block, gap, integrated, protocol, talks


def faults_of(data: dict[str, Any]) -> list[str]:
    with pytest.raises(DefinitionError) as caught:
        read_definition(data)
    return caught.value.faults


def changed(path: str, value: Any, code: str = "KAP_PROG") -> dict[str, Any]:
    """A protocol of the catalogue with one value replaced."""
    data = deepcopy(CATALOGUE[code])
    place: Any = data
    *way, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    for step in way:
        place = place[step]
    place[last] = value
    return data


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("format", "x", "$.format: Input should be 'courseline-protocol-1'"),
        ("code", "small", "$.code: String should match pattern '^[A-Z][A-Z0-9_]*$'"),
        ("colour", "red", "$.colour: Extra inputs are not permitted"),
        ("min_gap_days", "2", "$.min_gap_days: Input should be a valid integer"),
        (
            "visit_types/dose/phases/1/minutes",
            7,
            "$.visit_types.dose.phases[1].minutes: Input should be a multiple of 5",
        ),
        (
            "visit_types/dose/phases/0/load",
            {"COOK": 1},
            "$.visit_types.dose.phases[0].load.COOK: "
            "Input should be 'NURSE', 'THERAPIST' or 'PRESCRIBER'",
        ),
        (
            "visit_types/dose/phases/0/name",
            "phase_1",
            "$.visit_types.dose: two phases have the same name",
        ),
        (
            "preparation/1/days_before_first",
            [5, 2],
            "$.preparation[1].days_before_first: 5 … 2 is not a range of days",
        ),
        (
            "integration/after",
            "sometimes",
            "$.integration.after: must be “each”, “every_other” or a list of dose numbers",
        ),
        (
            "blocks/0/gaps/0",
            gap(5, 4, 6),
            "$.blocks[0].gaps[0]: min_days, target_days and max_days must ascend",
        ),
        (
            "blocks/0/gaps/0",
            gap(2, 4, 6, 5),
            "$.blocks[0].gaps[0]: hard_max_days must be at least max_days",
        ),
        (
            "blocks/0/gaps/0",
            gap(1, 4, 6),
            "$.blocks[0]: a gap’s min_days is under the protocol’s min_gap_days",
        ),
        (
            "blocks/0/entry_gap",
            gap(1, 4, 6),
            "$.blocks[0]: a gap’s min_days is under the protocol’s min_gap_days",
        ),
        ("blocks/0/gaps", [], "$.blocks[0].gaps: a block with doses after others needs gaps"),
        ("blocks/0/doses_max", 5, "$.blocks[0]: doses_min, doses and doses_max must ascend"),
        (
            "blocks/0/plan_ahead",
            2,
            "$.blocks[0]: plan_ahead is for an open-ended block, one without doses",
        ),
        ("blocks/0/doses", None, "$.blocks[0]: doses_min and doses_max need doses"),
        (
            "preparation/0/visit",
            "talk",
            "$.preparation[0].visit: “talk” is not a visit type of kind prep",
        ),
        (
            "integration/visit",
            "dose",
            "$.integration.visit: “dose” is not a visit type of kind integration",
        ),
        (
            "sources",
            [{"path": "/blocks/7/doses", "authority": "dd"}],
            "$.sources[0].path: nothing at /blocks/7/doses",
        ),
        (
            "sources",
            [{"path": "/min_gap_days/0", "authority": "dd"}],
            "$.sources[0].path: nothing at /min_gap_days/0",
        ),
        (
            "sources",
            [{"path": "/min_gap_days", "authority": "dd, W5"}],
            "$.sources[0].authority: W5 is not among the references",
        ),
    ],
)
def test_fault_names_its_place(path: str, value: Any, fault: str) -> None:
    assert faults_of(changed(path, value)) == [fault]


def test_every_fault_is_told() -> None:
    data = changed("preparation/0/visit", "talk")
    data["integration"]["visit"] = "dose"
    assert len(faults_of(data)) == 2


def test_missing_field_is_named() -> None:
    data = deepcopy(CATALOGUE["IV_SINGLE"])
    del data["blocks"]
    assert faults_of(data) == ["$.blocks: Field required"]


def test_only_the_last_block_may_be_open_ended() -> None:
    step = (7, 7, 9)
    data = protocol("OPEN", [60], block("a", None, step), block("b", 2, step))
    assert faults_of(data) == ["$.blocks[0].doses: missing; only the last block may be open-ended"]


def test_blocks_have_names_of_their_own() -> None:
    step = (7, 7, 9)
    data = protocol("TWINS", [60], block("a", 2, step), block("a", 2, step))
    assert faults_of(data) == ["$.blocks: two blocks have the same name"]


def test_some_dose_must_be_planned() -> None:
    data = protocol("NEVER", [60], block("a", None, (7, 7, 9)))
    assert faults_of(data) == [
        "$.blocks: no dose is ever planned; give the open-ended block a plan_ahead"
    ]


def test_doses_follow_blocks_and_gaps_in_turn() -> None:
    data = protocol(
        "TWO",
        [60],
        block("first", 3, (2, 2, 3), (4, 4, 5)),
        block("second", 2, (7, 7, 8), entry_gap=gap(5, 5, 6)),
    )
    doses = read_definition(data).doses(5)
    assert [(d.seq, d.block, d.gap and d.gap.min_days) for d in doses] == [
        (1, "first", None),
        (2, "first", 2),
        (3, "first", 4),
        (4, "second", 5),
        (5, "second", 7),
    ]


def test_block_without_entry_gap_begins_after_its_first_gap() -> None:
    data = protocol("TWO", [60], block("a", 1), block("b", 2, (7, 7, 8), (9, 9, 9)))
    doses = read_definition(data).doses(3)
    assert [d.gap and d.gap.min_days for d in doses] == [None, 7, 7]


def test_last_block_grows_to_its_most_doses_and_no_further() -> None:
    flexible = read_definition(CATALOGUE["IV_FLEX_6_8"])
    assert len(flexible.doses(8)) == 8
    with pytest.raises(ValueError, match="IV_FLEX_6_8 has 8 doses, not 9"):
        flexible.doses(9)


def test_open_block_never_ends() -> None:
    assert len(read_definition(CATALOGUE["ESK_TRD"]).doses(100)) == 100


@pytest.mark.parametrize(
    ("after", "followed"), [("each", [1, 2, 3, 4]), ("every_other", [2, 4]), ([4, 1, 9], [1, 4])]
)
def test_integration_follows_the_doses_that_it_names(after: Any, followed: list[int]) -> None:
    data = protocol("FOUR", [60], block("a", 4, (2, 3, 4)), visit_types=talks())
    data["integration"] = integrated(after, 1, 3)
    assert read_definition(data).integrations(4) == followed


def test_source_of_a_value_is_the_nearest_one() -> None:
    sources = [
        {"path": "/blocks", "authority": "gk"},
        {"path": "/blocks/0/doses", "authority": "dd"},
    ]
    definition = read_definition(changed("sources", sources))
    found = [definition.source_of(f"/blocks/0/{part}") for part in ("doses", "doses_min")]
    assert [source and source.authority for source in found] == ["dd", "gk"]
    assert definition.source_of("/min_gap_days") is None
