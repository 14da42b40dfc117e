"""When a daily backup is due, when to try again, when to raise the alarm."""

from __future__ import annotations

from datetime import datetime, timedelta

from insurance_chat.core.clock import MOSCOW

QUICK_TRIES = 3
QUICK_WAIT = timedelta(minutes=10)
SLOW_WAIT = timedelta(hours=1)
PATIENCE = timedelta(hours=2)


def last_due(now: datetime, hour: int) -> datetime:
    """The last moment when a backup should have begun.

    Args:
        now: aware.
        hour: 0 to 23 on the Moscow clock.
    """
    local = now.astimezone(MOSCOW)
    due = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    return due if due <= local else due - timedelta(days=1)


def wanted_now(
    now: datetime, due: datetime, last_good: datetime | None, failures: list[datetime]
) -> bool:
    """Whether to begin a daily backup now; one that was missed while the service was off is made up.

    Three tries ten minutes apart, then one every hour until it works.

    Args:
        due: from `last_due`.
        last_good: when the last good backup began.
        failures: when failed tries since `due` ended, in any order.
    """
    if last_good is not None and last_good >= due:
        return False
    if not failures:
        return True
    wait = QUICK_WAIT if len(failures) < QUICK_TRIES else SLOW_WAIT
    return now - max(failures) >= wait


def alarming(
    now: datetime, due: datetime, last_good: datetime | None, failures: list[datetime]
) -> bool:
    """Whether people must be told: the tries ran out, or the backup is two hours late."""
    if last_good is not None and last_good >= due:
        return False
    return len(failures) >= QUICK_TRIES or now - due >= PATIENCE
