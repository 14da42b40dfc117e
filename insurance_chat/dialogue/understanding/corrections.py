"""«нет, год 2018», «не 123, а 132 лс», «номер не тот»: what the client takes back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from insurance_chat.dialogue.slots import SlotDefinition
from insurance_chat.dialogue.understanding.assignment import slots_named, value_in_words
from insurance_chat.dialogue.understanding.extractors.found import Found
from insurance_chat.dialogue.understanding.text import Text
from insurance_chat.dialogue.understanding.vocabulary import listed

_NOT_BUT = re.compile(r"(?<![а-я])не (?P<old>[^,\n]{1,60}?),? а (?P<new>[^,\n]{1,80})")
_BUT_NOT = re.compile(r"(?P<new>[^,\n]{1,60}),? а не (?P<old>[^,\n]{1,60})")
_NEAR = 25


def is_correction(text: Text) -> bool:
    """Words such as «ошибся», «неправильно», «точнее», «нет» are there."""
    return bool(listed("corrections").search(text.flat) or _NOT_BUT.search(text.flat))


def rejected_spans(text: Text) -> list[tuple[int, int]]:
    """Where the client repeats the wrong value: «не 123» in «не 123, а 132»."""
    patterns = (_BUT_NOT,) if _BUT_NOT.search(text.flat) else (_NOT_BUT,)
    return [match.span("old") for pattern in patterns for match in pattern.finditer(text.flat)]


def replaced_slot(
    text: Text, filled: Mapping[str, Any], slots: Mapping[str, SlotDefinition]
) -> tuple[SlotDefinition, str] | None:
    """«не 2015, а 2016» without a label: the known slot that has the old value, and the new words."""
    for pattern in (_BUT_NOT, _NOT_BUT):
        match = pattern.search(text.flat)
        if match is None:
            continue
        old = value_in_words(match["old"])
        for name, value in filled.items():
            if name in slots and old and value_in_words(value) == old:
                return slots[name], match["new"]
    return None


def cleared_slots(
    text: Text,
    filled: Mapping[str, Any],
    slots: Mapping[str, SlotDefinition],
    facts: Sequence[Found],
) -> Iterator[SlotDefinition]:
    """Known slots that are named next to «не тот», «неправильный», «изменить», with no new value."""
    wrong = [match.span() for match in listed("wrong_value").finditer(text.flat)]
    if not wrong:
        return
    seen: set[str] = set()
    for start, end, slot in slots_named(
        text, {name: slots[name] for name in filled if name in slots}
    ):
        near = any(0 <= first - end <= _NEAR or 0 <= start - last <= _NEAR for first, last in wrong)
        told = any(0 <= one.start - end <= 40 for one in facts)
        if near and not told and slot.name not in seen and not seen:
            seen.add(slot.name)
            yield slot
