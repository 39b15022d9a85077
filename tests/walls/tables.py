"""The tables that hold organisations' rows."""

from django.apps import apps
from django.db.models import Model


def models_of_organizations() -> list[type[Model]]:
    """Every model whose rows name an organisation, histories too."""
    return [
        model
        for model in apps.get_models()
        if any(field.column == "organization_id" for field in model._meta.fields)
    ]
