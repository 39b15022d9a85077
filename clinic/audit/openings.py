"""The log of opened charts: who was shown which patient's data, by which page or call."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from clinic.audit.context import Asked, asked
from clinic.identifiers import uuid7
from clinic.models import BreakGlass, ChartOpening, Membership, Patient
from clinic.tenancy import tenant

# What a page loads by and by, and what is done on it, belong to its opening; a page that stays
# open shows the chart on, so that it is noted again [dd].
ONE_LOOK = timedelta(minutes=10)

_NOTE = """
INSERT INTO clinic_chartopening (id, organization_id, patient_id, membership_id, opened_at, via,
    route, request_id, address, break_glass_id)
SELECT %(id)s, %(organization)s, %(patient)s, %(membership)s, %(at)s, %(via)s, %(route)s,
    %(request)s, %(address)s, %(glass)s
WHERE NOT EXISTS (
    SELECT FROM clinic_chartopening
    WHERE patient_id = %(patient)s AND membership_id = %(membership)s AND opened_at > %(since)s
        AND break_glass_id IS NOT DISTINCT FROM %(glass)s::uuid
        AND (%(is_piece)s OR (request_id = %(request)s AND via = %(via)s))
)
"""


def log_opening(
    member: Membership,
    patient: Patient,
    *,
    break_glass: BreakGlass | None = None,
    via: ChartOpening.Via | None = None,
) -> None:
    """Note that the answer to this request shows the patient's chart to the member.

    Every page and call is noted, once each; a piece of a page only when no opening by the same
    person was noted within `ONE_LOOK`. Outside of a request nothing is shown to anybody.
    """
    request = asked()
    if request is None:
        return
    now = timezone.now()
    values: dict[str, Any] = {
        "id": uuid7(),
        "organization": patient.organization_id,
        "patient": patient.pk,
        "membership": member.pk,
        "at": now,
        "since": now - ONE_LOOK,
        "via": via or request.via,
        "route": request.route,
        "request": request.request_id and UUID(request.request_id),
        "address": request.address,
        "glass": break_glass and break_glass.pk,
        "is_piece": request.is_piece and via is None,
    }
    request.openings.append(values)
    _note(values)


def log_refused(request: Asked) -> None:
    """Note once more what an answer that undid everything has shown all the same.

    A refusal may tell of the patient: why a visit cannot move, say. What is noted stays once.
    """
    for values in request.openings:
        with tenant(values["organization"]):
            _note(values)


def _note(values: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, values)


def log_find(member: Membership, patient: Patient) -> None:
    """Note that the member asked for the whole name on a restricted chart and was told of it.

    The route says that it was a search. Each one counts, however soon it follows another.
    """
    if request := asked():
        log_opening(member, patient, via=ChartOpening.Via(request.via))
