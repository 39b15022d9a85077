"""The Celery application; tasks live in each app's `tasks.py`."""

import os
from typing import Any

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")

app = Celery("courseline", task_cls="clinic.audit.tasks:AuditedTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.setup_logging.connect
def _keep_our_logging(**_: Any) -> None:
    """Celery leaves logging to `clinic.logs` when this signal has a receiver."""


@signals.heartbeat_sent.connect
def _worker_is_alive(**_: Any) -> None:
    from clinic.health import WORKER_SIGN, sign_of_life

    sign_of_life(WORKER_SIGN)


@signals.beat_init.connect
def _watch_beat(**_: Any) -> None:
    signals.before_task_publish.connect(_beat_is_alive, weak=False)


def _beat_is_alive(**_: Any) -> None:
    from clinic.health import BEAT_SIGN, sign_of_life

    sign_of_life(BEAT_SIGN)
