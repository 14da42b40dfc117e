"""Whether the client's own sentences sound like a wish that a model has read in them.

A model that obeys a stranger proposes to leave the sale, to call a human or to send a letter, and
quotes a harmless word for it. So the whole sentences of the client, never the piece that the model
chose, must bear some likeness to how people say such a thing. It is much less than the rules want
before they believe it themselves: what people say in words of their own stays the model's to read.
"""

from __future__ import annotations

from typing import Final

from insurance_chat.dialogue.commands import (
    CancelFlow,
    ClearSlot,
    Command,
    ReportInaccuracy,
    RequestHuman,
    SetPreference,
    StartFlow,
)
from insurance_chat.dialogue.understanding.reading import Reading
from insurance_chat.dialogue.understanding.vocabulary import pattern_of

#: Share of one label among all. Measured on the 294 phrases of `main/evaluation/data/intents.yml`:
#: all but one of the wishes to start, leave, complain or see a human reach it with their own label;
#: of the labels human, cancel, inaccuracy, osago and letter, 3 phrases reach it with a wrong one.
LIKE_ENOUGH: Final = 0.2


def is_wished(command: Command, reading: Reading) -> bool:
    """True when nothing but the client's words leads to the command.

    Facts, questions and small talk have checks of their own.
    """
    if isinstance(command, ClearSlot):
        return reading.view.correcting or _named(command.slot, reading)
    label = _label(command)
    return label is None or any(
        reading.reader.likeness(words, label) >= LIKE_ENOUGH for words in _sentences(reading)
    )


def _label(command: Command) -> str | None:
    if isinstance(command, StartFlow):
        return f"start:{command.flow}"
    if isinstance(command, SetPreference):
        return "voice_on" if command.value else "voice_off"
    for kind, label in _LABELS.items():
        if isinstance(command, kind):
            return label
    return None


_LABELS: Final[dict[type[Command], str]] = {
    CancelFlow: "cancel",
    RequestHuman: "human",
    ReportInaccuracy: "inaccuracy",
}


def _sentences(reading: Reading) -> list[str]:
    return [part.words for part in reading.parts] + [reading.text.source]


def _named(slot: str, reading: Reading) -> bool:
    definition = reading.turn.slots[slot]
    names = pattern_of((definition.title, *definition.aliases))
    return names.search(reading.text.flat) is not None
