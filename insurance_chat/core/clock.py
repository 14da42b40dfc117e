"""One place to ask what time it is; Moscow is the calendar of policies and reminders."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

MOSCOW = ZoneInfo("Europe/Moscow")
#: Months as they stand after a day: «1 января»; January comes first.
MONTHS = (
    "января", "февраля", "марта", "апреля", "мая", "июня",
    "июля", "августа", "сентября", "октября", "ноября", "декабря",
)  # fmt: skip


def utcnow() -> datetime:
    """Current moment, aware, UTC."""
    return datetime.now(UTC)


def moscow_now() -> datetime:
    """Current moment on the Moscow clock, aware."""
    return datetime.now(MOSCOW)


def moscow_today() -> date:
    """Calendar date in Moscow, the date that contracts are counted from."""
    return moscow_now().date()


def format_date(value: date) -> str:
    """Russian short date, `21.11.2026`."""
    return value.strftime("%d.%m.%Y")
