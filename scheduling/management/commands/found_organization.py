"""`manage.py found_organization`: a clinic's organisation, from one file."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from clinic.founding import found_organization, read_organization
from clinic.founding_file import FoundingRefused
from clinic.invitations import password_link
from clinic.models import Membership, Organization, Room, Site, User
from courses.models import ProtocolVersion
from courses.services import install_protocols
from reminders.services import install_rules
from scheduling.shortfalls import shortfalls

REFUSED = 2
# Patients' letters go out under the sender's name: it may not say what they are treated for.
TELLING = ("ketamin", "spravato", "infusion", "psych", "depress", "mental")


class Command(BaseCommand):
    help = (
        "Make an organisation with its sites, rooms, people and protocols from a JSON file (see "
        "docs/organization.example.json), and print a link for each account to choose a password."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="the file to read, or - for the standard input")

    def handle(self, *args: Any, file: str, **options: Any) -> None:
        """Make all of it or nothing; exit code 2 with every fault where the file will not do."""
        try:
            organization = _found(_text(file))
        except FoundingRefused as exc:
            self.stderr.write(str(exc))
            raise SystemExit(REFUSED) from exc
        for line in (*_summary(organization), *_warnings(organization), *_links(organization)):
            self.stdout.write(line)


def _text(file: str) -> str:
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return data.decode("utf-8-sig")
    except OSError as exc:
        raise FoundingRefused([f"{file}: cannot be read: {exc.strerror}"]) from exc
    except UnicodeDecodeError as exc:
        raise FoundingRefused([f"{file}: is not UTF-8 text"]) from exc


@transaction.atomic
def _found(text: str) -> Organization:
    organization = found_organization(founding=read_organization(text))
    install_protocols(organization=organization, now=timezone.now())
    install_rules(organization=organization)
    return organization


def _summary(organization: Organization) -> Iterator[str]:
    yield f"{organization} is founded."
    for site in Site.objects.filter(organization=organization).order_by("name", "pk"):
        rooms = Room.objects.filter(site=site).count()
        people = Membership.objects.filter(assignments__site=site).distinct().count()
        yield f"  {site}: rooms {rooms}, people {people}, time zone {site.timezone}"


def _warnings(organization: Organization) -> Iterator[str]:
    """What is allowed, but hardly meant."""
    if any(word in organization.sender_name.lower() for word in TELLING):
        yield "Warning: the sender_name tells what patients are treated for; letters show it."
    sites = Site.objects.filter(organization=organization).order_by("name", "pk")
    versions = ProtocolVersion.objects.filter(organization=organization).order_by("protocol__code")
    for site in sites:
        for version in versions.select_related("protocol"):
            for lack in shortfalls(site=site, version=version, now=timezone.now()):
                yield f"Warning: {version.protocol.name} cannot be planned at {site}: {lack}."


def _links(organization: Organization) -> Iterator[str]:
    days = settings.PASSWORD_RESET_TIMEOUT // 86_400
    yield f"Each opens one account, once, within {days} days. Give them only to their owners:"
    accounts = User.objects.filter(memberships__organization=organization).order_by("email")
    for user in accounts:
        yield f"  {user.email}  {password_link(user)}"
    yield "Later, “Forgot your password?” on the sign-in page sends a new link by e-mail."
