"""`manage.py install_protocols`: the shipped protocols for every organisation."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from clinic.models import Organization
from clinic.tenancy import organization_ids, tenant
from courses.services import install_protocols


class Command(BaseCommand):
    help = (
        "Give every organisation the shipped protocols that it lacks, and the newest content of "
        "those that nobody there has signed or changed. After each upgrade; harmless to repeat."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Install, organisation by organisation, and print how many versions were new."""
        for organization_id in organization_ids():
            with tenant(organization_id):
                organization = Organization.objects.get(pk=organization_id)
                new = install_protocols(organization=organization, now=timezone.now())
            if new:
                codes = ", ".join(version.protocol.code for version in new)
                self.stdout.write(f"{organization_id}: {codes}")
