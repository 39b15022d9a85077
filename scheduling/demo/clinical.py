"""How the demo's patients do: scores, alerts, reviews, and what payers granted; made up."""

from dataclasses import dataclass

# How far a score has fallen from its baseline, in per cent, after each dose, then each week.
RESPONDS = (0, 18, 32, 45, 52, 58, 62, 64, 66)
REMITS = (0, 25, 45, 60, 70, 78, 84, 86, 88)
STEADILY = (0, 14, 28, 36, 44, 50, 54, 58)
PARTLY = (0, 16, 28, 32, 36, 38, 40)
UNCHANGED = (0, 2, 5, 3, 6, 4)
WORSENS = (0, -10, -30, -36, -40)
RELAPSES = (0, 30, 48, 60, 68, 74, 78, 25, 12)
USUAL = (RESPONDS, REMITS, RESPONDS, PARTLY, STEADILY)
# Whose scores go a way of their own; they are recorded one by one, with all that follows.
WAYS: dict[str, tuple[int, ...]] = {
    "Urs Olive": UNCHANGED,
    "Dora Quince": UNCHANGED,
    "Jakob Linden": WORSENS,
    "Nadia Sumac": RELAPSES,
    "Yorick Pine": REMITS,
}
# What these did not answer.
FORGETS: dict[str, tuple[str, ...]] = {
    "Delia Basil": ("middle", "end"),
    "Vida Orchid": ("middle",),
    "Irma Lime": ("middle",),
}
# A review of this kind nobody has decided yet.
UNDECIDED = {"Urs Olive": "PLANNED", "Dora Quince": "PLANNED", "Yorick Pine": "END_OF_INDUCTION"}


@dataclass(frozen=True, slots=True)
class Concern:
    """An answer of thoughts of suicide so many hours ago, and what came of it until now."""

    name: str
    item_9: int
    hours: int
    taken_on_after: int | None = None
    closed_after: int | None = None


CONCERNS = (
    Concern("Flora Rowan", 1, 120, taken_on_after=1, closed_after=3),
    Concern("Wim Osier", 1, 26, taken_on_after=1),
    Concern("Xenia Peony", 2, 0),
)


@dataclass(frozen=True, slots=True)
class GrantRow:
    """What a payer grants somebody, from and to so many days from the day of the demo."""

    name: str
    payer: str
    starts: int
    ends: int
    visits: int


PAYERS = {"Northstar Health": "CIGNA", "Harbor Mutual": "WESTERN", "Albion Care": ""}
GRANTS = (
    GrantRow("Zita Plane", "Northstar Health", -40, 140, 24),
    GrantRow("Kira Lotus", "Northstar Health", -20, 160, 24),
    GrantRow("Aldo Poplar", "Harbor Mutual", -70, 12, 16),
    GrantRow("Lars Maple", "Harbor Mutual", -20, 70, 12),
    GrantRow("Mina Marigold", "Harbor Mutual", -30, 60, 10),
    GrantRow("Thea Oak", "Albion Care", -30, 60, 12),
)


def way_of(name: str, number: int) -> tuple[int, ...]:
    """How the scores of this person go; most get better."""
    return WAYS.get(name) or USUAL[number % len(USUAL)]
