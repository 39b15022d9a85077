"""Organisations, places, people and patients: facts and constraints only."""

from clinic.models.accounts import ApiToken, IdempotencyKey, User
from clinic.models.audit import AuditEvent, ChartOpening
from clinic.models.charts import BreakGlass, ChartRestriction, GlassNotice
from clinic.models.consents import ConsentKind, ConsentRecord, ConsentText, Drug, Route
from clinic.models.invitations import Invitation
from clinic.models.organizations import Closure, OpeningHours, Organization, Room, RoomBlock, Site
from clinic.models.patients import (
    Patient,
    PatientContact,
    PatientDeath,
    PatientSite,
    PatientUnavailability,
    PatientWindow,
)
from clinic.models.staff import Leave, Membership, Role, RoleAssignment, Shift
from clinic.models.tenancy import TenantModel, Weekday, WeeklyInterval

__all__ = [
    "ApiToken",
    "AuditEvent",
    "BreakGlass",
    "ChartOpening",
    "ChartRestriction",
    "Closure",
    "ConsentKind",
    "ConsentRecord",
    "ConsentText",
    "Drug",
    "GlassNotice",
    "IdempotencyKey",
    "Invitation",
    "Leave",
    "Membership",
    "OpeningHours",
    "Organization",
    "Patient",
    "PatientContact",
    "PatientDeath",
    "PatientSite",
    "PatientUnavailability",
    "PatientWindow",
    "Role",
    "RoleAssignment",
    "Room",
    "RoomBlock",
    "Route",
    "Shift",
    "Site",
    "TenantModel",
    "User",
    "Weekday",
    "WeeklyInterval",
]
