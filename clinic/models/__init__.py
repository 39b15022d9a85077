"""Organisations, places, people and patients: facts and constraints only."""

from clinic.models.accounts import ApiToken, IdempotencyKey, User
from clinic.models.audit import AuditEvent, ChartOpening
from clinic.models.charts import BreakGlass, ChartRestriction, GlassNotice
from clinic.models.consents import ConsentKind, ConsentRecord, ConsentText, Drug, Route
from clinic.models.identity import ChartLink, DistinctCharts
from clinic.models.invitations import Invitation
from clinic.models.organizations import (
    Closure,
    OpeningHours,
    Organization,
    Room,
    RoomBlock,
    Site,
    SpecialHours,
)
from clinic.models.patients import (
    Patient,
    PatientContact,
    PatientDeath,
    PatientSite,
    PatientUnavailability,
    PatientWindow,
)
from clinic.models.staff import (
    Credential,
    Leave,
    Membership,
    Role,
    RoleAssignment,
    Shift,
    ShiftChange,
)
from clinic.models.tenancy import TenantModel, Weekday, WeeklyInterval

__all__ = [
    "ApiToken",
    "AuditEvent",
    "BreakGlass",
    "ChartLink",
    "ChartOpening",
    "ChartRestriction",
    "Closure",
    "ConsentKind",
    "ConsentRecord",
    "ConsentText",
    "Credential",
    "DistinctCharts",
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
    "ShiftChange",
    "Site",
    "SpecialHours",
    "TenantModel",
    "User",
    "Weekday",
    "WeeklyInterval",
]
