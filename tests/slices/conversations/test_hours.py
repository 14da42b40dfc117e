"""When agents work: several intervals a day, in Moscow time."""

from __future__ import annotations

from datetime import datetime

import pytest

from insurance_chat.conversations.handover.hours import WorkingHours
from insurance_chat.core.clock import MOSCOW

WEEK = WorkingHours.parse("пн-пт 9:00-13:00 14:00-20:00; сб 10:00-16:00")
FRIDAY = datetime(2026, 11, 20, tzinfo=MOSCOW)


@pytest.mark.parametrize(
    ("hour", "minute", "open_now"),
    [(8, 59, False), (9, 0, True), (12, 59, True), (13, 30, False), (14, 0, True), (20, 0, False)],
)
def test_lunch_and_night_are_closed(hour: int, minute: int, open_now: bool) -> None:
    assert WEEK.open_at(FRIDAY.replace(hour=hour, minute=minute)) is open_now


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        (FRIDAY.replace(hour=13, minute=10), "сегодня в 14:00 по московскому времени"),
        (FRIDAY.replace(hour=21), "завтра в 10:00 по московскому времени"),
        (FRIDAY.replace(day=21, hour=17), "в понедельник в 09:00 по московскому времени"),
        (FRIDAY.replace(hour=10), None),
    ],
)
def test_the_next_opening_is_told_in_words(moment: datetime, told: str | None) -> None:
    assert WEEK.told(moment) == told


def test_no_schedule_means_day_and_night() -> None:
    assert WorkingHours.parse("").open_at(FRIDAY.replace(hour=3))
    assert WorkingHours.parse("").told(FRIDAY) is None


def test_a_day_may_end_at_midnight() -> None:
    assert WorkingHours.parse("вс 0:00-24:00").open_at(FRIDAY.replace(day=22, hour=23, minute=59))


@pytest.mark.parametrize(
    "text", ["каждый день", "пн 9-18", "пн 18:00-9:00", "пн-ой 9:00-18:00", "пн 9:00-25:00"]
)
def test_a_schedule_that_cannot_be_read_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="пишите так"):
        WorkingHours.parse(text)
