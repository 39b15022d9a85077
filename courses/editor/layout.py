"""The form of a draft: which fields it has, in groups, from what the draft says now. Pure."""

from collections.abc import Iterator
from typing import Any

from courses.editor import words
from courses.editor.clinical_layout import clinical_groups
from courses.editor.fields import Field, value_at
from courses.editor.groups import Group, Row, Rows


class ShapeBroken(ValueError):
    """The draft is so far from the format that only its JSON can be edited."""


def layout_of(data: dict[str, Any]) -> list[Group]:
    """The groups for a draft; raises ShapeBroken where its content has not the shape for a form."""
    try:
        blocks = {block["name"]: str(block.get("label", "")) for block in data["blocks"]}
        visits = [_visit(name, visit) for name, visit in data["visit_types"].items()]
        gaps = [_block(number, block) for number, block in enumerate(data["blocks"])]
        found = [_overview(), *gaps, _spans(), *visits, _talks(), *clinical_groups()]
        if any(not isinstance(value_at(data, path), list | None) for path in _listed(found)):
            raise ShapeBroken("A list of the definition is none.")
    except (KeyError, TypeError, AttributeError) as exc:
        raise ShapeBroken("The definition has not the shape of a protocol.") from exc
    return [group for group in found if blocks]


def _listed(groups: list[Group]) -> Iterator[str]:
    return (rows.path for group in groups for rows in group.lists)


def rows_of(rows: Rows, data: dict[str, Any]) -> Iterator[Row]:
    """The rows of a list as they stand, and empty ones for more."""
    held = len(value_at(data, rows.path) or [])
    blocks = {block["name"]: str(block.get("label", "")) for block in data["blocks"]}
    for number in range(min(held + rows.spare, max(rows.most, held))):
        fields = rows.fields(f"{rows.path}/{number}", blocks)
        yield Row(fields, f"{rows.legend} {number + 1}", number, number >= held)


def _overview() -> Group:
    return Group(
        "At a glance",
        "glance",
        [
            Row([Field("/name", "Name", "text")]),
            Row([Field("/summary", "Summary", "long", help="What it is, in plain words.")]),
            Row(
                [
                    Field("/drug", "Drug", "choice", options=words.DRUGS),
                    Field("/route", "Route", "choice", options=words.ROUTES),
                    Field(
                        "/min_gap_days",
                        "Least between two doses",
                        unit="days",
                        help="Over all courses and sites.",
                    ),
                ]
            ),
            Row([Field("/indications", "Indications", "choices", options=words.INDICATIONS)]),
        ],
    )


def _block(number: int, block: dict[str, Any]) -> Group:
    place = f"/blocks/{number}"
    counts = [Field(f"{place}/label", "Name", "text")]
    if block.get("doses") is None and not block.get("doses_max"):
        counts.append(Field(f"{place}/plan_ahead", "Planned at first", unit="doses"))
    else:
        counts += [
            Field(f"{place}/doses", "Doses"),
            Field(f"{place}/doses_min", "At least", help="Where a clinician may settle on fewer."),
            Field(f"{place}/doses_max", "At most", help="Where a clinician may settle on more."),
        ]
    entry = _gap(f"{place}/entry_gap", {}) if number else []
    rows = [Row(counts)]
    if entry:
        rows.append(Row(entry, "Gap before its first dose"))
    title = f"Doses: {block.get('label') or block['name']}"
    gaps = Rows(f"{place}/gaps", _gap, "Gap")
    return Group(title, f"block-{number}", rows, [gaps], "Gaps are used in turn, over and over.")


def _gap(place: str, _: dict[str, str]) -> list[Field]:
    return [
        Field(f"{place}/min_days", "At least", unit="days"),
        Field(f"{place}/target_days", "On plan", unit="days"),
        Field(f"{place}/max_days", "At most", unit="days"),
        Field(f"{place}/hard_max_days", "A clinician decides past", unit="days"),
    ]


def _spans() -> Group:
    def fields(place: str, _: dict[str, str]) -> list[Field]:
        return [
            Field(f"{place}/to_dose", "To dose"),
            Field(f"{place}/max_days", "At most", unit="days"),
        ]

    text = "The most days from dose 1 to a later dose."
    return Group("Length of the series", "spans", [], [Rows("/spans", fields, "Length")], text)


def _visit(name: str, visit: dict[str, Any]) -> Group:
    place = f"/visit_types/{name}"
    general = Row(
        [
            Field(f"{place}/label", "Name", "text"),
            Field(f"{place}/room_kind", "Kind of room", "text", help="As rooms are set up."),
            Field(f"{place}/turnover_minutes", "Until the room is free", unit="min"),
        ]
    )
    phases = [
        Row(_phase(f"{place}/phases/{number}"), str(phase.get("label", "")))
        for number, phase in enumerate(visit["phases"])
    ]
    title = f"Visit: {visit.get('label', name)}"
    help = "Minutes go in steps of five. A nurse of the usual capacity carries six units at a time."
    return Group(title, f"visit-{name}", [general, *phases], help=help)


def _phase(place: str) -> list[Field]:
    roles = {"PRESCRIBER": "Prescriber", "NURSE": "Nurse", "THERAPIST": "Therapist"}
    return [
        Field(f"{place}/label", "Phase", "text"),
        Field(f"{place}/minutes", "Minutes", unit="min"),
        Field(f"{place}/load/NURSE", "Nurse", unit="units"),
        Field(f"{place}/load/THERAPIST", "Therapist", unit="units"),
        Field(f"{place}/presence", "On site", "choices", options=roles),
    ]


def _talks() -> Group:
    def fields(place: str, _: dict[str, str]) -> list[Field]:
        return [Field(f"{place}/days_before_first", "Days before the first dose", "pair")]

    after = {"each": "After each dose", "every_other": "After every other dose"}
    rows = [
        Row(
            [
                Field(
                    "/integration/after",
                    "Integration visits",
                    "after",
                    options=after | {"listed": "After these doses"},
                ),
                Field("/integration/days", "Days after the dose", "pair"),
            ]
        ),
        Row(
            [
                Field("/integration/book_within_days", "A task when none is booked", unit="days"),
                Field("/integration/amber_after_days", "Amber after", unit="days"),
                Field("/integration/red_after_days", "Red after", unit="days"),
                Field("/integration/holds_after_missed", "Next dose waits after", unit="missed"),
            ]
        ),
        Row([Field("/needs_preparation", "The first dose waits for preparation", "check")]),
    ]
    preparation = Rows("/preparation", fields, "Preparation visit", spare=1, most=3)
    return Group("Preparation and integration", "talks", rows, [preparation])
