"""E-mails that a safety alert awaits somebody: no name, score or drug in them, only where to look.

A notice is claimed by one conditional update, sent with no transaction open, then marked. Whatever
was not sent stays and is found by the sweep; the inbox shows the alert all the while.
"""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F, Q
from django.urls import reverse

from clinic.mail import LetterNotTaken, hand_over, letter_from
from clinic.tenancy import organization_ids, tenant
from courses.alerts.telling import note
from courses.models import AlertEvent, AlertNotice

log = structlog.get_logger("courseline.alerts")

LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 500
BATCH = 20
SUBJECT = "A safety alert awaits you in Courseline"


def send_waiting(*, now: datetime) -> int:
    """Send every organisation's waiting notices; how many were sent."""
    return sum(send_notices(organization_id=one, now=now) for one in organization_ids())


def send_notices(*, organization_id: UUID, now: datetime) -> int:
    """Send an organisation's waiting notices, each by one worker; how many were sent."""
    sent = 0
    for notice in _claim(organization_id, now):
        try:
            hand_over(_letter(notice))
        except LetterNotTaken as exc:
            log.warning("notice not sent", kind=str(exc))
            if exc.others_may_go:
                continue
            break
        with tenant(organization_id):
            AlertNotice.objects.filter(pk=notice.pk).update(sent_at=now, claimed_until=None)
            note(notice.alert, AlertEvent.Kind.NOTIFIED, now=now, to=notice.to)
        sent += 1
    return sent


def _claim(organization_id: UUID, now: datetime) -> list[AlertNotice]:
    with tenant(organization_id):
        free = AlertNotice.objects.filter(
            Q(claimed_until=None) | Q(claimed_until__lte=now),
            organization_id=organization_id,
            sent_at=None,
            attempts__lt=MOST_ATTEMPTS,
            alert__closed_at=None,
            to__is_active=True,
            to__user__is_active=True,
        )
        rows = free.select_for_update(skip_locked=True, of=("self",))
        related = rows.select_related("to__user", "alert", "organization")
        # Whoever's address is refused waits behind those who were not tried as often.
        taken = list(related.order_by("attempts", "pk")[:BATCH])
        AlertNotice.objects.filter(pk__in=[notice.pk for notice in taken]).update(
            claimed_until=now + LEASE, attempts=F("attempts") + 1
        )
    return taken


def _letter(notice: AlertNotice) -> EmailMessage:
    link = f"{settings.BASE_URL}{reverse('courses:alert', args=[notice.alert_id])}"
    return letter_from(
        notice.organization,
        to=notice.to.user.email if notice.to.user else "",
        subject=SUBJECT,
        text="alerts/mail/notice.txt",
        context={"name": notice.to.name, "link": link},
    )
