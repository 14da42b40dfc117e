"""Which facts and flows a model may speak about in this turn, and which of them are decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from insurance_chat.dialogue.flows.loader import Catalog
from insurance_chat.dialogue.slots import SlotDefinition
from insurance_chat.dialogue.understanding.ports import TurnInput

#: Put together by code from what was said; a model cannot say them.
STRUCTURED = "facts"


@dataclass(frozen=True, slots=True)
class Scope:
    """Slots on offer by name, and the names of those that only the client's own words decide."""

    slots: Mapping[str, SlotDefinition]
    decisions: frozenset[str]


def scope_of(turn: TurnInput, catalog: Catalog, starting: Sequence[str] = ()) -> Scope:
    """The slots of the flows under way and being started, and of those that could be started.

    A decision is on offer only while it is asked for.

    Args:
        starting: flows that the same turn starts.
    """
    names = [run.flow for run in turn.state.runs] + list(starting)
    flows = [turn.flows[name] for name in names if name in turn.flows]
    collected = [slot for flow in flows for slot in flow.collects]
    wanted = dict.fromkeys([*turn.state.expects, *collected])
    if not flows:
        wanted |= dict.fromkeys(turn.slots)
    decisions = decisions_of(catalog)
    slots = {
        name: turn.slots[name]
        for name in wanted
        if name in turn.slots
        and turn.slots[name].type != STRUCTURED
        and (name not in decisions or name in turn.state.expects)
    }
    return Scope(slots, decisions)


def decisions_of(catalog: Catalog) -> frozenset[str]:
    """Consents, confirmations and choices: what nobody but the client may say."""
    own = {
        slot
        for flow in catalog.flows.values()
        for step in flow.steps
        if step.own_word
        for slot in step.collect
    }
    told = {
        slot.name for slot in catalog.slots.values() if not slot.volunteer or slot.type == "choice"
    }
    return frozenset(own | told)
