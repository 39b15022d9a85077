"""The form of a draft shows all of it, loses nothing, and puts faults beside their fields."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from courses.editor.faults import Fault, faults_of
from courses.editor.form import ShownForm, applied, filled
from courses.editor.layout import ShapeBroken
from courses.editor.sources import unsourced, with_sources
from courses.protocols import read_definition, shipped_definitions

SHIPPED = {data["code"]: data for data in shipped_definitions()}


def sent_of(form: ShownForm) -> dict[str, list[str]]:
    """What a browser sends when nothing was touched."""
    return {name: values for name, values in _inputs(form) if values}


def _inputs(form: ShownForm) -> Iterator[tuple[str, list[str]]]:
    for group in form.groups:
        for row in group.rows:
            for one in row.fields:
                value, kind = one.value, one.field.kind
                if kind == "check":
                    yield one.field.name, ["on"] if value else []
                elif kind == "after":
                    yield one.field.name, [value["word"], value["doses"]]
                else:
                    yield one.field.name, value if isinstance(value, list) else [value]


def typed(code: str, **changes: str | list[str]) -> dict[str, Any]:
    """The definition after some fields were typed over; `__` stands for a dot."""
    data = deepcopy(SHIPPED[code])
    sent = sent_of(filled(data))
    for name, value in changes.items():
        sent[name.replace("__", ".")] = value if isinstance(value, list) else [value]
    return applied(data, sent)


@pytest.mark.parametrize("code", SHIPPED)
def test_a_form_that_nobody_touched_changes_nothing(code: str) -> None:
    before = read_definition(SHIPPED[code])
    after = applied(SHIPPED[code], sent_of(filled(SHIPPED[code])))
    assert read_definition(after) == before


@pytest.mark.parametrize("code", SHIPPED)
def test_shipped_versions_have_no_faults(code: str) -> None:
    assert faults_of(SHIPPED[code]) == []
    assert filled(SHIPPED[code]).faults == []


def test_what_is_no_number_stays_and_is_named_beside_its_field() -> None:
    data = typed("IV_2W3", blocks__0__doses="seven")
    assert data["blocks"][0]["doses"] == "seven"
    assert faults_of(data) == [Fault("/blocks/0/doses", "Give a whole number.")]
    [shown] = [
        one
        for group in filled(data, faults_of(data)).groups
        for row in group.rows
        for one in row.fields
        if one.faults
    ]
    assert (shown.field.name, shown.value) == ("blocks.0.doses", "seven")


def test_a_fault_of_a_row_stands_above_its_group() -> None:
    data = typed("IV_2W3", blocks__0__gaps__1__max_days="1")
    [group] = [g for g in filled(data, faults_of(data)).groups if g.faults]
    assert group.group.title == "Doses: Induction"
    assert group.faults == ["min_days, target_days and max_days must ascend"]


def test_rows_are_added_and_named() -> None:
    spans = len(SHIPPED["IV_2W3"]["spans"])
    data = typed("IV_2W3", **{f"spans__{spans}__to_dose": "4", f"spans__{spans}__max_days": "12"})
    assert data["spans"][-1] == {"to_dose": 4, "max_days": 12}
    at = len(SHIPPED["IV_2W3"]["reviews"])
    place = f"reviews__{at}__"
    data = typed(
        "IV_2W3",
        **{f"{place}label": "Look again", f"{place}question": "Well?", f"{place}after_dose": "5",
           f"{place}due_days": "1"},
    )  # fmt: skip
    assert data["reviews"][-1]["name"] == f"point_{at + 1}"
    assert faults_of(with_sources(data, SHIPPED["IV_2W3"])) == []


def test_removed_rows_take_their_sources_along_and_others_keep_theirs() -> None:
    data = typed("IV_2W3", **{"reviews__0__remove": "on"})
    before, after = read_definition(SHIPPED["IV_2W3"]), read_definition(data)
    assert [one.name for one in after.reviews] == ["end", "mandatory"]
    assert after.source_of("/reviews/1") == before.source_of("/reviews/2").model_copy(  # type: ignore[union-attr]
        update={"path": "/reviews/1"}
    )


@pytest.mark.parametrize(
    ("word", "doses", "expected"),
    [("each", "", "each"), ("every_other", "", "every_other"), ("listed", "1, 4", [1, 4])],
)
def test_integration_after_each_every_other_or_some_doses(
    word: str, doses: str, expected: Any
) -> None:
    data = typed("KAP_PROG", integration__after=[word, doses])
    assert read_definition(data).integration.after == expected  # type: ignore[union-attr]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_one_to_three_preparation_visits(count: int) -> None:
    changes: dict[str, Any] = {
        f"preparation__{n}__days_before_first": ["1", "14"] for n in range(count)
    }
    changes |= {f"preparation__{n}__remove": "on" for n in range(count, 2)}
    data = typed("KAP_PROG", **changes)
    assert len(read_definition(data).preparation) == count


def test_talks_are_added_to_a_protocol_that_had_none() -> None:
    data = typed(
        "IV_3W2",
        preparation__0__days_before_first=["1", "7"],
        integration__after=["each", ""],
        integration__days=["1", "1"],
    )
    rule = read_definition(with_sources(data, SHIPPED["IV_3W2"]))
    assert (rule.preparation[0].visit, rule.integrations(2)) == ("preparation", [1, 2])
    assert rule.visit_types["integration"].kind == "integration"


def test_parts_go_with_their_first_field() -> None:
    data = typed("IV_2W3", dose__basis="", integration__after=["", ""])
    rule = read_definition(data)
    assert (rule.dose, rule.integration) == (None, None)
    assert not [one for one in rule.sources if one.path.startswith("/dose")]


def test_a_changed_number_is_no_longer_its_sources() -> None:
    data = typed("ESK_TRD", blocks__0__doses="6")
    rule = read_definition(with_sources(data, SHIPPED["ESK_TRD"]))
    source = rule.source_of("/blocks/0/doses")
    assert source
    assert source.authority == "dd"
    assert source.note == "Set by the clinic. The source of the value before: W1, W5, S1."


def test_a_number_that_is_changed_back_gets_its_source_back() -> None:
    changed = with_sources(typed("ESK_TRD", blocks__0__doses="6"), SHIPPED["ESK_TRD"])
    changed["blocks"][0]["doses"] = 8
    back = read_definition(with_sources(changed, SHIPPED["ESK_TRD"]))
    assert back.source_of("/blocks/0/doses").authority == "W1, W5, S1"  # type: ignore[union-attr]


def test_a_default_that_changed_stays_one_default() -> None:
    data = typed("IV_2W3", observation__minutes="90")
    kept = with_sources(data, SHIPPED["IV_2W3"])
    assert kept["sources"] == SHIPPED["IV_2W3"]["sources"]


def test_a_new_number_gets_a_source_of_the_clinics_own() -> None:
    data = {**SHIPPED["IV_SINGLE"], "maintenance": {"ladder_days": [7, 14]}}
    assert unsourced(data) == ["/maintenance/ladder_days/0", "/maintenance/ladder_days/1"]
    assert unsourced(with_sources(data, SHIPPED["IV_SINGLE"])) == []


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"observation__minutes": "119"}, "/observation/minutes"),
        ({"observation__minutes": ""}, "/observation/minutes"),
        ({"visit_types__treatment__phases__5__minutes": "115"}, "/visit_types/treatment/phases"),
        (
            {"visit_types__treatment__phases__4__presence": []},
            "/visit_types/treatment/phases/4/presence",
        ),
    ],
)
def test_no_draft_goes_under_what_the_law_asks_of_esketamine(
    change: dict[str, Any], path: str
) -> None:
    data = with_sources(typed("ESK_TRD", **change), SHIPPED["ESK_TRD"])
    assert [fault.path for fault in faults_of(data)] == [path]


def test_infusions_may_be_observed_for_less() -> None:
    data = with_sources(typed("IV_2W3", observation__minutes="30"), SHIPPED["IV_2W3"])
    assert faults_of(data) == []


@pytest.mark.parametrize("broken", [{}, {"blocks": 3}, {"blocks": [], "visit_types": []}])
def test_what_has_no_shape_is_left_to_the_json(broken: dict[str, Any]) -> None:
    with pytest.raises(ShapeBroken):
        filled(broken)
