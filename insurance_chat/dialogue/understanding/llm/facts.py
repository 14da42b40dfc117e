"""Facts that a model proposes: read again from the client's words by extractors and validators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from insurance_chat.dialogue.commands import ClearSlot, Command, RejectSlot, SetSlot
from insurance_chat.dialogue.slots import SlotDefinition
from insurance_chat.dialogue.understanding import values
from insurance_chat.dialogue.understanding.llm.client_words import ClientWords
from insurance_chat.dialogue.understanding.llm.proposals import Proposal
from insurance_chat.dialogue.understanding.llm.scope import Scope
from insurance_chat.dialogue.understanding.near_miss import problem_of
from insurance_chat.dialogue.understanding.reading import Reading
from insurance_chat.dialogue.understanding.text import Text

#: What a date means depends on the words around it, so the rules' reading in its place wins.
_IN_CONTEXT = frozenset({"date", "birth_date", "experience", "months"})
_LOOSE = frozenset({"make_model", "region"})  # read against a list, so a slip of a letter is safe
#: Where the policy goes, and what is decided: a document may come from anybody, these only from the client.
_TYPED = frozenset({"email", "phone", "boolean", "choice"})
_LONGEST_RAW = 200


class Dropped(Exception):  # noqa: N818 - an outcome, not an error
    """A proposal that is not taken.

    Args:
        why: `unknown_command`, `unknown_flow`, `under_way`, `own_words_needed`, `unknown_slot`,
            `not_offered`, `not_said`, `not_typed`, `not_wished`, `not_decided`, `unreadable`,
            `unknown_topic`, `unknown_preference`, `not_known`, `too_many`.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class FactJudge:
    """Judges the facts of one turn.

    Args:
        reading: how the rules have read the words.
        ruled: what the rules make of them.
        scope: slots on offer.
        words: what the client wrote.
    """

    def __init__(
        self, reading: Reading, ruled: Sequence[Command], scope: Scope, words: ClientWords
    ) -> None:
        self._turn = reading.turn
        self._readers = reading.readers
        self._scope = scope
        self._words = words
        self._typed = ClientWords(reading.turn.messages, typed=True)
        self._ruled = {
            one.slot: one for one in reversed(ruled) if isinstance(one, SetSlot | RejectSlot)
        }
        self._clears = {one.slot for one in ruled if isinstance(one, ClearSlot)}

    def taken(self, one: Proposal, quote: str) -> Command:
        """The command for a proposed fact.

        Args:
            quote: was found in the client's words.

        Raises:
            Dropped: the slot is not on offer, or the words do not hold such a value.
        """
        slot = self._slot(one)
        if slot.name in self._scope.decisions:
            return self._decided(slot, one)
        if self._typed.hold(quote):
            if slot.type == "boolean":
                return self._boolean(slot, one, quote)
            return self._read(slot, one, quote)
        if slot.type in _TYPED:
            raise Dropped("not_typed")
        return self._of_document(slot, one, quote)

    def _of_document(self, slot: SlotDefinition, one: Proposal, quote: str) -> Command:
        """A fact that stands in a file only: what the client says of it goes before."""
        found = self._read(slot, one, quote)
        if not isinstance(found, SetSlot):
            raise Dropped("unreadable")
        if found == self._ruled.get(slot.name):
            return found
        return found.model_copy(update={"from_document": True})

    def cleared(self, one: Proposal) -> Command:
        """The command that forgets a known fact.

        Raises:
            Dropped: nothing is known of it, or it is a decision that the words do not take back.
        """
        slot = self._slot(one)
        if slot.name not in self._turn.state.slots:
            raise Dropped("not_known")
        if slot.name in self._scope.decisions and slot.name not in self._clears:
            raise Dropped("not_decided")
        return ClearSlot(slot=slot.name)

    def _slot(self, one: Proposal) -> SlotDefinition:
        if one.slot not in self._turn.slots:
            raise Dropped("unknown_slot")
        slot = self._scope.slots.get(str(one.slot))
        if slot is None:
            raise Dropped("not_offered")
        return slot

    def _decided(self, slot: SlotDefinition, one: Proposal) -> Command:
        """A consent, a confirmation, a choice: the rules must read the same from the words."""
        ruled = self._ruled.get(slot.name)
        if isinstance(ruled, RejectSlot):
            return ruled
        if ruled is None:
            raise Dropped("not_decided")
        meant: Any = one.value or ""
        if slot.type == "boolean":
            agreed = values.meant_boolean(meant) is ruled.value
        else:
            agreed = str(meant).strip() == str(ruled.value)
        if not agreed:
            raise Dropped("not_decided")
        return ruled

    def _boolean(self, slot: SlotDefinition, one: Proposal, quote: str) -> Command:
        ruled = self._ruled.get(slot.name)
        if ruled is not None:
            return ruled
        said = values.said_boolean(quote, slot)
        meant = values.meant_boolean(one.value or "")
        if meant is None and said is None:
            raise Dropped("unreadable")
        return SetSlot(slot=slot.name, value=meant if said is None else said)

    def _read(self, slot: SlotDefinition, one: Proposal, quote: str) -> Command:
        today, ruled = self._turn.today, self._ruled.get(slot.name)
        said = values.readings(quote, slot, today, self._readers)
        meant = values.good(values.readings(one.value or "", slot, today, self._readers))
        right = values.good(said)
        if isinstance(ruled, SetSlot) and (slot.type in _IN_CONTEXT or not right):
            return ruled
        if meant and meant[0] in right:
            return SetSlot(slot=slot.name, value=meant[0])
        if isinstance(ruled, SetSlot):
            return ruled
        if right:
            return SetSlot(slot=slot.name, value=right[0])
        if meant and self._words.support(one.value or "", loosely=slot.type in _LOOSE):
            return SetSlot(slot=slot.name, value=meant[0])
        return self._refused(slot, quote, values.problem(said), ruled)

    def _refused(
        self, slot: SlotDefinition, quote: str, problem: str | None, ruled: Command | None
    ) -> Command:
        """The client tried: say what is wrong with it, in the words of the rules."""
        if ruled is not None:
            return ruled
        if problem is None and slot.name in self._turn.state.expects:
            problem = problem_of(Text(quote), slot)
        if problem is None:
            raise Dropped("unreadable")
        return RejectSlot(slot=slot.name, raw=quote[:_LONGEST_RAW], problem=problem)
