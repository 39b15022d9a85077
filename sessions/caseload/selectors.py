"""Reads: whose courses are shown, and their lines in the order of need."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from clinic.models import Membership
from clinic.rights import Right, sites_where
from courses.models import BoosterWindow, Course, Review, SafetyAlert
from sessions.caseload.facts import facts_of
from sessions.caseload.lines import line_of
from sessions.caseload.rules import (
    ICONS,
    KIND,
    LABELS,
    ORDER,
    Line,
    by_need,
    matches,
    tone_of,
)

PAGE = 25
UNDER_WAY = ("DRAFT", "ACTIVE", "PAUSED", "INTERRUPTED")
MINE = "mine"
# What the state of a course may be narrowed to; empty: under way, and ended ones that still need
# somebody.
STATES = ("", *UNDER_WAY, "COMPLETED", "STOPPED")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks for: whose courses (`mine`, or a site's id), and which of them."""

    who: str = MINE
    state: str = ""
    flag: str = ""
    protocol: str = ""
    text: str = ""
    page: int = 1

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but whose courses was chosen."""
        return bool(self.state or self.flag or self.protocol or self.text)

    @property
    def words(self) -> list[str]:
        """What a name must hold."""
        return self.text.lower().replace(",", " ").split()

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The choice as fields of a form, its page apart."""
        return [
            (name, getattr(self, name)) for name in ("who", "state", "flag", "protocol", "text")
        ]

    @property
    def query_without_flag(self) -> str:
        """The choice as a query; a name that was typed stays out of addresses."""
        said = {"who": self.who, "state": self.state, "protocol": self.protocol}
        return "&".join(f"{name}={value}" for name, value in said.items() if value)


@dataclass(frozen=True, slots=True)
class Chip:
    """How many of the courses have a kind of flag."""

    code: str
    label: str
    icon: str
    tone: str
    count: int


@dataclass(frozen=True, slots=True)
class Caseload:
    """One page of lines, and what there is beside it."""

    lines: Sequence[Line]
    chips: Sequence[Chip]
    everyone: int
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(-(-self.total // PAGE), 1)

    @property
    def first(self) -> int:
        """The number of the first line on the page."""
        return (self.page - 1) * PAGE + 1

    @property
    def last(self) -> int:
        """The number of the last line on the page."""
        return self.first + len(self.lines) - 1


def caseload(
    *,
    member: Membership,
    wanted: Wanted,
    served: Collection[UUID],
    open_ids: Collection[UUID],
    now: datetime,
) -> Caseload:
    """The courses that the member asked for, who needs somebody first; each flag with its number.

    `served` are courses in whose visits the member serves. A restricted chart is there only while
    the member has it open (`open_ids`). A list opens no chart: nothing of it is noted.
    """
    courses = _courses(member, wanted, served, open_ids)
    facts = facts_of(courses, member=member, open_ids=open_ids, now=now)
    every = [line_of(course, facts) for course in courses]
    near = [one for one in every if matches(one, protocol=wanted.protocol, words=wanted.words)]
    found = by_need(one for one in near if matches(one, flag=wanted.flag))
    page = min(max(wanted.page, 1), max(-(-len(found) // PAGE), 1))
    return Caseload(
        lines=found[(page - 1) * PAGE : page * PAGE],
        chips=_chips(near),
        everyone=len(near),
        total=len(found),
        page=page,
    )


def _courses(
    member: Membership, wanted: Wanted, served: Collection[UUID], open_ids: Collection[UUID]
) -> list[Course]:
    sites = sites_where(member, Right.VIEW_CLINICAL)
    rows = Course.objects.filter(organization_id=member.organization_id, site__in=sites)
    rows = rows.filter(Q(patient__is_restricted=False) | Q(patient__in=open_ids))
    rows = rows.filter(_of_whom(member, wanted.who, served))
    return list(
        _in_state(rows, wanted.state).select_related(
            "organization", "patient", "site", "protocol_version__protocol"
        )
    )


def _of_whom(member: Membership, who: str, served: Collection[UUID]) -> Q:
    if who != MINE:
        return Q(site=who)
    return Q(lead_prescriber=member) | Q(lead_therapist=member) | Q(pk__in=served)


def _in_state(rows: QuerySet[Course], state: str) -> QuerySet[Course]:
    """In the state; without one, under way or ended with something that still needs somebody."""
    if state:
        return rows.filter(status=state)
    alerts = SafetyAlert.objects.open().values("patient")
    boosters = BoosterWindow.objects.open().values("course")
    reviews = Review.objects.open().values("course")
    needs = Q(patient__in=alerts) | Q(pk__in=boosters) | Q(pk__in=reviews)
    return rows.filter(Q(status__in=UNDER_WAY) | needs)


def _chips(lines: Iterable[Line]) -> list[Chip]:
    """Each kind of flag that somebody has, the levels of one kind as one."""
    counts: Counter[str] = Counter()
    for line in lines:
        counts.update({KIND.get(flag.code, flag.code) for flag in line.flags})
    kinds = [code for code in ORDER if KIND.get(code, code) == code]
    return [
        Chip(code, LABELS[code], ICONS[code], tone_of(code), counts[code])
        for code in kinds
        if counts[code]
    ]
