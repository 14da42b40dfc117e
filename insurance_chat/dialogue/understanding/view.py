"""A turn as the rules look at it: the words, the state and what was asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from insurance_chat.dialogue.slots import SlotDefinition
from insurance_chat.dialogue.state import DialogueState
from insurance_chat.dialogue.understanding import corrections
from insurance_chat.dialogue.understanding.ports import TurnInput
from insurance_chat.dialogue.understanding.text import Text


@dataclass
class View:
    """`text` holds all unread messages, one a line; `body` is the same without the greeting."""

    turn: TurnInput
    text: Text
    body: Text

    @property
    def state(self) -> DialogueState:
        """What the assistant remembers."""
        return self.turn.state

    @cached_property
    def expected(self) -> tuple[str, ...]:
        """Names of the slots that the last reply asked for, as far as they are defined."""
        return tuple(name for name in self.turn.state.expects if name in self.turn.slots)

    @cached_property
    def asked(self) -> list[SlotDefinition]:
        """Definitions of the expected slots."""
        return [self.turn.slots[name] for name in self.expected]

    @cached_property
    def correcting(self) -> bool:
        """The client takes something back."""
        return corrections.is_correction(self.body)

    def options(self, slot: SlotDefinition) -> Sequence[Mapping[str, Any]]:
        """What a `choice` slot may be chosen from."""
        options = self.state.slots.get(slot.options_from or "") or []
        return [option for option in options if isinstance(option, Mapping) and "id" in option]
