"""Tokens for a password: asking for one, and using it."""

from typing import Any

from django.http import HttpResponse
from django.test import Client

from clinic.models import Membership
from tests import factories

PASSWORD = "a long enough pass phrase"


def worker_of(clinic: factories.Clinic) -> Membership:
    """Somebody with a password."""
    clinic.desk.user.set_password(PASSWORD)
    clinic.desk.user.save()
    return clinic.desk


def sign_in(member: Membership, **changes: Any) -> HttpResponse:
    body = {"email": member.user.email, "password": PASSWORD, "name": "Night import"}
    return Client().post("/api/v1/tokens", body | changes, content_type="application/json")


def sites(token: str) -> HttpResponse:
    return Client().get("/api/v1/sites", headers={"Authorization": f"Bearer {token}"})
