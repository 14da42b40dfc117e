"""Types of slots that a product brings along: it says how their values are read, this finds the slot.

A product knows words that nobody else needs (banks, risks, outstanding balances). They are read only
while a flow that collects such a slot is under way or begins, so they cost other dialogues nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from insurance_chat.dialogue.slots import SlotDefinition
from insurance_chat.dialogue.understanding import corrections
from insurance_chat.dialogue.understanding.extractors.found import Found
from insurance_chat.dialogue.understanding.text import Text
from insurance_chat.dialogue.understanding.view import View

#: Label of a fact that is named in words («остаток», «банк»): it may change what is known.
NAMED = "named"
#: Label of a fact that only the question explains; a wish in the same words is heard instead.
GUESSED = "guessed"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader may know of the slot that it reads for.

    Args:
        asked: the last reply asked for it; `alone`: and for nothing else.
        known: its value so far.
        today: Moscow calendar date.
    """

    slot: SlotDefinition
    asked: bool
    alone: bool
    known: Any
    today: date


Reader = Callable[[Text, Wanted], Iterable[Found]]
Readers = Mapping[str, Reader]


@dataclass(frozen=True, slots=True)
class OwnFact:
    """A value that was read, or a failed try (`found.problem`), and its slot."""

    slot: SlotDefinition
    found: Found

    @property
    def span(self) -> tuple[int, int]:
        """Where it stands in the text."""
        return self.found.start, self.found.end


def read_own(readers: Readers, view: View, names: Sequence[str]) -> list[OwnFact]:
    """Facts of the products' own types; every word is explained once.

    Args:
        names: slots that may be filled, those asked for first.
    """
    wanted = [view.turn.slots[name] for name in dict.fromkeys(names) if name in view.turn.slots]
    wanted = [slot for slot in wanted if slot.type in readers]
    if not wanted:
        return []
    text = view.body.without(corrections.rejected_spans(view.body))
    found: list[OwnFact] = []
    # What is certain goes first, so that a guess is made of the words that nothing else explains.
    for guessing in (False, True):
        for slot in wanted:
            if any(one.slot is slot for one in found):
                continue
            ask = _wanted(view, slot)
            for one in readers[slot.type](text, ask):
                if (one.label == GUESSED) is guessing and _welcome(
                    one, ask, correcting=view.correcting
                ):
                    found.append(OwnFact(slot, one))
                    text = text.without([(one.start, one.end)])
                    break
    return found


def _wanted(view: View, slot: SlotDefinition) -> Wanted:
    open_slots = [name for name in view.expected if name not in view.state.slots]
    return Wanted(
        slot,
        slot.name in view.expected,
        open_slots == [slot.name],
        view.state.slots.get(slot.name),
        view.turn.today,
    )


def _welcome(one: Found, ask: Wanted, *, correcting: bool) -> bool:
    """What is known changes by an answer, a correction or a named fact only."""
    if ask.asked:
        return True
    if one.label == GUESSED or not (ask.slot.volunteer or ask.asked):
        return False
    return ask.known is None or correcting or one.label == NAMED


def readings(readers: Readers, words: str, slot: SlotDefinition, today: date) -> list[Found]:
    """Values that words hold for one slot, as if it had been asked for."""
    ask = Wanted(slot, asked=True, alone=True, known=None, today=today)
    return list(readers[slot.type](Text(words), ask))
