"""Which state of a course may follow which; the database keeps the same table."""

from collections.abc import Mapping

NEXT: Mapping[str, frozenset[str]] = {
    "DRAFT": frozenset({"ACTIVE", "STOPPED"}),
    "ACTIVE": frozenset({"PAUSED", "INTERRUPTED", "COMPLETED", "STOPPED"}),
    "PAUSED": frozenset({"ACTIVE", "INTERRUPTED", "STOPPED"}),
    "INTERRUPTED": frozenset({"ACTIVE", "STOPPED"}),
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


def is_final(status: str) -> bool:
    """Whether nothing follows this state."""
    return not NEXT[status]
