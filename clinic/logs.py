"""Logging: one JSON line per event on standard error, ids only.

Whoever logs, `clinic.masking` decides what of it is written. An error is told by its kind, its
codes and the places in the code that it went through, never by its message.
"""

import logging
import logging.config
import sys
import threading
import warnings
from collections.abc import Iterator
from types import TracebackType
from typing import Any

import structlog

from clinic.masking import described, masked_event, said_by_others

log = structlog.get_logger("courseline")

Event = structlog.typing.EventDict
_MOST_ERRORS = 8
_MOST_PLACES = 40


class JsonFormatter(structlog.stdlib.ProcessorFormatter):
    """One line per record; a library's values are masked before they become part of its text."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line of JSON."""
        if not hasattr(record, "_logger"):  # not one of our own events
            said = said_by_others(record.msg, record.args, _error_of(record.exc_info))
            record = logging.makeLogRecord(record.__dict__ | {"msg": said, "args": ()})
        return super().format(record)


def _error_without_message(logger: Any, method: str, event: Event) -> Event:
    """The event with its error as kinds and places, in place of Python's own traceback."""
    asked = event.pop("exc_info", None)
    error = _error_of(asked)
    if error is not None:
        event["exception"] = list(_told(error))
    return event


def _error_of(asked: object) -> BaseException | None:
    if isinstance(asked, BaseException):
        return asked
    if isinstance(asked, tuple):
        return asked[1] if len(asked) > 1 and isinstance(asked[1], BaseException) else None
    return sys.exc_info()[1] if asked else None


def _told(error: BaseException | None) -> Iterator[dict[str, Any]]:
    """Each error of a chain, the last one first: what it was and where."""
    for _ in range(_MOST_ERRORS):
        if error is None:
            return
        yield {"kind": described(error), "at": [*_places(error.__traceback__)][-_MOST_PLACES:]}
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _places(trace: TracebackType | None) -> Iterator[str]:
    while trace is not None:
        code = trace.tb_frame.f_code
        yield f"{code.co_filename}:{trace.tb_lineno} {code.co_name}"
        trace = trace.tb_next


def _masked(logger: Any, method: str, event: Event) -> Event:
    """The event as it may be written; what an error went through is code, not values."""
    exception = event.pop("exception", None)
    safe = masked_event(event)
    return safe if exception is None else safe | {"exception": exception}


SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _error_without_message,
]


def configure(level: str = "INFO") -> None:
    """Send the standard library's logging and structlog's to one JSON formatter."""
    passed_on: dict[str, Any] = {"handlers": [], "propagate": True}
    silent: dict[str, Any] = {"handlers": [], "propagate": False}
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "json": {
                    "()": JsonFormatter,
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        _masked,
                        structlog.processors.JSONRenderer(),
                    ],
                    "foreign_pre_chain": SHARED,
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
            "root": {"handlers": ["stderr"], "level": level},
            # The web server and Django's development server would write whole addresses.
            "loggers": {
                "gunicorn.error": passed_on,
                "gunicorn.access": silent,
                "django.server": silent,
            },
        }
    )
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    _say_the_rest_here_too()


def _say_the_rest_here_too() -> None:
    """Python itself would print values: of a record that it cannot format, a warning, a thread."""
    logging.raiseExceptions = False
    warnings.showwarning = _show_warning  # type: ignore[assignment]  # its last two are `_`
    threading.excepthook = _thread_died


def _show_warning(
    message: Warning | str, category: type[Warning], filename: str, lineno: int, *_: Any
) -> None:
    log.warning("warning", kind=category.__name__, at=f"{filename}:{lineno}")


def _thread_died(args: threading.ExceptHookArgs) -> None:
    log.error("thread died", exc_info=args.exc_value)
