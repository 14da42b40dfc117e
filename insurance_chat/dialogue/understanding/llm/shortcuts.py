"""Messages that need no model: every word of them is explained by facts and known phrases."""

from __future__ import annotations

import re
from collections.abc import Sequence

from insurance_chat.dialogue.commands import Command, RejectSlot, SetSlot, Unclear
from insurance_chat.dialogue.understanding.parts import Part
from insurance_chat.dialogue.understanding.reading import Reading
from insurance_chat.dialogue.understanding.text import BLOT
from insurance_chat.dialogue.understanding.vocabulary import content_words, pattern_of

_EXACT = 1.0


def is_clear(reading: Reading | None, commands: Sequence[Command]) -> bool:
    """True when the rules have explained the whole message, so that a model could add nothing.

    A pressed button, a bare yes or no, a plate or a date alone, facts with the names of their
    fields, a phrase that stands among the examples. A correction is never clear: what it corrects
    depends on what was said before.
    """
    if reading is None or reading.short:
        return True
    if any(isinstance(command, Unclear) for command in commands):
        return False
    if reading.view.correcting and not _is_phrase(reading):
        return False
    answers = [one for one in commands if isinstance(one, SetSlot | RejectSlot)]
    facts = [one for one in reading.facts if one.kind != "boolean"]
    if len({(one.start, one.end) for one in facts}) > len(answers):
        return False  # a fact that nobody has taken may mean something
    return all(_explained(part, reading) for part in reading.parts)


def _is_phrase(reading: Reading) -> bool:
    return len(reading.parts) == 1 and _exact(reading.parts[0])


def _exact(part: Part) -> bool:
    return part.label is not None and part.score >= _EXACT


def _explained(part: Part, reading: Reading) -> bool:
    if _exact(part):
        return True
    if part.asks or part.label is not None:
        return False
    rest = reading.text.without(reading.taken).flat[part.segment.start : part.segment.end]
    rest = _field_names(reading).sub(" ", rest.replace(BLOT, " "))
    return not re.search(r"\d", rest) and not content_words(rest)


def _field_names(reading: Reading) -> re.Pattern[str]:
    slots = reading.turn.slots.values()
    return pattern_of(tuple(name for slot in slots for name in (slot.title, *slot.aliases)))
