"""A mail server that takes nothing."""

import smtplib

from django.core.mail.backends.base import BaseEmailBackend


class Dead(BaseEmailBackend):
    def send_messages(self, email_messages):
        raise smtplib.SMTPServerDisconnected("gone")
