"""Numbers of documents that were heard are confirmed before they are used: «А123ВС196, верно?».

An ear is wrong more often than a finger: a plate with one wrong letter is another person's car. Such
a value waits in `DialogueState.heard` until the client says yes, says no, corrects a letter («нет, не
эс, а ха») or types it. Pure: state and commands in, commands out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from insurance_chat.dialogue.commands import (
    CancelFlow,
    Chitchat,
    ClearSlot,
    Command,
    RejectSlot,
    SetSlot,
)
from insurance_chat.dialogue.effects import Say
from insurance_chat.dialogue.slots import SlotDefinition
from insurance_chat.dialogue.state import DialogueState
from insurance_chat.dialogue.understanding.extractors.answers import is_only_answer
from insurance_chat.dialogue.understanding.extractors.letters import plate_letters, vin_letters
from insurance_chat.dialogue.understanding.facts import collect_facts
from insurance_chat.dialogue.understanding.text import Text

CRITICAL = frozenset({"plate", "vin", "vehicle_document", "passport", "license"})
YES_NO = ({"title": "Да, верно", "value": "да"}, {"title": "Нет, исправлю", "value": "нет"})
_RIGHT = re.compile(r"^(?:да[ ,]*)?(?:вс[её] )?(?:верно|правильно|точно|так и есть|именно)[ .!]*$")
_WRONG = re.compile(
    r"^(?:нет[ ,]*)?(?:неверно|неправильно|не так|не то|ошибка|не верно|исправлю)[ .!]*$"
)
_NOT_BUT = re.compile(r"(?<![а-я])не (?P<old>[^,\n]{1,30}?),? а (?P<new>[^,.\n]{1,30})")
_INSTEAD = re.compile(r"(?<![а-я])вместо (?P<old>[^,\n ]{1,20}),? (?P<new>[^,.\n]{1,30})")
_W = re.compile(r"дабл[ -]?ю|дубль[ -]?в[эе]|двойн(?:ое|ая) в[эе]", re.I)
_LITTLE = re.compile(r"^(?:буква|букву|цифра|цифру|надо|нужно|там) ")
_NAMES: dict[str, Callable[[str], str | None]] = {"plate": plate_letters, "vin": vin_letters}


def readable(words: str) -> str:
    """What an engine heard, in the spelling that the extractors know: «дабл ю» is one letter."""
    return _W.sub("даблю", words)


def settle(
    state: DialogueState, words: str, slots: Mapping[str, SlotDefinition], today: date
) -> list[Command] | None:
    """What the client says of the values that wait; None when they say something else.

    Args:
        words: all unread words.
    """
    if not state.heard:
        return None
    text = Text(words)
    if _corrected(state, text, slots, today):
        return [Chitchat(topic="ack")]
    said = text.flat.strip()
    answer = is_only_answer(text)
    if answer is True or _RIGHT.match(said):
        commands: list[Command] = [
            SetSlot(slot=name, value=value) for name, value in state.heard.items()
        ]
        state.heard = {}
        return commands
    if answer is False or _WRONG.match(said):
        state.heard = {}
        return [Chitchat(topic="ack")]
    return None


def hold(
    state: DialogueState,
    commands: Sequence[Command],
    slots: Mapping[str, SlotDefinition],
    *,
    spoken: bool,
) -> list[Command]:
    """Keep back what was heard; what was typed is used at once and replaces what waits.

    Args:
        spoken: some of the unread words were heard.
    """
    kept: list[Command] = []
    for command in commands:
        if isinstance(command, CancelFlow):
            state.heard = {}
        if not isinstance(command, SetSlot | ClearSlot | RejectSlot):
            kept.append(command)
            continue
        state.heard.pop(command.slot, None)
        if isinstance(command, SetSlot) and spoken and _waits(state, command, slots):
            state.heard[command.slot] = command.value
        else:
            kept.append(command)
    if len(kept) < len(commands) and not kept and not state.runs:
        return [Chitchat(topic="ack")]  # without any command the flows would think nobody spoke
    return kept


def question(state: DialogueState, slots: Mapping[str, SlotDefinition]) -> Say | None:
    """«Услышал так: …. Верно?», None when all that waits was read (see `papers`)."""
    values = [
        f"{slots[name].title} {shown(value)}"
        for name, value in state.heard.items()
        if name in slots and name not in state.read
    ]
    if not values:
        return None
    return Say("heard_check", {"values": values}, quick_replies=YES_NO)


def shown(value: Any) -> str:
    """A value as the client checks it: plates and VINs as they are, documents with their numbers."""
    if isinstance(value, Mapping):
        parts = [str(part) for part in value.values() if part and str(part)[-1:].isdigit()]
        return " ".join(map(_grouped, parts))
    return _grouped(str(value))


def _grouped(value: str) -> str:
    """Series and number apart, as on the document: «4510 123456»."""
    return f"{value[:4]} {value[4:]}" if re.fullmatch(r"\d{10}", value) else value


def _waits(state: DialogueState, command: SetSlot, slots: Mapping[str, SlotDefinition]) -> bool:
    definition = slots.get(command.slot)
    known = state.slots.get(command.slot) == command.value
    return definition is not None and definition.type in CRITICAL and not known


def _corrected(
    state: DialogueState, text: Text, slots: Mapping[str, SlotDefinition], today: date
) -> bool:
    """Change one sign of a value that waits, if it is clear which, and the result is a value."""
    match = _NOT_BUT.search(text.flat) or _INSTEAD.search(text.flat)
    if match is None:
        return False
    for name, value in state.heard.items():
        kind = slots[name].type if name in slots else ""
        if not isinstance(value, str):
            continue
        old, new = (_signs(match[part], kind) for part in ("old", "new"))
        if not old or not new or value.count(old) != 1:
            continue
        changed = value.replace(old, new)
        found = [one for one in collect_facts(Text(changed), today, {kind}) if not one.problem]
        if any(str(one.value) == changed for one in found):
            state.heard[name] = changed
            return True
    return False


def _signs(words: str, kind: str) -> str | None:
    """Letters and digits of a value for what was said of them: «эс» is С in a plate, S in a VIN."""
    named = _NAMES.get(kind)
    signs = ""
    for token in Text(_LITTLE.sub("", words.strip())).tokens:
        if token.is_number:
            signs += token.text
        elif token.is_word and named is not None:
            letters = named(token.text)
            if letters is None:
                return None
            signs += letters
    return signs or None
