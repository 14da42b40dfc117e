"""«Езжу я» when the client is not the owner: the driver is then the policyholder."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from insurance_chat.dialogue.commands import Command, SetSlot
from insurance_chat.dialogue.understanding.extractors.found import Found
from insurance_chat.dialogue.understanding.more_drivers import same_name
from insurance_chat.dialogue.understanding.view import View

_ME = re.compile(r"(?<![а-я])(?:я|меня|мы|сам|сама|один|одна|1|езжу|вожу)(?![а-я])")
_SLOT = "driver_is_owner"
_OWNER = "policyholder_is_owner"
_COPIED = ("full_name", "birth_date")


def same_person(commands: Sequence[Command], view: View) -> list[Command]:
    """A driver with the name of the owner or of the policyholder needs no second birth date."""
    told = {one.slot: one.value for one in commands if isinstance(one, SetSlot)}
    known = {**view.state.slots, **told}
    name = told.get("driver_full_name")
    if not name or _SLOT in told or _SLOT not in view.turn.slots:
        return list(commands)
    if same_name(name, known.get("owner_full_name")):
        return [*commands, SetSlot(slot=_SLOT, value=True)]
    born = known.get("policyholder_birth_date")
    copied = same_name(name, known.get("policyholder_full_name")) and born
    if copied and "driver_birth_date" not in told:
        return [*commands, SetSlot(slot="driver_birth_date", value=born)]
    return list(commands)


def myself_at_the_wheel(
    commands: Sequence[Command], phrases: Mapping[str, Found], view: View
) -> list[Command]:
    """The same commands; who writes «я» and is only the policyholder becomes the driver by name."""
    told = {one.slot: one.value for one in commands if isinstance(one, SetSlot)}
    known = {**view.state.slots, **told}
    phrase = phrases.get(_SLOT)
    words = view.body.flat[phrase.start : phrase.end] if phrase else ""
    if told.get(_SLOT) is not True or known.get(_OWNER) is not False or not _ME.search(words):
        return list(commands)
    kept = [one for one in commands if not (isinstance(one, SetSlot) and one.slot == _SLOT)]
    copied: list[Command] = [
        SetSlot(slot=f"driver_{name}", value=known[f"policyholder_{name}"])
        for name in _COPIED
        if known.get(f"policyholder_{name}") and f"driver_{name}" not in told
    ]
    return [*kept, SetSlot(slot=_SLOT, value=False), *copied]
