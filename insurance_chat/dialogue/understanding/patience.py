"""An address is refused once: the second answer is taken with the first, whatever is missing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from insurance_chat.dialogue.commands import ClearSlot, Command, RejectSlot, SetSlot
from insurance_chat.dialogue.slots import SlotDefinition
from insurance_chat.dialogue.understanding.extractors.loose_address import whatever_was_said
from insurance_chat.dialogue.understanding.text import Text

# memory of the dialogue, not a fact of a sale: {"slot": name, "raw": the client's words}
REFUSED: Final = "address_refused"
_UNWILLING = re.compile(r"(?<![а-я])(?:не|нет|зачем|потом)(?![а-я])")
_INCOMPLETE = "address_house"


def patient(
    commands: Sequence[Command],
    slots: Mapping[str, SlotDefinition],
    known: Mapping[str, Any],
    expected: Sequence[str],
) -> list[Command]:
    """The same commands, with a second refusal of an address that was asked for turned into a value.

    A client who wrote «Казань» and then «Баумана 10» has given the whole address. Who only gives a
    town twice is believed: an agent or the insurer will ask, a chat that insists loses the client.
    """
    result: list[Command] = []
    for command in commands:
        asked = isinstance(command, RejectSlot | SetSlot) and command.slot in expected
        if not asked or slots[command.slot].type != "address":  # type: ignore[union-attr]
            result.append(command)
            continue
        result.extend(_answered(command, known.get(REFUSED) or {}))
    return result


def _answered(command: Command, refused: Mapping[str, Any]) -> list[Command]:
    if not isinstance(command, RejectSlot | SetSlot):
        return [command]
    again = refused.get("slot") == command.slot
    first = str(refused.get("raw", "")) if again else ""
    if isinstance(command, RejectSlot):
        if command.problem != _INCOMPLETE:
            return [command]
        if not again:
            tried = SetSlot(slot=REFUSED, value={"slot": command.slot, "raw": command.raw})
            return [tried, command]
        if _UNWILLING.search(Text(command.raw).flat):
            return [command]
        value = whatever_was_said(command.raw, first)
        return [SetSlot(slot=command.slot, value=value), ClearSlot(slot=REFUSED)]
    if not again:
        return [command]
    if not command.value.get("region"):
        command = SetSlot(slot=command.slot, value=whatever_was_said(command.value["text"], first))
    return [command, ClearSlot(slot=REFUSED)]
