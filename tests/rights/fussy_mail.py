"""A mail server that refuses one address, and takes every letter to others."""

import smtplib

from django.core.mail.backends.locmem import EmailBackend

REFUSED = "refused@example.com"


class Fussy(EmailBackend):
    def send_messages(self, email_messages):
        for letter in email_messages:
            if REFUSED in letter.to:
                raise smtplib.SMTPRecipientsRefused({REFUSED: (550, b"no such mailbox")})
        return super().send_messages(email_messages)
