"""Reads a value for one slot out of given words, by the extractors and validators of the rules."""

from __future__ import annotations

from datetime import date
from typing import Any

from insurance_chat.dialogue.slots import SlotDefinition
from insurance_chat.dialogue.understanding import own_types
from insurance_chat.dialogue.understanding.assignment import Assignment, Targets
from insurance_chat.dialogue.understanding.extractors.answers import is_only_answer, phrase_answer
from insurance_chat.dialogue.understanding.facts import collect_facts
from insurance_chat.dialogue.understanding.near_miss import bare_value
from insurance_chat.dialogue.understanding.text import Text
from insurance_chat.dialogue.understanding.validation import Checked, check

_TRUE = frozenset({"true", "да", "yes", "1"})
_FALSE = frozenset({"false", "нет", "no", "0"})


def readings(
    words: str, slot: SlotDefinition, today: date, readers: own_types.Readers | None = None
) -> list[Checked]:
    """Every `(value, None)` or `(None, problem)` that the words hold for the slot, each once.

    Args:
        readers: of the types that products bring along.
    """
    if readers and slot.type in readers:
        return [check(one, slot, today) for one in own_types.readings(readers, words, slot, today)]
    text = Text(words)
    facts = collect_facts(text, today, {slot.type})
    # The slot is the only target, as if it had been asked for.
    assignment = Assignment(text, facts, Targets({slot.name: slot}, (slot.name,), ()), True)
    found = [one for one in facts if assignment.slot_for(one)]
    if not found:
        bare = bare_value(text, slot, today)
        found = [bare] if bare else []
    checked: list[Checked] = []
    for one in found:
        result = check(one, slot, today)
        if result not in checked:
            checked.append(result)
    return checked


def good(found: list[Checked]) -> list[Any]:
    """The values that are right."""
    return [value for value, problem in found if problem is None]


def problem(found: list[Checked]) -> str | None:
    """Why the first wrong one cannot be right."""
    return next((problem for _, problem in found if problem is not None), None)


def said_boolean(words: str, slot: SlotDefinition) -> bool | None:
    """What the words themselves say of a yes-or-no slot."""
    text = Text(words)
    phrase = phrase_answer(text, slot.yes, slot.no)
    return bool(phrase.value) if phrase else is_only_answer(text)


def meant_boolean(value: str) -> bool | None:
    """How a model writes yes and no."""
    word = value.strip().lower()
    return True if word in _TRUE else False if word in _FALSE else None
