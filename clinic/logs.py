"""Logging: one JSON line per event on standard error, ids only."""

import logging.config
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

Event = MutableMapping[str, Any]
# PostgreSQL repeats the values of a row that it refuses.
_ROW_VALUES = re.compile(r"\nDETAIL:.*?(?=\nCONTEXT:|\n\nThe above|\n\nDuring|\Z)", re.DOTALL)

# Below /accounts/ addresses hold keys that open an account.
_KEYS = re.compile(r"(/accounts/)[^\s\"'>]+")


def _without_keys(logger: Any, method: str, event: Event) -> Event:
    """The event without the keys of addresses that Django's own lines name."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = _KEYS.sub(r"\1…", value)
    return event


def _without_values(logger: Any, method: str, event: Event) -> Event:
    """The event with a traceback that says what failed, but not on which values."""
    if "exception" in event:
        event["exception"] = _ROW_VALUES.sub("", event["exception"])
    return event


SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    _without_values,
]


def configure(level: str = "INFO") -> None:
    """Send the standard library's logging and structlog's to one JSON formatter."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "json": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        _without_keys,
                        structlog.processors.JSONRenderer(),
                    ],
                    "foreign_pre_chain": SHARED,
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
            "root": {"handlers": ["stderr"], "level": level},
            "loggers": {"django.server": {"handlers": [], "propagate": False}},
        }
    )
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
