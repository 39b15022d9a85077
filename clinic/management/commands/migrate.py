"""Django's `migrate`, after which the application's role may use what was made."""

from typing import Any

from django.core.management.commands import migrate

from clinic.walls import grant_access


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate, then grant: whoever migrates owns the tables."""
        super().handle(*args, **options)
        if not (options["plan"] or options["check_unapplied"]):
            grant_access(using=options["database"])
