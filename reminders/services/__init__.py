"""What the reminders do: rules, announcements, delivery."""

from reminders.services.announcing import (
    Told,
    announce_booking,
    announce_cancellation,
    announce_change,
    announce_move,
    withdraw_all_reminders,
    withdraw_reminders,
)
from reminders.services.delivery import deliver, deliver_due
from reminders.services.installing import install_rules

__all__ = [
    "Told",
    "announce_booking",
    "announce_cancellation",
    "announce_change",
    "announce_move",
    "deliver",
    "deliver_due",
    "install_rules",
    "withdraw_all_reminders",
    "withdraw_reminders",
]
