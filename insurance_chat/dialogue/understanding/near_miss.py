"""Answers to a direct question that only make sense because the question was asked."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from insurance_chat.dialogue.slots import SlotDefinition
from insurance_chat.dialogue.understanding.extractors.amounts import find_integers, tidy
from insurance_chat.dialogue.understanding.extractors.dates import add_months, full_year
from insurance_chat.dialogue.understanding.extractors.found import Found
from insurance_chat.dialogue.understanding.extractors.plate import iterate_candidates
from insurance_chat.dialogue.understanding.text import Text
from insurance_chat.dialogue.understanding.vocabulary import listed

BARE_TYPES = frozenset({"integer", "power", "months", "experience"})
_DOCUMENTS = {"passport": (10, 10), "license": (10, 10), "vehicle_document": (10, 15)}
_ABSENT = re.compile(
    r"(?<![а-я])(?:нет|нету|без|отсутству\w+|не получил\w?|еще не|пока не)(?![а-я])"
)
NO_PLATE = re.compile(
    r"(?:номеров|номера|госномера|номер|знаков)(?: \w+){0,2} (?:нет|нету|(?:не|нет|ни|пока|еще|будут|будет)(?: \w+)? (?:получ\w+|выдал\w+|дали|присвоен\w*|присвоил\w*|поставил\w*|получен\w*|позже|потом)|не получ\w+)|(?:нет|нету|без|не получ\w+|еще не получил\w*|пока нет)(?: \w+){0,2} (?:номеров|номера|госномера|знаков)|(?:не получ\w+|нету?|без|не дали|не выдали)(?: \w+){0,2} номер\w*|не на учете|не (?:поставлен\w?|поставил\w?|ставил\w?|стоит|состоит)(?: \w+)? на учет\w?|только (?:что )?(?:купил\w?|из салона)|(?:из|с) салона|на транзит\w*"
)
_DECIMAL = re.compile(r"(?<![0-9a-zа-я.,])\d{1,4}[.,]\d{1,2}(?![0-9a-zа-я.,])")


def bare_value(text: Text, slot: SlotDefinition, today: date) -> Found | None:
    """A single number that answers a question about a year, power, months or experience."""
    if slot.type == "power":
        decimal = _DECIMAL.search(text.flat)
        if decimal:
            return Found("power", *decimal.span(), tidy(float(decimal.group().replace(",", "."))))
    numbers = find_integers(text)
    if len(numbers) != 1 or slot.type not in BARE_TYPES:
        return None
    one = numbers[0]
    value: Any = int(one.value)
    if slot.type == "experience":
        if value >= 100:
            return (
                None
                if not 1940 <= value <= today.year
                else _found(one, min(date(value, 12, 31), today))
            )
        return _found(one, add_months(today, -12 * value))
    if slot.type == "integer" and value < 100 and (slot.minimum or 0) >= 1900:
        value = full_year(f"{value:02d}", today)
    return _found(one, value)


def _found(one: Found, value: Any) -> Found:
    return Found(one.kind, one.start, one.end, value)


def problem_of(text: Text, slot: SlotDefinition) -> str | None:
    """Why the words look like a failed answer about a slot; None when they look like something else.

    Problems: `plate_absent`, `not_known`, `plate_format`, `vin_length`, `passport_length`,
    `license_length`, `vehicle_document_length`, `phone_length`, `email_format`, `date_incomplete`,
    `full_name_incomplete`, `address_house`, `car_unknown`.
    """
    if slot.type == "plate" and NO_PLATE.search(text.flat):
        return "plate_absent"
    if listed("unknown_value").search(text.flat):
        return "not_known"
    if slot.type not in {"boolean", "choice"} and len(text.flat) < 40 and _ABSENT.search(text.flat):
        return "not_known"
    if len(text.flat) > 120:
        return None
    return _malformed(text, slot)


def _malformed(text: Text, slot: SlotDefinition) -> str | None:
    digits = len(re.findall(r"\d", text.flat))
    words = re.findall(r"[a-zа-я]+", text.flat)
    if slot.type in {"plate", "vin"}:
        tries = any(end - start >= 4 for start, end in iterate_candidates(text)) or digits >= 3
        return {"plate": "plate_format", "vin": "vin_length"}[slot.type] if tries else None
    if slot.type in _DOCUMENTS:
        return f"{slot.type}_length" if digits >= 4 else None
    if slot.type == "phone":
        return "phone_length" if digits >= 5 else None
    if slot.type == "email":
        return (
            "email_format"
            if re.search(r"[a-z0-9]\.(?:ru|com|net|org|рф|su)|@|собак", text.flat)
            else None
        )
    if slot.type in {"birth_date", "date", "experience"}:
        return "date_incomplete" if digits else None
    if slot.type == "full_name":
        return (
            "full_name_incomplete" if len(words) == 1 and not digits and len(words[0]) > 2 else None
        )
    if slot.type == "address":
        return "address_house" if digits or len(words) <= 4 else None
    return "car_unknown" if slot.type == "make_model" and len(words) <= 3 and words else None
