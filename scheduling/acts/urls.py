"""Addresses of what is done to a course."""

from django.urls import path

from scheduling.acts.table import DEEDS
from scheduling.acts.views import page_of

# What a course's page calls them in its address.
SLUGS = {
    "more": "more-doses",
    "elsewhere": "doses/elsewhere",
    "not_elsewhere": "doses/withdraw",
    "beyond_cap": "doses/beyond-cap",
    "unprepared": "doses/unprepared",
    "confirm": "doses/confirm",
}

urlpatterns = [
    path(f"courses/<uuid:course_id>/{SLUGS.get(name, name)}/", page_of(deed), name=f"course_{name}")
    for name, deed in DEEDS.items()
]
