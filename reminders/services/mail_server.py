"""Handing letters to the mail server, and what its refusals mean."""

import smtplib
from dataclasses import dataclass
from types import TracebackType

from django.core.mail import EmailMultiAlternatives, get_connection


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a letter was not taken: a code without any address in it."""

    code: str
    # The same letter would be refused again.
    is_final: bool = False
    # The server itself is out of order: other letters would fare no better.
    is_server: bool = False


class MailServer:
    """One connection for many letters, opened with the first and again after a failure."""

    def __enter__(self) -> "MailServer":
        self._connection = get_connection()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def send(self, email: EmailMultiAlternatives) -> Refusal | None:
        """Hand the letter over; None when the server took it."""
        try:
            self._connection.open()
            self._connection.send_messages([email])
        except ValueError:
            # Django and smtplib refuse addresses and headers that cannot be written.
            return Refusal("unwritable", is_final=True)
        except (smtplib.SMTPException, OSError) as exc:
            self._connection.close()
            return refusal_of(exc)
        return None


def refusal_of(error: smtplib.SMTPException | OSError) -> Refusal:
    """What an error of the conversation means for the letter."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = max(code for code, _words in error.recipients.values())
        return Refusal(str(code), is_final=code >= 500)
    if isinstance(error, smtplib.SMTPDataError):
        return Refusal(str(error.smtp_code), is_final=error.smtp_code >= 500)
    if isinstance(error, smtplib.SMTPResponseException):
        # Refused as a client or a sender: our configuration, not this patient's address.
        return Refusal(str(error.smtp_code), is_server=True)
    return Refusal("unreachable", is_server=True)
