"""Working hours of the agents: a day may hold several intervals (lunch)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta

DAYS = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")
_ACCUSATIVE = ("в понедельник", "во вторник", "в среду", "в четверг", "в пятницу", "в субботу")
_NAMES = (*_ACCUSATIVE, "в воскресенье")
_LINE = re.compile(r"([а-я]{2})(?:-([а-я]{2}))?((?:\s+\d{1,2}:\d{2}-\d{1,2}:\d{2})+)")
_SPAN = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")
WRONG = "пишите так: «пн-пт 9:00-13:00 14:00-20:00; сб 10:00-16:00»"


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """A week of Moscow time; an empty schedule means day and night.

    Args:
        days: for each day from Monday, intervals `(from, until)`.
    """

    days: tuple[tuple[tuple[time, time], ...], ...] = ()

    @classmethod
    def parse(cls, text: str) -> WorkingHours:
        """Read a schedule as the administrator writes it.

        Raises:
            ValueError: the text cannot be read; the message is for the administrator.
        """
        week: list[list[tuple[time, time]]] = [[] for _ in DAYS]
        parts = [part.strip().lower() for part in text.split(";") if part.strip()]
        for part in parts:
            found = _LINE.fullmatch(part)
            if found is None or not {found[1], found[2] or found[1]} <= set(DAYS):
                raise ValueError(WRONG)
            first, last = DAYS.index(found[1]), DAYS.index(found[2] or found[1])
            if last < first:
                raise ValueError(WRONG)
            for day in range(first, last + 1):
                week[day] += [_span(*span) for span in _SPAN.findall(found[3])]
        return cls(tuple(tuple(sorted(day)) for day in week) if parts else ())

    def open_at(self, moment: datetime) -> bool:
        """Whether agents work at a moment of Moscow time."""
        if not self.days:
            return True
        clock = moment.time()
        return any(start <= clock < end for start, end in self.days[moment.weekday()])

    def next_opening(self, moment: datetime) -> datetime | None:
        """When agents are back, in Moscow time; None when they are here or never come."""
        if self.open_at(moment):
            return None
        for ahead in range(8):
            day = moment + timedelta(days=ahead)
            for start, _ in self.days[day.weekday()]:
                opens = day.replace(hour=start.hour, minute=start.minute, second=0, microsecond=0)
                if opens > moment:
                    return opens
        return None

    def told(self, moment: datetime) -> str | None:
        """When agents are back, in words: «сегодня в 14:00»; None when they are here."""
        opens = self.next_opening(moment)
        if opens is None:
            return None
        days = (opens.date() - moment.date()).days
        day = {0: "сегодня", 1: "завтра"}.get(days, _NAMES[opens.weekday()])
        return f"{day} в {opens:%H:%M} по московскому времени"


def _span(*numbers: str) -> tuple[time, time]:
    hours, minutes, until_hours, until_minutes = (int(number) for number in numbers)
    try:
        start = time(hours, minutes)
        end = time.max if until_hours == 24 else time(until_hours, until_minutes)
    except ValueError as wrong:
        raise ValueError(WRONG) from wrong
    if end <= start:
        raise ValueError(WRONG)
    return start, end
