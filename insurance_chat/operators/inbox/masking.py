"""How facts of a sale are shown to people: in words, and with personal data hidden from agents."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from insurance_chat.conversations import privacy
from insurance_chat.conversations.handover import queue
from insurance_chat.core.clock import format_date
from insurance_chat.dialogue.slots import SlotDefinition

HIDDEN = "указано, скрыто"
_DOCUMENTS = frozenset({"passport", "license", "vehicle_document"})
_LAST = 3  # characters of a document's number that stay


def shown(slot: SlotDefinition, value: Any, *, full: bool) -> str:
    """A fact in words.

    Args:
        value: JSON value of the slot.
        full: for an administrator: nothing is hidden.
    """
    words = _coded(slot, value)
    if full or not slot.sensitive:
        return words
    if slot.type in _DOCUMENTS:
        return f"••• {re.sub(r'[^0-9А-Яа-яA-Za-z]', '', words)[-_LAST:]}"
    if slot.type == "full_name":
        return queue.shown_name({"name": words}) or HIDDEN
    if slot.type == "birth_date":
        return _birth(value)
    if slot.type == "email":
        return privacy.mask_email(words)
    if slot.type == "address":
        return _place(value)
    return HIDDEN


def _coded(slot: SlotDefinition, value: Any) -> str:
    if isinstance(value, list) and slot.words:
        return ", ".join(slot.words.get(str(one), str(one)) for one in value)
    return slot.words[value] if isinstance(value, str) and value in slot.words else in_words(value)


def in_words(value: Any) -> str:
    """A JSON value as a person writes it."""
    if isinstance(value, bool):
        return "да" if value else "нет"
    if isinstance(value, str):
        return _date(value) or value
    if isinstance(value, Mapping):
        if value.get("text"):
            return str(value["text"])
        kept = [str(part) for key, part in value.items() if key != "type" and part]
        return " ".join(kept)
    if isinstance(value, list):
        return ", ".join(in_words(one) for one in value)
    return str(value)


def _date(value: str) -> str | None:
    try:
        return format_date(date.fromisoformat(value))
    except ValueError:
        return None


def _birth(value: Any) -> str:
    year = str(value)[:4]
    return f"••.••.{year}" if year.isdigit() else HIDDEN


def _place(value: Any) -> str:
    """The town or region of an address, without the street."""
    place = value.get("city") or value.get("region") if isinstance(value, Mapping) else None
    return f"{place}, дальше скрыто" if place else HIDDEN
