"""Organisations, places, people and patients: facts and constraints only."""

from clinic.models.accounts import ApiToken, IdempotencyKey, User
from clinic.models.invitations import Invitation
from clinic.models.organizations import Closure, OpeningHours, Organization, Room, RoomBlock, Site
from clinic.models.patients import (
    Patient,
    PatientContact,
    PatientUnavailability,
    PatientWindow,
)
from clinic.models.staff import Leave, Membership, Role, RoleAssignment, Shift
from clinic.models.tenancy import TenantModel, Weekday, WeeklyInterval

__all__ = [
    "ApiToken",
    "Closure",
    "IdempotencyKey",
    "Invitation",
    "Leave",
    "Membership",
    "OpeningHours",
    "Organization",
    "Patient",
    "PatientContact",
    "PatientUnavailability",
    "PatientWindow",
    "Role",
    "RoleAssignment",
    "Room",
    "RoomBlock",
    "Shift",
    "Site",
    "TenantModel",
    "User",
    "Weekday",
    "WeeklyInterval",
]
