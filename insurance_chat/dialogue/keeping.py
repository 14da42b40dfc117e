"""Which facts of a turn are worth remembering for later chats. Pure: the slots are declared in data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from insurance_chat.conversations.memory.types import VOICE
from insurance_chat.conversations.types import Snapshot
from insurance_chat.dialogue.decision import Decision
from insurance_chat.dialogue.flows.engine import matches
from insurance_chat.dialogue.slots import SlotDefinition

Facts = dict[str, dict[str, Any]]  # topic → values by field name


class Keeper:
    """Compares what may be remembered before and after a turn.

    Args:
        slots: definitions; those with `remember` are looked at, the others cost nothing.
    """

    def __init__(self, slots: Mapping[str, SlotDefinition]) -> None:
        self._rules = [
            (slot.name, slot.remember) for slot in slots.values() if slot.remember is not None
        ]

    def learnt(self, snapshot: Snapshot, decision: Decision) -> Facts:
        """Topics of which the turn has learnt something, with all that is now known of them.

        A fact that is merely gone (a new sale begins) teaches nothing: it stays remembered.
        """
        before = self._facts((snapshot.dialogue or {}).get("slots", {}))
        after = self._facts(decision.state.slots)
        found = {
            topic: values
            for topic, values in after.items()
            if any(before.get(topic, {}).get(name) != value for name, value in values.items())
        }
        if decision.prefer_voice != snapshot.prefer_voice:
            found[VOICE] = {"prefer_voice": decision.prefer_voice}
        return found

    def _facts(self, slots: Mapping[str, Any]) -> Facts:
        facts: Facts = {}
        for name, rule in self._rules:
            value = slots.get(name)
            if value is not None and matches(rule.when, dict(slots)):
                facts.setdefault(rule.topic, {})[rule.field or name] = value
        return facts


def flow_of(decision: Decision) -> str:
    """Name of the flow in which the client told something; empty outside of any."""
    return decision.state.runs[0].flow if decision.state.runs else ""
