"""The default understanding: Russian in, commands out, with no model and no network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from insurance_chat.dialogue.commands import Command, Unclear
from insurance_chat.dialogue.understanding.facts import collect_facts
from insurance_chat.dialogue.understanding.intents import IntentClassifier
from insurance_chat.dialogue.understanding.own_types import Readers
from insurance_chat.dialogue.understanding.parts import PartReader
from insurance_chat.dialogue.understanding.ports import TurnInput
from insurance_chat.dialogue.understanding.reading import Reading
from insurance_chat.dialogue.understanding.text import Text

GENERAL_PHRASES: Final = Path(__file__).parent / "phrases" / "general.yml"


class RulesUnderstanding:
    """Reads facts by extractors and wishes by examples.

    Args:
        examples: label → phrases, see `load_phrases`. Labels: `start:<flow>`, `question`, `human`,
            `cancel`, `inaccuracy`, `chitchat:<topic>`, `resume`, `repeat`, `affirm`, `deny`,
            `voice_on`, `voice_off`, `other`. A label of a flow that the turn does not offer is ignored.
        folder: where the trained model is kept between starts; None trains at every start.
        readers: type of slot → how its values are read, for the types that products bring along.
    """

    def __init__(
        self,
        examples: Mapping[str, Sequence[str]],
        folder: Path | None = None,
        readers: Readers | None = None,
    ) -> None:
        """Nothing is trained or loaded before the first turn that needs it."""
        self._classifier = IntentClassifier(examples, folder)
        self._reader = PartReader(examples, self._classifier)
        self._readers: Readers = readers or {}

    def history_limit(self, _tenant_id: int) -> int:
        """Rules look at the state, not at the history."""
        return 0

    def warm_up(self) -> None:
        """Train the classifier and read the dictionaries now, so that the first client does not wait."""
        self._classifier.warm_up()
        collect_facts(Text("Иванов Иван Иванович, 1 мая 1985, киа рио, Москва"), date(2026, 1, 1))

    async def understand(self, turn: TurnInput) -> list[Command]:
        """Commands for all unread messages together; never raises on anything that a client types."""
        return self.read(turn)[0]

    def read(self, turn: TurnInput) -> tuple[list[Command], Reading | None]:
        """The commands, and how they were read; there is no reading when nothing was written."""
        words = "\n".join(message.text.strip() for message in turn.messages if message.text)
        text = Text(words)
        if not text.flat.strip():
            return [Unclear()], None
        reading = Reading(turn, text, self._reader, self._readers)
        return reading.commands(), reading
