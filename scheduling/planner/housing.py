"""Giving rooms to visits whose times are settled."""

from collections.abc import Sequence

from scheduling.planner.choices import Choice, Visit
from scheduling.planner.tables import Tables

Chosen = tuple[Visit, Choice]


def house(tables: Tables, chosen: Sequence[Chosen]) -> tuple[list[int], list[Chosen]]:
    """A room per visit, its own where it keeps its time and can; and those left without one.

    Who keeps a room comes first, then by time, each into a room of as few kinds as can be. Where
    that leaves somebody without, all are housed by time alone: other rooms trouble nobody.
    """
    rooms, homeless = _housed(tables, chosen, keeps=True)
    if homeless:
        others, fewer = _housed(tables, chosen, keeps=False)
        if len(fewer) < len(homeless):
            return others, fewer
    return rooms, homeless


def _housed(
    tables: Tables, chosen: Sequence[Chosen], *, keeps: bool
) -> tuple[list[int], list[Chosen]]:
    use, rooms = tables.room_use.copy(), [-1] * len(chosen)
    homeless: list[Chosen] = []

    def rank(number: int) -> tuple[bool, int, int]:
        choice = chosen[number][1]
        return keeps and not choice.is_standing, choice.start, number

    for number in sorted(range(len(chosen)), key=rank):
        visit, choice = chosen[number]
        cells = slice(choice.start, choice.start + tables.stay(visit.type))
        free = [row for row in tables.rooms_for(visit.type).tolist() if not use[row, cells].any()]
        own = tables.room_row.get(visit.item.room_id, -1)
        if not free:
            homeless.append(chosen[number])
        else:
            is_kept = choice.is_standing and own in free
            rooms[number] = own if is_kept else min(free, key=lambda r: (len(tables.kinds(r)), r))
            use[rooms[number], cells] += 1
    return rooms, homeless
