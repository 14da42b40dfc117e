"""Drivers after the first: a sale has one set of `driver_` slots, so the others wait in a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from insurance_chat.dialogue.commands import Command, SetSlot
from insurance_chat.dialogue.slots import SlotDefinition
from insurance_chat.dialogue.understanding.extractors.found import Found
from insurance_chat.dialogue.understanding.grouping import Person
from insurance_chat.dialogue.understanding.validation import check

FACTS_SLOT: Final = "more_drivers_facts"
ASKED_SLOT: Final = "add_driver"
_UNNAMED = "?"  # «мои права …, жена Петрова …»: the first licence is of somebody known otherwise
_FIELDS = {
    "full_name": "driver_full_name",
    "birth_date": "driver_birth_date",
    "license": "driver_license",
    "experience": "driver_experience_start",
}


def same_name(left: object, right: object) -> bool:
    """Names compare without case and yo."""
    plain = [str(name).lower().replace("ё", "е").split() for name in (left, right)]
    return plain[0] == plain[1]


def waiting_drivers(
    drivers: Sequence[Person], known: Mapping[str, Any], expected: Sequence[str], owner_drives: bool
) -> list[Person]:
    """Those of `drivers` whom the `driver_` slots neither hold nor ask about."""
    taken = None
    if "driver_full_name" not in expected:
        taken = known.get("driver_full_name")
    if taken is None and (owner_drives or known.get("driver_is_owner") is True):
        taken = known.get("owner_full_name")
    waiting = []
    for person in drivers:
        if person.name is None:
            taken = taken or _UNNAMED
            continue
        if taken is None or same_name(taken, person.name):
            taken = person.name
        else:
            waiting.append(person)
    return waiting


def commands_for(
    waiting: Sequence[Person],
    type_of: Callable[[Found], str | None],
    slots: Mapping[str, SlotDefinition],
    known: Mapping[str, Any],
    today: date,
    asked: bool,
) -> list[Command]:
    """`add_driver` and the list of those whose name and licence are told and right.

    The value of `more_drivers_facts` is a list of mappings with full_name, license and, where they
    were told, birth_date and experience_start (ISO dates). Earlier entries of the list stay.
    `asked`: the client was asked for another driver, so that a name alone is a yes.
    """
    if FACTS_SLOT not in slots or not waiting:
        return []
    yes: list[Command] = [SetSlot(slot=ASKED_SLOT, value=True)] if ASKED_SLOT in slots else []
    entries = [_entry(person, type_of, slots, today) for person in waiting]
    complete = [one for one in entries if {"full_name", "license"} <= one.keys()]
    before = [
        one
        for one in known.get(FACTS_SLOT) or []
        if all(one.get("license") != each["license"] for each in complete)
    ]
    if not complete:
        return yes if asked else []
    return [*yes, SetSlot(slot=FACTS_SLOT, value=[*before, *complete])]


def _entry(
    person: Person,
    type_of: Callable[[Found], str | None],
    slots: Mapping[str, SlotDefinition],
    today: date,
) -> dict[str, Any]:
    entry: dict[str, Any] = {}
    for one in person.facts:
        name = _FIELDS.get(type_of(one) or "")
        if name is None or name not in slots:
            continue
        value, problem = check(one, slots[name], today)
        if problem is None:
            entry.setdefault(name.removeprefix("driver_"), value)
    return entry
