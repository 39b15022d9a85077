"""Which models are audited, and which are not, with the reason."""

from django.apps import apps
from django.db.models import Model

from clinic.audit.triggers import AuditTrigger

_LIBRARY = "a library's own table, of which nothing of ours depends"

UNTRACKED = {
    "clinic.AuditEvent": "the record itself: rows are only added",
    "clinic.ChartOpening": "a record itself: rows are only added",
    "clinic.IdempotencyKey": "what a call answered, for a day; what it did is recorded",
    "scheduling.BoardChange": "a count of changes that are recorded themselves",
    "scheduling.SlotHold": "gone in minutes; the proposal that it is for is recorded",
    "scheduling.HeldLoad": "gone in minutes; the proposal that it is for is recorded",
    "account.EmailConfirmation": "a link that was sent; that it was followed is recorded",
    "usersessions.UserSession": "a browser's session, written with every page",
    "sessions.Session": "a browser's session, written with every page",
    "auth.Permission": _LIBRARY,
    "auth.Group": _LIBRARY,
    "auth.Group_permissions": _LIBRARY,
    "clinic.User_groups": _LIBRARY,
    "clinic.User_user_permissions": _LIBRARY,
    "contenttypes.ContentType": _LIBRARY,
    "pghistory.Context": _LIBRARY,
}


def audit_trigger(model: type[Model]) -> AuditTrigger | None:
    """The trigger that records the changes of a model's table; None when there is none."""
    triggers = getattr(model._meta, "triggers", [])
    return next((one for one in triggers if isinstance(one, AuditTrigger)), None)


def audited_models() -> list[tuple[type[Model], AuditTrigger]]:
    """Every model whose changes are recorded, with its trigger."""
    found = ((model, audit_trigger(model)) for model in apps.get_models())
    return [(model, trigger) for model, trigger in found if trigger]
