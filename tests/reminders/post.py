"""A real mail server on a thread, whose replies a test decides, and how to change a visit."""

import asyncio
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

from aiosmtpd.smtp import SMTP, Envelope
from django.db import transaction

from reminders.services import announce_cancellation, announce_move
from scheduling.models import Reservation
from sessions.models import Session


def send_through(url: str, settings: Any) -> None:
    """Let Django send through this server."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = urlsplit(url).hostname, urlsplit(url).port


class ScriptedServer:
    """Keeps what it accepts; `to_recipient` and `to_content` are its replies."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.conversations = 0
        self.to_recipient = self.to_content = "250 fine"
        self.arrived, self.may_reply = Event(), Event()
        self.may_reply.set()
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None

    def __enter__(self) -> "ScriptedServer":
        listen = self._loop.create_server(self._conversation, "127.0.0.1", 0)
        self._server = self._loop.run_until_complete(listen)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"smtp://127.0.0.1:{self.port}"
        self._thread = Thread(target=self._loop.run_forever)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.may_reply.set()
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        assert self._server
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._loop.shutdown_default_executor()

    def _conversation(self) -> SMTP:
        self.conversations += 1
        return SMTP(self, loop=self._loop)

    async def handle_RCPT(
        self, _server: SMTP, _session: object, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.to_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.to_recipient

    async def handle_DATA(self, _server: SMTP, _session: object, envelope: Envelope) -> str:
        if self.to_content.startswith("250"):
            parse = BytesParser(EmailMessage, policy=default).parsebytes
            self.taken.append(parse(bytes(envelope.content or b"")))
        self.arrived.set()
        await self._loop.run_in_executor(None, self.may_reply.wait)
        return self.to_content


@transaction.atomic
def move(visit: Session, starts_at: datetime, *, now: datetime, tell_old: bool = True) -> Session:
    """Move a visit as the scheduling service does, and announce it."""
    old, length = visit.starts_at, visit.ends_at - visit.starts_at
    visit.starts_at, visit.ends_at, visit.scheduled_at = starts_at, starts_at + length, now
    visit.version += 1
    visit.save()
    during = (visit.starts_at, visit.ends_at)
    Reservation.objects.filter(session=visit).update(room_during=during, patient_during=during)
    announce_move(visit=visit, now=now, moved_from=old if tell_old else None)
    return visit


@transaction.atomic
def cancel(visit: Session, *, now: datetime) -> Session:
    """Cancel a visit as the scheduling service does, and announce it."""
    visit.status, visit.cancelled_at = Session.Status.CANCELLED, now
    visit.version += 1
    visit.save()
    Reservation.objects.filter(session=visit).delete()
    announce_cancellation(visits=[visit], now=now)
    return visit


def part_of(mail: EmailMessage, kind: str) -> str:
    """The content of the first part of that kind."""
    part = next(part for part in mail.walk() if part.get_content_type() == kind)
    return str(part.get_content())


LATER = timedelta(seconds=1)
