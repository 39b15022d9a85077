"""How far apart doses of maintenance are planned: by the interval in force and an early window."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from courses.models import BoosterWindow, Course, MaintenanceStep
from courses.protocols import Dose, Gap, ProtocolDefinition
from courses.protocols.clinical import Maintenance


def paced_doses(
    course: Course,
    definition: ProtocolDefinition,
    doses: Sequence[Dose],
    *,
    booked: Collection[int],
) -> list[Dose]:
    """The doses, those of maintenance that are not booked with the gap that a clinician chose.

    Without a chosen interval, or “as needed”, the protocol's own gap stays (DOMAIN 2.9).
    """
    rule, block = definition.maintenance, definition.open_block
    if rule is None or block is None:
        return list(doses)
    least = definition.min_gap_days
    chosen, early = _chosen_gap(course, rule, least), _early_gap(course, least)
    ahead = [dose for dose in doses if dose.block == block.name and dose.seq not in booked]
    following = min((dose.seq for dose in ahead), default=0)
    gaps = {dose.seq: chosen for dose in ahead if dose.gap and chosen}
    if early and following:
        gaps[following] = early
    return [replace(dose, gap=gaps.get(dose.seq, dose.gap)) for dose in doses]


def _chosen_gap(course: Course, rule: Maintenance, least: int) -> Gap | None:
    step = MaintenanceStep.objects.filter(course=course).order_by("-number").first()
    if step is None or step.interval_days is None:
        return None
    days = step.interval_days
    return Gap(
        min_days=min(max(days - rule.early_days, least), days),
        target_days=days,
        max_days=days + rule.late_days,
    )


def _early_gap(course: Course, least: int) -> Gap | None:
    """From the last dose to the days in which a clinician wants the booster."""
    rows = BoosterWindow.objects.open().filter(course=course, why=BoosterWindow.Why.EARLY)
    window = rows.select_related("after_dose").order_by("-opened_at", "-pk").first()
    if window is None or window.after_dose is None:
        return None
    soonest = max((window.due_from - window.after_dose.on).days, least)
    latest = max((window.due_to - window.after_dose.on).days, soonest)
    return Gap(min_days=soonest, target_days=soonest, max_days=latest)
