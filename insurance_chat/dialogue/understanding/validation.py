"""Turns a found fact into the JSON value of a slot, or says why it cannot be right."""

from __future__ import annotations

from datetime import date
from typing import Any

from insurance_chat.dialogue.slots import SlotDefinition
from insurance_chat.dialogue.understanding.extractors.amounts import tidy
from insurance_chat.dialogue.understanding.extractors.found import Found
from insurance_chat.dialogue.understanding.extractors.places import Place

Checked = tuple[Any, str | None]
_FARTHEST_START = 366  # days
_OLDEST = 110  # years


def full_years(born: date, today: date) -> int:
    """Age in full years on a day."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def check(one: Found, slot: SlotDefinition, today: date) -> Checked:
    """`(value, None)` or `(None, problem)` for a slot of a fitting type."""
    if one.problem:
        return None, one.problem
    value = one.value
    if isinstance(value, date):
        return _check_date(value, slot, today)
    if isinstance(value, Place):
        return value.title, None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _check_number(value, slot)
    if slot.type == "vehicle_document" and isinstance(value, str):
        # with letters it may be an STS or a PTS: only the client knows
        return (
            ({"type": "sts", "number": value}, None) if value.isdigit() else (None, "document_type")
        )
    return value, None


def _check_number(value: float, slot: SlotDefinition) -> Checked:
    low, high = slot.minimum, slot.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        return None, "out_of_range"
    return tidy(value), None


def _check_date(value: date, slot: SlotDefinition, today: date) -> Checked:
    problem = {"birth_date": _birth_problem, "experience": _past_problem, "date": _start_problem}[
        slot.type
    ]
    wrong = problem(value, slot, today)
    return (None, wrong) if wrong else (value.isoformat(), None)


def _birth_problem(value: date, slot: SlotDefinition, today: date) -> str | None:
    """`minimum` and `maximum` of a birth date are ages in full years."""
    if value > today:
        return "birth_date_future"
    low = 0 if slot.minimum is None else slot.minimum
    high = _OLDEST if slot.maximum is None else slot.maximum
    return None if low <= full_years(value, today) <= high else "birth_date_age"


def _past_problem(value: date, slot: SlotDefinition, today: date) -> str | None:
    if value > today:
        return "date_future"
    return None if full_years(value, today) < _OLDEST - 20 else "out_of_range"


def _start_problem(value: date, slot: SlotDefinition, today: date) -> str | None:
    """`maximum` of a start date is the number of days ahead."""
    if value < today:
        return "date_past"
    farthest = _FARTHEST_START if slot.maximum is None else slot.maximum
    return None if (value - today).days <= farthest else "date_far"
