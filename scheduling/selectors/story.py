"""A proposal as people read it: visits with names, the cost in words, or what is in the way."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from clinic.models import PatientWindow
from courses.selectors import definition_of
from scheduling.authorizations import uncovered_by_proposal
from scheduling.models import Proposal
from scheduling.names import Names, names_for
from scheduling.wording import REASONS, cost_sentences, place_label, relief_sentence


@dataclass(frozen=True, slots=True)
class ProposedVisit:
    """One visit of a proposal; `is_kept` ones are booked already."""

    kind: str
    seq: int
    label: str
    starts_at: datetime
    ends_at: datetime
    room_name: str
    staff: list[str]
    gap_days: int | None
    is_kept: bool


@dataclass(frozen=True, slots=True)
class ProposalStory:
    """Everything that a page or the API says of a proposal."""

    visits: list[ProposedVisit]
    sentences: list[str]
    reason: str
    relief: list[str]
    # Doses that no payer covers, in words; nothing to keep it from being accepted.
    uncovered: list[str]
    zone: ZoneInfo


def proposal_story(proposal: Proposal) -> ProposalStory:
    """The proposal in words, in a fixed number of queries."""
    options = proposal.relief.get("options", [])
    names = _names(proposal, options)
    wishes = PatientWindow.objects.filter(patient_id=proposal.course.patient_id, preferred=True)
    sentences = (
        cost_sentences(proposal.explanation, has_preference=wishes.exists())
        if proposal.explanation
        else []
    )
    return ProposalStory(
        visits=_visits(proposal, names),
        sentences=sentences,
        reason=REASONS.get(proposal.reason, ""),
        relief=[relief_sentence(option, names.people) for option in options],
        uncovered=_uncovered(proposal),
        zone=proposal.course.site.zone,
    )


def _uncovered(proposal: Proposal) -> list[str]:
    if proposal.status != Proposal.Status.READY:
        return []
    return [dose.text for dose in uncovered_by_proposal(proposal)]


def _names(proposal: Proposal, options: list[Mapping[str, Any]]) -> Names:
    return names_for(
        [visit["room_id"] for visit in proposal.visits],
        [who for visit in proposal.visits for who in visit["staff"].values()]
        + [who for option in options for who in option["people"]],
    )


def _visits(proposal: Proposal, names: Names) -> list[ProposedVisit]:
    definition = definition_of(proposal.course.protocol_version)
    zone, last_dose = proposal.course.site.zone, None
    found = []
    for visit in sorted(proposal.visits, key=lambda visit: str(visit["starts_at"])):
        starts_at = datetime.fromisoformat(visit["starts_at"])
        gap, last_dose = _gap(visit, starts_at.astimezone(zone).date(), last_dose)
        found.append(
            ProposedVisit(
                kind=visit["kind"],
                seq=visit["seq"],
                label=place_label(definition, visit["kind"], visit["seq"]),
                starts_at=starts_at,
                ends_at=datetime.fromisoformat(visit["ends_at"]),
                room_name=names.rooms.get(visit["room_id"], ""),
                staff=names.crew(visit["staff"]),
                gap_days=gap,
                is_kept=visit["is_kept"],
            )
        )
    return found


def _gap(
    visit: Mapping[str, Any], day: date, last_dose: date | None
) -> tuple[int | None, date | None]:
    """Days since the dose before, and the latest dose so far."""
    if visit["kind"] != "dosing":
        return None, last_dose
    return ((day - last_dose).days if last_dose else None), day
