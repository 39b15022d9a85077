"""The protocol that most tests treat by: short, with one visit of each kind."""

from typing import Any


def small_definition(*, doses: int = 2, **changes: Any) -> dict[str, Any]:
    """A short protocol: preparation, doses twice a week, integration after each."""
    nurse = {"NURSE": 3}
    infusion = {
        "label": "Infusion",
        "kind": "dosing",
        "room_kind": "infusion",
        "turnover_minutes": 15,
        "phases": [
            {"name": "arrival", "label": "Arrival", "minutes": 15},
            {"name": "administration", "label": "Infusion", "minutes": 45, "load": {"NURSE": 6}},
            {"name": "observation", "label": "Observation", "minutes": 60, "load": nurse},
        ],
    }
    talk = {
        "room_kind": "consulting",
        "phases": [
            {"name": "talk", "label": "Conversation", "minutes": 60, "load": {"THERAPIST": 1}}
        ],
    }
    gap = {"min_days": 2, "target_days": 3.5, "max_days": 5, "hard_max_days": 8}
    return {
        "format": "courseline-protocol-1",
        "code": "SMALL",
        "name": "Small protocol",
        "summary": "For tests.",
        "drug": "canary-drug",
        "route": "IV",
        "min_gap_days": 2,
        "visit_types": {
            "infusion": infusion,
            "preparation": {"label": "Preparation", "kind": "prep", **talk},
            "integration": {"label": "Integration", "kind": "integration", **talk},
        },
        "preparation": [{"visit": "preparation", "days_before_first": [1, 14]}],
        "blocks": [
            {
                "name": "induction",
                "label": "Induction",
                "visit": "infusion",
                "doses": doses,
                "gaps": [gap],
            }
        ],
        "integration": {"visit": "integration", "after": "each", "days": [1, 3]},
        **changes,
    }
