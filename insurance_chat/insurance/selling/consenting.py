"""The step of every sale that keeps the proof of consent before any personal data is asked for."""

from __future__ import annotations

from insurance_chat.conversations import contacts
from insurance_chat.conversations.contacts import ConsentText
from insurance_chat.core.db.unit import Database
from insurance_chat.dialogue.actions import Action, ActionContext, Outcome


def recording(db: Database, consent: ConsentText) -> Action:
    """The action of a flow file after the client has agreed.

    Args:
        consent: the text that was shown, with its version (152-ФЗ art. 9).
    """

    async def record(context: ActionContext) -> Outcome:
        async with db.unit() as unit:
            await contacts.give_consent(
                unit,
                context.tenant_id,
                context.contact_id,
                context.conversation_id,
                context.channel,
                consent,
            )
        return Outcome()

    return record
