"""Where the type of the printed page lies; it has letters for the names of most of the world."""

from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders

REGULAR, BOLD = "fonts/DejaVuSans.ttf", "fonts/DejaVuSans-Bold.ttf"


def font_file(name: str) -> Path:
    """The file, among what was collected for serving or where it was installed."""
    if settings.STATIC_ROOT:
        return Path(settings.STATIC_ROOT, name)
    found = finders.find(name)
    if found is None:
        raise FileNotFoundError(f"{name} is not installed: run `make run` or `npm ci`")
    return Path(found)
