"""Who may do what: one table of roles and rights, which pages, API and services all ask."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from django.core.exceptions import PermissionDenied

from clinic.models import Membership, Patient, Role, Site


class RightMissing(PermissionDenied):
    """The person's roles do not have the right (403)."""

    code = "right-missing"

    def __init__(self, right: "Right") -> None:
        super().__init__(f"Your roles here do not include the right “{right.label}”.")
        self.members = {"right": right.value}


class RightNotEverywhere(RightMissing):
    """The act is about the whole organisation, and the right is missing at some site of it."""

    def __init__(self, right: "Right") -> None:
        super().__init__(right)
        self.args = (f"It holds for every site: you need the right “{right.label}” at each.",)


class Right(StrEnum):
    """Something that a role may let a person do at a site; label and meaning are for people."""

    label: str
    meaning: str

    def __new__(cls, value: str, label: str = "", meaning: str = "") -> "Right":
        right = str.__new__(cls, value)
        right._value_ = value
        right.label, right.meaning = label, meaning
        return right

    VIEW_SCHEDULE = (
        "VIEW_SCHEDULE",
        "See the schedule",
        "The day of a site: times, rooms, who serves, and how far each visit is.",
    )
    VIEW_PATIENTS = (
        "VIEW_PATIENTS",
        "See patients",
        "Names, contact data, courses with their times and states, and what was sent; "
        "no scores and no notes.",
    )
    EDIT_PATIENTS = (
        "EDIT_PATIENTS",
        "Keep patients’ records",
        "Register a patient, and change names, contact data and the times that suit them.",
    )
    BOOK = (
        "BOOK",
        "Plan and book",
        "Start courses, ask for schedules and accept them, move and cancel visits.",
    )
    CHECK_IN = (
        "CHECK_IN",
        "Check in",
        "Note that a patient has arrived, or did not come.",
    )
    RECORD_CONSENT = (
        "RECORD_CONSENT",
        "Record consents",
        "Record that a patient signed a consent, or withdrew it.",
    )
    VIEW_CLINICAL = (
        "VIEW_CLINICAL",
        "See clinical notes and scores",
        "Screening, scores, vital signs, doses, adverse events and notes.",
    )
    RECORD = (
        "RECORD",
        "Record treatment",
        "Begin, observe and finish visits, and record what happens in them.",
    )
    HANDLE_ALERTS = (
        "HANDLE_ALERTS",
        "Answer safety alerts",
        "Take a safety alert on, assess the patient’s risk and close it with a plan.",
    )
    DECIDE = (
        "DECIDE",
        "Decide on treatment",
        "Decide screenings, reviews, lapses and holds, and whether a course goes on.",
    )
    OVERRIDE = (
        "OVERRIDE",
        "Override a clinical rule",
        "Decide against a rule such as the minimum gap, for a reason that is kept; "
        "a medical director who prescribes holds the role of prescriber too.",
    )
    SIGN_THRESHOLDS = (
        "SIGN_THRESHOLDS",
        "Sign protocols and thresholds",
        "Put a protocol’s numbers into force for the whole organisation.",
    )
    MANAGE_STAFF = (
        "MANAGE_STAFF",
        "Manage staff",
        "Invite people, give and take roles, and end their access.",
    )
    KEEP_ROSTER = (
        "KEEP_ROSTER",
        "Keep the roster",
        "Enter shifts, leave, closures, other hours of a day, and rooms out of use.",
    )
    MANAGE_SETTINGS = (
        "MANAGE_SETTINGS",
        "Manage settings",
        "Change the organisation’s settings, its sites, rooms and hours.",
    )
    MANAGE_TOKENS = (
        "MANAGE_TOKENS",
        "Manage API access",
        "Give and revoke the tokens of services, and see everybody’s.",
    )
    RESTRICT_CHARTS = (
        "RESTRICT_CHARTS",
        "Restrict charts",
        "Restrict a patient’s chart, lift that, and see who opened restricted charts and why.",
    )
    LINK_CHARTS = (
        "LINK_CHARTS",
        "Link charts of one person",
        "Say that two charts are of one person, so that doses and alerts of both count, and "
        "undo that.",
    )
    BREAK_GLASS = (
        "BREAK_GLASS",
        "Open a restricted chart",
        "Open it for a limited time, for a reason that the practice managers are told.",
    )
    VIEW_AUDIT = (
        "VIEW_AUDIT",
        "See the audit",
        "Who opened a patient’s chart, and who changed what.",
    )
    EXPORT = (
        "EXPORT",
        "Export",
        "Take data out of Courseline as a file.",
    )


CHOICES = [(right.value, right.label) for right in Right]

# The rights in the order of the page that prints the table.
AREAS: Mapping[str, tuple[Right, ...]] = {
    "At the desk": (
        Right.VIEW_SCHEDULE,
        Right.VIEW_PATIENTS,
        Right.EDIT_PATIENTS,
        Right.BOOK,
        Right.CHECK_IN,
        Right.RECORD_CONSENT,
    ),
    "In treatment": (
        Right.VIEW_CLINICAL,
        Right.RECORD,
        Right.HANDLE_ALERTS,
        Right.DECIDE,
        Right.OVERRIDE,
        Right.SIGN_THRESHOLDS,
        Right.LINK_CHARTS,
    ),
    "Restricted charts": (Right.BREAK_GLASS, Right.RESTRICT_CHARTS),
    "Running the practice": (
        Right.KEEP_ROSTER,
        Right.MANAGE_STAFF,
        Right.MANAGE_SETTINGS,
        Right.MANAGE_TOKENS,
        Right.VIEW_AUDIT,
        Right.EXPORT,
    ),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may ask for a route, which each one declares: a word, and rights by HTTP method.

    The method “*” stands for all that are not named.
    """

    word: str
    rights: Mapping[str, Right] = field(default_factory=dict)

    @classmethod
    def of(cls, right: Right) -> "Rule":
        """For those who hold this right."""
        return cls("allowed", {"*": right})

    def right_for(self, method: str) -> Right | None:
        """The right that a request with this method needs; None when none is declared."""
        asked = "GET" if method in ("HEAD", "OPTIONS") else method
        return self.rights.get(asked, self.rights.get("*"))


PUBLIC, SIGNED_IN = Rule("public"), Rule("signed in")

_SEES = {Right.VIEW_SCHEDULE, Right.VIEW_PATIENTS, Right.BREAK_GLASS}
_SERVES = _SEES | {Right.BOOK, Right.CHECK_IN, Right.RECORD_CONSENT}
_TREATS = _SERVES | {Right.VIEW_CLINICAL, Right.RECORD, Right.HANDLE_ALERTS}
_OVERSEES = {Right.VIEW_AUDIT, Right.EXPORT}

TABLE: Mapping[Role, frozenset[Right]] = {
    Role.FRONT_DESK: frozenset(_SERVES | {Right.EDIT_PATIENTS, Right.KEEP_ROSTER}),
    Role.NURSE: frozenset(_TREATS | {Right.EDIT_PATIENTS, Right.LINK_CHARTS}),
    Role.THERAPIST: frozenset(_TREATS),
    Role.PRESCRIBER: frozenset(_TREATS | {Right.DECIDE, Right.OVERRIDE, Right.LINK_CHARTS}),
    Role.MEDICAL_DIRECTOR: frozenset(
        _SEES
        | _OVERSEES
        | {
            Right.VIEW_CLINICAL,
            Right.HANDLE_ALERTS,
            Right.DECIDE,
            Right.SIGN_THRESHOLDS,
            Right.LINK_CHARTS,
        }
    ),
    Role.MANAGER: frozenset(
        _SERVES
        | _OVERSEES
        | {
            Right.EDIT_PATIENTS,
            Right.LINK_CHARTS,
            Right.KEEP_ROSTER,
            Right.MANAGE_STAFF,
            Right.MANAGE_SETTINGS,
            Right.MANAGE_TOKENS,
            Right.RESTRICT_CHARTS,
        }
    ),
    Role.AUDITOR: frozenset(_SEES | _OVERSEES | {Right.VIEW_CLINICAL}),
}


def roles_with(right: Right) -> list[Role]:
    """The roles that have the right, in the order of the table."""
    return [role for role, rights in TABLE.items() if right in rights]


def sites_where(member: Membership, right: Right) -> frozenset[UUID]:
    """The sites, by id, at which some role of the member has the right; none where the token
    that the member calls with is not good for it."""
    if member.scopes is not None and right not in member.scopes:
        return frozenset()
    return frozenset(site for site, role in member.duties if right in TABLE[Role(role)])


def sites_known(member: Membership) -> frozenset[UUID]:
    """The sites, by id, at which the member holds any role."""
    return frozenset(site for site, _ in member.duties)


def may(member: Membership | None, right: Right, place: Site | Patient | None = None) -> bool:
    """Whether some role of the member has the right: at that site, at a site where that patient
    is treated, or without either at any site."""
    if not member:
        return False
    allowed = sites_where(member, right)
    if place is None:
        return bool(allowed)
    return not allowed.isdisjoint([place.pk] if isinstance(place, Site) else place.site_ids)


def may_everywhere(member: Membership | None, right: Right) -> bool:
    """Whether the member has the right at every site of the organisation."""
    if not (member and may(member, right)):
        return False
    sites = Site.objects.filter(organization_id=member.organization_id)
    return not sites.exclude(pk__in=sites_where(member, right)).exists()


def require(member: Membership, right: Right, place: Site | Patient | None = None) -> None:
    """Raise RightMissing unless the member may."""
    if not may(member, right, place):
        raise RightMissing(right)
