"""Which backups to keep: one for each of the last days, weeks and months."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime

from insurance_chat.core.clock import MOSCOW


@dataclass(frozen=True, slots=True)
class Rules:
    """How many days, weeks and months are covered; a day is always at least one.

    `last` backups are kept whatever their day, so that one made by hand never replaces the one of the
    night before somebody has noticed what was wrong since.
    """

    daily: int = 7
    weekly: int = 4
    monthly: int = 12
    last: int = 3


def kept(moments: Iterable[datetime], rules: Rules) -> set[datetime]:
    """Choose backups to keep by the Moscow calendar; the others may be removed.

    The newest backup of each of the last days (weeks, months) that have any is kept, so a service
    that was switched off for a month loses nothing by it.

    Args:
        moments: when good backups were made, aware, in any order.
    """
    newest_first = sorted(set(moments), reverse=True)
    chosen = set(newest_first[: max(1, rules.last)])
    periods: tuple[tuple[int, Callable[[datetime], Hashable]], ...] = (
        (rules.daily, lambda local: local.date()),
        (rules.weekly, lambda local: local.isocalendar()[:2]),
        (rules.monthly, lambda local: (local.year, local.month)),
    )
    for count, period in periods:
        seen: dict[Hashable, datetime] = {}
        for moment in newest_first:
            seen.setdefault(period(moment.astimezone(MOSCOW)), moment)
        chosen.update(list(seen.values())[:count])
    return chosen
