"""The assistant while a human leads the chat: silent, but for what only the client may say.

News of a sale (a payment, the policy) are still delivered: the client waits for them.
"""

from __future__ import annotations

from collections.abc import Sequence

from insurance_chat.dialogue.commands import Command, SetSlot
from insurance_chat.dialogue.flows.loader import Catalog
from insurance_chat.dialogue.state import DialogueState


def own_words(commands: Sequence[Command], state: DialogueState, catalog: Catalog) -> list[Command]:
    """Of what the client said, the answers that a flow may take with a human in the chat.

    Everything else is said to the human: a consent, a choice or a confirmation is taken only when
    it answers the question that the flow has asked the client.
    """
    run = state.active
    if run is None:
        return []
    steps = catalog.flows[run.flow].steps
    asked = {slot for step in steps if step.own_word for slot in step.collect}
    wanted = asked & set(state.expects)
    return [one for one in commands if isinstance(one, SetSlot) and one.slot in wanted]


def chosen_company(state: DialogueState, catalog: Catalog) -> str | None:
    """The insurer of the offer that the client has chosen, so that its agents are asked first."""
    for slot in catalog.slots.values():
        chosen = state.slots.get(slot.name)
        if slot.options_from and chosen is not None:
            options = state.slots.get(slot.options_from) or []
            company = next((one.get("companyCode") for one in options if one["id"] == chosen), None)
            if company:
                return str(company)
    return None
