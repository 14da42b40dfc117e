"""One way to count full years, for ages and for driving experience."""

from __future__ import annotations

from datetime import date

from insurance_chat.core.errors import invalid


def full_years(born: date, on: date) -> int:
    """Full years from `born` to `on`; 29 February counts on 1 March of a common year.

    Raises:
        ServiceError: `date_in_future` when `born` is later than `on`.
    """
    if born > on:
        raise invalid("date_in_future", "Дата не может быть позже даты начала полиса.")
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
