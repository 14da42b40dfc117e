"""Structured logs without personal data."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog
from structlog.types import ExcInfo

from insurance_chat.core.tracebacks import plain_traceback

# Long digit groups are documents, phones or policy numbers; e-mails are contacts.
_DIGITS = re.compile(r"(?<![\w-])\+?\d[\d \-()]{8,18}\d(?![\w-])")
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_VIN = re.compile(r"(?<!\w)(?=[A-Z]*\d)[A-HJ-NPR-Z\d]{17}(?!\w)")
_PLATE = re.compile(r"(?<!\w)[АВЕКМНОРСТУХ]\d{3}[АВЕКМНОРСТУХ]{2}\d{2,3}(?!\w)", re.I)
_OWN = ("timestamp", "level")


def mask(text: str) -> str:
    """Hide e-mails, long numbers, VINs and plates in a text that goes to a log."""
    text = _EMAIL.sub("***@***", text)
    for pattern in (_VIN, _PLATE, _DIGITS):
        text = pattern.sub("***", text)
    return text


def _masked(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {mask(str(key)): _masked(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(part) for part in value]
    return mask(str(value))


def _mask_event(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if key not in _OWN:
            event[key] = _masked(value)
    return event


def _traceback(exc_info: ExcInfo) -> str:
    return plain_traceback(exc_info[1])


def configure_logging(level: str = "info", style: str = "console") -> None:
    """Set up logs of this process, of libraries too: one line an event, masked, no local variables.

    Args:
        level: of our own events; libraries speak from `warning` on.
        style: `console` for people, `json` for machines.
    """
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if style == "json"
        else structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        )
    )
    before: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.ExceptionRenderer(_traceback),
        _mask_event,
    ]
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, *before, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        cache_logger_on_first_use=True,
    )
    libraries = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=before,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    handler = logging.StreamHandler()
    handler.setFormatter(libraries)
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
