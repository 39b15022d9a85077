"""Every protocol of the catalogue (DOMAIN 2.1), written as short as the format allows.

A gap is (min, target, max, hard max); `None` for the last where the catalogue gives none.
"""

from typing import Any

NURSE = {"NURSE": 3}
THERAPIST = {"THERAPIST": 1}
IV = [10, 10, 10, 15, 40, 60, 10]
SHOT = [10, 10, 10, 10, 5, 60, 10]
LOZENGE = [10, 10, 10, 10, 15, 60, 10]
SPRAY = [10, 10, 10, 5, 10, 120, 10]
TWICE_WEEKLY = (2, 3.5, 5, 8)
LADDER = (7, 14, 21, 28, 42)


def visit(
    minutes: list[int], load: dict[str, int] = NURSE, kind: str = "dosing", room: str = "infusion"
) -> dict[str, Any]:
    """A visit type whose phases all carry the same load."""
    phases = [
        {"name": f"phase_{n}", "label": f"Phase {n}", "minutes": m, "load": load}
        for n, m in enumerate(minutes)
    ]
    return {"label": "Dose", "kind": kind, "room_kind": room, "phases": phases}


def gap(low: int, target: float, high: int, hard: int | None = None) -> dict[str, Any]:
    """A gap as the format writes it."""
    return {"min_days": low, "target_days": target, "max_days": high, "hard_max_days": hard}


def block(name: str, doses: int | None, *gaps: tuple[Any, ...], **more: Any) -> dict[str, Any]:
    """A block of doses."""
    return {
        "name": name,
        "label": name,
        "visit": "dose",
        "doses": doses,
        "gaps": [gap(*g) for g in gaps],
        **more,
    }


def protocol(
    code: str, minutes: list[int], *blocks: dict[str, Any], min_gap: int = 2, **more: Any
) -> dict[str, Any]:
    """A definition with one visit type for doses."""
    return {
        "format": "courseline-protocol-1",
        "code": code,
        "name": code,
        "summary": "",
        "drug": "drug",
        "route": "route",
        "min_gap_days": min_gap,
        "visit_types": {"dose": visit(minutes), **more.pop("visit_types", {})},
        "blocks": list(blocks),
        **more,
    }


def span(dose: int, days: int) -> dict[str, int]:
    """At most so many days from dose 1."""
    return {"to_dose": dose, "max_days": days}


def talks(minutes: int = 60) -> dict[str, Any]:
    """Preparation and integration."""
    return {
        "prepare": visit([minutes], THERAPIST, "prep", "consulting"),
        "integrate": visit([minutes], THERAPIST, "integration", "consulting"),
    }


def prepared(*days: tuple[int, int]) -> list[dict[str, Any]]:
    """Preparation visits."""
    return [{"visit": "prepare", "days_before_first": list(d)} for d in days]


def integrated(after: Any, *days: int) -> dict[str, Any]:
    """Integration visits."""
    return {"visit": "integrate", "after": after, "days": list(days)}


FLEXIBLE = block("induction", 6, (2, 3, 5, 8), doses_min=6, doses_max=8)
STEPS = [block(f"every_{days}", 2, (days, days, days + 3)) for days in LADDER[:-1]]
KAP_DOSE = visit([10, 20, 90, 50, 10], NURSE | THERAPIST)
RETREAT_DAY = visit([10, 40, 60, 180], NURSE | THERAPIST)

CATALOGUE: dict[str, dict[str, Any]] = {
    d["code"]: d
    for d in (
        protocol("IV_2W3", IV, block("induction", 6, TWICE_WEEKLY), spans=[span(6, 21)]),
        protocol("IV_3W2", IV, block("induction", 6, (2, 2, 4, 8), (2, 2, 4, 8), (2, 3, 4, 8))),
        protocol("IV_FLEX_6_8", IV, FLEXIBLE, spans=[span(6, 21), span(8, 21)]),
        protocol("IV_3IN11", IV, block("induction", 3, (2, 5, 6, 8)), spans=[span(3, 10)]),
        protocol("IV_SINGLE", IV, block("test_dose", 1)),
        protocol("IV_2W4", IV, block("induction", 8, TWICE_WEEKLY)),
        protocol("SC_2W4", SHOT, block("induction", 8, TWICE_WEEKLY)),
        protocol("IM_SERIES", SHOT, block("induction", 6, (2, 3.5, 8, 14))),
        protocol("SL_CLINIC", LOZENGE, block("series", 3, (2, 7, 10, 21), doses_max=6)),
        protocol("SL_HOME", LOZENGE, block("series", 4, (3, 7, 10, 21), doses_max=6), min_gap=3),
        protocol(
            "ESK_TRD",
            SPRAY,
            block("induction", 8, (3, 3, 5, 28), (4, 4, 5, 28)),
            block("maintenance_1", 4, (6, 7, 8, 28), entry_gap=gap(4, 4, 8, 28)),
            block("maintenance_2", None, (7, 7, 14, 28)),
        ),
        protocol("ESK_MDSI", SPRAY, block("induction", 8, (3, 3, 5, 8), (4, 4, 5, 8))),
        protocol(
            "MAINT_IV",
            IV,
            *STEPS,
            block("every_42", None, (42, 42, 45), plan_ahead=1),
            min_gap=7,
        ),
        protocol(
            "KAP_PROG",
            IV,
            block("program", 6, (2, 7, 14, 21), doses_min=3),
            visit_types={"dose": KAP_DOSE, **talks(90)},
            preparation=prepared((5, 21), (3, 14), (1, 7)),
            integration=integrated("every_other", 1, 3),
        ),
        protocol(
            "RETREAT",
            IV,
            block("days", 2, (1, 1, 2), doses_min=1, doses_max=3),
            min_gap=1,
            visit_types={"dose": RETREAT_DAY, **talks(240)},
            preparation=prepared((1, 1)),
            integration=integrated([2], 1, 2),
        ),
        protocol("PAIN_INF", [10, 10, 240, 60, 10], block("series", 5, (1, 1, 2, 4)), min_gap=1),
    )
}

# Days after dose 1, as the catalogue prints them.
OFFSETS: dict[str, list[int]] = {
    "IV_2W3": [0, 3, 7, 10, 14, 17],
    "IV_3W2": [0, 2, 4, 7, 9, 11],
    "IV_3IN11": [0, 5, 10],
    "IV_SINGLE": [0],
    "IV_2W4": [0, 3, 7, 10, 14, 17, 21, 24],
    "SC_2W4": [0, 3, 7, 10, 14, 17, 21, 24],
    "IM_SERIES": [0, 3, 7, 10, 14, 17],
    "SL_HOME": [0, 7, 14, 21],
    "ESK_TRD": [0, 3, 7, 10, 14, 17, 21, 24, 28, 35, 42, 49, 56],
    "ESK_MDSI": [0, 3, 7, 10, 14, 17, 21, 24],
    "PAIN_INF": [0, 1, 2, 3, 4],
}
