"""Who is on duty at a site now: on shift, on call, in charge."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from uuid import UUID

from django.conf import settings
from django.db.models import Count, QuerySet
from django.utils.module_loading import import_string

from clinic.availability.presence import present_at
from clinic.availability.selectors import is_open_at
from clinic.models import Membership, Patient, Role, Site
from clinic.rights import Right, roles_with
from courses.alerts.rules import Duty
from courses.models import Course, OnCall, SafetyAlert

# (patient, site, now) → who serves the patient there today, by id, and whether a visit is under
# way in which they do; whoever is with the patient comes first.
Serving = Callable[..., Sequence[tuple[UUID, bool]]]


@cache
def _serving() -> Serving:
    """Visits are kept above this floor; the setting names the function there that knows."""
    found: Serving = import_string(settings.ALERT_SERVING)
    return found


def duty_at(site: Site, patient: Patient, course: Course | None, *, now: datetime) -> Duty:
    """Who could answer an alert of the patient at the site now; in a fixed number of queries."""
    able = list(may_answer(site).values_list("pk", flat=True))
    present = present_at(site, now)
    serving = _serving()(patient=patient, site=site, now=now)
    return Duty(
        serving=[one for one, is_there in serving if one in able and (is_there or one in present)],
        on_shift=_by_aptness([one for one in able if one in present], site, course),
        on_call=list(on_call_now(site, now).values_list("membership_id", flat=True)),
        directors=_directors(site),
        everybody=able,
        is_open=is_open_at(site, now),
    )


def on_call_now(site: Site, now: datetime) -> QuerySet[OnCall]:
    """Who is on call for the site at that moment, the latest begun first."""
    rows = OnCall.objects.filter(
        site=site, starts_at__lte=now, ends_at__gt=now, membership__is_active=True
    )
    return rows.order_by("-starts_at", "pk")


def may_answer(site: Site) -> QuerySet[Membership]:
    """The people who may answer alerts at the site, by name."""
    people = Membership.objects.active().filter(
        kind=Membership.Kind.PERSON,
        assignments__site=site,
        assignments__role__in=roles_with(Right.HANDLE_ALERTS),
    )
    return people.distinct().order_by("name", "pk")


def _by_aptness(members: list[UUID], site: Site, course: Course | None) -> list[UUID]:
    """Who leads the patient's course comes first, then whoever has the fewest to answer."""
    leads = {course.lead_prescriber_id, course.lead_therapist_id} if course else set()
    open_here = SafetyAlert.objects.open().filter(site=site, routed_to__in=members)
    counted = open_here.values("routed_to").annotate(many=Count("pk"))
    many = dict(counted.values_list("routed_to", "many"))
    return sorted(members, key=lambda one: (one not in leads, many.get(one, 0)))


def _directors(site: Site) -> list[UUID]:
    people = Membership.objects.with_role(Role.MEDICAL_DIRECTOR, site)
    return list(people.order_by("name", "pk").values_list("pk", flat=True))
