"""The Django project, and the app for organisations, places, people and patients."""

from clinic.celery import app as celery_app

__all__ = ["celery_app"]
