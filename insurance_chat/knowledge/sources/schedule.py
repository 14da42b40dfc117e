"""When a source is looked at: simple choices, any cron expression, back-off after failures."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta

from croniter import croniter

from insurance_chat.core.clock import MOSCOW
from insurance_chat.core.errors import invalid

CHOICES = {
    "0 6 * * *": "каждый день в 6:00",
    "0 * * * *": "каждый час",
    "0 */3 * * *": "каждые 3 часа",
    "0 6 * * 1": "по понедельникам в 6:00",
    "0 6 1 * *": "первого числа каждого месяца в 6:00",
}
DAILY = "0 6 * * *"
SHORTEST = timedelta(minutes=15)
FIRST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=12)
_LOOKED_AT = 50


def next_look(cron: str, now: datetime) -> datetime:
    """The next moment of a schedule, by the Moscow clock.

    Args:
        cron: five fields.
        now: aware.
    """
    found: datetime = croniter(cron, now.astimezone(MOSCOW)).get_next(datetime)
    return found


def next_try(failures: int, now: datetime, asked: timedelta | None = None) -> datetime:
    """When a site that does not answer is asked again: 5, 10, 20 minutes and so on to 12 hours.

    Args:
        failures: in a row, this one included.
        asked: what the site itself asked for (Retry-After).
    """
    doubled = FIRST_WAIT * int(2 ** min(max(failures, 1) - 1, 10))
    return now + max(min(doubled, LONGEST_WAIT), min(asked or timedelta(0), LONGEST_WAIT))


def check_cron(cron: str) -> str:
    """A schedule that may be used.

    Raises:
        ServiceError: `source_schedule` when it cannot be read or is too frequent for a guest.
    """
    cron = " ".join(cron.split())
    if len(cron.split(" ")) != 5 or len(cron) > 100 or not croniter.is_valid(cron):
        raise invalid(
            "source_schedule",
            "Расписание записывается пятью полями cron, например «0 6 * * *» — каждый день в 6:00.",
        )
    try:
        times = croniter(cron, datetime(2026, 1, 1, tzinfo=MOSCOW))
        moments = [times.get_next(datetime) for _ in range(_LOOKED_AT)]
    except (ValueError, KeyError) as never:
        raise invalid("source_schedule", "По такому расписанию дня не найти.") from never
    if min(b - a for a, b in itertools.pairwise(moments)) < SHORTEST:
        raise invalid("source_schedule", "Чаще раза в 15 минут сайты смотреть нельзя.")
    return cron


def in_words(cron: str) -> str:
    """A schedule for people."""
    return CHOICES.get(cron, f"по расписанию {cron}")
