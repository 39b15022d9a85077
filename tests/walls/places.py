"""Every address of the product, with rows of one organisation filled in."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import Model
from django.urls import reverse

from clinic.routes import routes

# In a pattern and in a regular expression alike.
ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")

# What stands in an address and is no row of an organisation's.
OTHER = {
    "uidb36": "x",
    "key": "not-a-key",
    "rest": "nowhere",
    "pk": 1,
    "session_id": 1,
    "kind": "TREATMENT",
    "language": "en",
    "item": "1",
}
# Whose row an id in an address means, where the model is not called so.
MODELS = {
    "consent_id": "clinic.ConsentRecord",
    "text_id": "clinic.ConsentText",
    "token_id": "clinic.ApiToken",
    "visit_id": "treatment_sessions.Session",
    "course_id": "courses.Course",
    "proposal_id": "scheduling.Proposal",
    "entry_id": "scheduling.WaitlistEntry",
    "offer_id": "scheduling.SlotOffer",
    "group_id": "scheduling.GroupVisit",
    "member_id": "clinic.Membership",
    "staff_id": "clinic.Membership",
}


@dataclass(frozen=True, slots=True)
class Place:
    """One address; `rows` are the arguments that name somebody's rows."""

    name: str
    arguments: tuple[str, ...]
    methods: tuple[str, ...]

    @property
    def rows(self) -> list[str]:
        return [name for name in self.arguments if name not in OTHER]

    def url(self, world: dict[str, Any]) -> str:
        """The address with these rows in it."""
        return reverse(self.name, kwargs={name: world[name] for name in self.arguments})


def all_places() -> list[Place]:
    """Every named address that can be written down."""
    found = {
        Place(route.name, tuple(ARGUMENT.findall(route.pattern)), _methods(route.view))
        for route in routes()
        if route.name and not route.name.endswith(":")
    }
    return sorted(found, key=lambda place: place.name)


def _methods(view: Any) -> tuple[str, ...]:
    """What a view of the API answers; a page's may answer anything, so that it gets both."""
    made_of = getattr(view, "cls", None)
    if made_of is None:
        return ("GET", "POST")
    known = ("GET", "POST", "PUT", "PATCH", "DELETE")
    return tuple(name for name in known if hasattr(made_of, name.lower()))


def row_names() -> set[str]:
    """The arguments of all addresses that mean somebody's row."""
    return {name for place in all_places() for name in place.rows}


def model_of(name: str) -> type[Model]:
    """The model that an argument means: `patient_id` is a Patient's."""
    if name in MODELS:
        return apps.get_model(MODELS[name])
    wanted = name.removesuffix("_id").replace("_", "")
    (found,) = [model for model in apps.get_models() if model._meta.model_name == wanted]
    return found


def rows_of(organization_id: UUID) -> dict[str, Any]:
    """An id of this organisation for every argument that an address may have."""
    world: dict[str, Any] = dict(OTHER)
    for name in row_names():
        own = model_of(name)._default_manager.filter(organization_id=organization_id)
        row = own.order_by("pk").first()
        assert row is not None, f"the demo has no {name}"
        world[name] = getattr(row, "id", row.pk)
    return world
