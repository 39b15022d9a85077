"""Which state of a course may follow which."""

from collections.abc import Mapping

NEXT: Mapping[str, frozenset[str]] = {
    "DRAFT": frozenset({"ACTIVE", "STOPPED"}),
    "ACTIVE": frozenset({"PAUSED", "COMPLETED", "STOPPED"}),
    "PAUSED": frozenset({"ACTIVE", "STOPPED"}),
    "COMPLETED": frozenset(),
    "STOPPED": frozenset(),
}
NEEDS_REASON = frozenset({"PAUSED", "STOPPED"})


def states_before(status: str) -> frozenset[str]:
    """The states from which a course may come into this one."""
    return frozenset(state for state, following in NEXT.items() if status in following)


def needs_reason(status: str) -> bool:
    """Whether somebody has to say why a course comes into this state."""
    return status in NEEDS_REASON
