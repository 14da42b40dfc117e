"""What code adds to a model's commands: strong facts that it missed and what follows from facts."""

from __future__ import annotations

from collections.abc import Sequence

from insurance_chat.dialogue.commands import (
    CancelFlow,
    Command,
    RejectSlot,
    RequestHuman,
    SetSlot,
    StartFlow,
)
from insurance_chat.dialogue.understanding.llm.scope import STRUCTURED
from insurance_chat.dialogue.understanding.more_drivers import ASKED_SLOT
from insurance_chat.dialogue.understanding.myself import same_person
from insurance_chat.dialogue.understanding.patience import patient
from insurance_chat.dialogue.understanding.reading import Reading

_STRONG = frozenset({"plate", "vin", "phone", "email"})
_DRIVER = "driver_"


def completed(
    taken: Sequence[Command], ruled: Sequence[Command], reading: Reading
) -> list[Command]:
    """The commands that were taken, completed by what the rules know for sure.

    Plates, VIN, phones and e-mails have a form that leaves no doubt; values copied from what is
    known («адрес тот же») and lists of drivers are put together by code only.
    """
    turn = reading.turn
    commands = _drivers_by_rules(taken, ruled, reading)
    if not any(isinstance(one, CancelFlow | RequestHuman) for one in commands):
        commands += _missed(commands, ruled, reading)
        commands += _implied_start(commands, ruled, reading)
    commands = same_person(commands, reading.view)
    return patient(commands, turn.slots, turn.state.slots, reading.expected)


def _missed(
    commands: Sequence[Command], ruled: Sequence[Command], reading: Reading
) -> list[Command]:
    slots, known = reading.turn.slots, list(reading.state.slots.values())
    told = {one.slot for one in commands if isinstance(one, SetSlot | RejectSlot)}
    used = [one.value for one in commands if isinstance(one, SetSlot)]
    missed: list[Command] = []
    for one in ruled:
        if not isinstance(one, SetSlot | RejectSlot) or one.slot in told or one.slot not in slots:
            continue
        strong = slots[one.slot].type in _STRONG
        if isinstance(one, RejectSlot):
            missed += [one] if strong and one.slot in reading.expected else []
        elif one.value not in used:
            copied = isinstance(one.value, str | dict) and one.value in known
            missed += [one] if strong or copied else []
    return missed


def _implied_start(
    commands: Sequence[Command], ruled: Sequence[Command], reading: Reading
) -> list[Command]:
    """A plate sent out of the blue starts the flow that the rules would start."""
    facts = any(isinstance(one, SetSlot | RejectSlot) for one in commands)
    if reading.state.runs or not facts or any(isinstance(one, StartFlow) for one in commands):
        return []
    return [one for one in ruled if isinstance(one, StartFlow)]


def _drivers_by_rules(
    taken: Sequence[Command], ruled: Sequence[Command], reading: Reading
) -> list[Command]:
    """Several drivers in one message: who is who is sorted out by the rules for all of them."""
    slots = reading.turn.slots
    listed = any(
        isinstance(one, SetSlot) and one.slot in slots and slots[one.slot].type == STRUCTURED
        for one in ruled
    )
    if not listed:
        return list(taken)

    def of_drivers(one: Command) -> bool:
        if not isinstance(one, SetSlot | RejectSlot) or one.slot not in slots:
            return False
        named = one.slot.startswith(_DRIVER) or one.slot == ASKED_SLOT
        return named or slots[one.slot].type == STRUCTURED

    return [one for one in taken if not of_drivers(one)] + [one for one in ruled if of_drivers(one)]
