"""Every task's changes say which task made them."""

from typing import Any

import pghistory
from celery import Task


class AuditedTask(Task):  # type: ignore[type-arg]  # the stub takes arguments, the class none
    """The base of all tasks."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run, and be named by what it changes."""
        with pghistory.context(via="task", task=self.name, task_id=self.request.id):
            return self.run(*args, **kwargs)
