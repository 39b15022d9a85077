"""The Django project, and the app for organisations, places, people and patients."""

from clinic.celery import app as celery_app

VERSION = "0.1.0"

__all__ = ["VERSION", "celery_app"]
