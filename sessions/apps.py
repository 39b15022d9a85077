from django.apps import AppConfig


class TreatmentSessionsConfig(AppConfig):
    name = "sessions"
    label = "treatment_sessions"  # "sessions" belongs to django.contrib.sessions
    verbose_name = "Treatment sessions"
