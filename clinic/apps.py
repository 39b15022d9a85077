from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ClinicConfig(AppConfig):
    name = "clinic"
    verbose_name = "Clinic"

    def ready(self) -> None:
        """Grants follow every migration."""
        from clinic.walls import grant_access

        post_migrate.connect(grant_access, sender=self)
