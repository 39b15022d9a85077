"""Forms of this floor, and how all forms are drawn."""

from django.forms.renderers import TemplatesSetting


class CourselineRenderer(TemplatesSetting):
    """Fields with their label, help and errors in Tabler's markup."""

    field_template_name = "clinic/_field.html"
