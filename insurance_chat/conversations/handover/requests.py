"""Asking for a human: the request is stored, the client is told, the agents are woken."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from insurance_chat.conversations import log, sessions
from insurance_chat.conversations.handover import texts
from insurance_chat.conversations.handover.outlook import look
from insurance_chat.conversations.handover.repository import HandoverRepository
from insurance_chat.conversations.handover.settings import HandoverSettings
from insurance_chat.conversations.handover.wishes import Wish
from insurance_chat.conversations.models import Conversation, Handover
from insurance_chat.conversations.types import ConversationState, Sender
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.principal import Principal
from insurance_chat.integrations import service as events

CHANNEL = "operators"


async def request(
    unit: Unit, settings: HandoverSettings, principal: Principal, session: UUID, reason: str
) -> None:
    """Ask for a human by the button or the API; the client is told in the chat.

    Raises:
        ServiceError: `session_not_found`.
    """
    conversation = await sessions.find(unit, principal, session, lock=True)
    if conversation.state == ConversationState.WITH_AGENT:
        return
    outlook = await look(unit, settings, conversation.tenant_id, conversation.id)
    if conversation.state != ConversationState.HANDOVER_REQUESTED:
        await start_waiting(
            unit, conversation, Wish.of(reason, outlook, settings.handover_widen_seconds)
        )
    await log.append_message(unit, conversation, Sender.SYSTEM, {"text": texts.waiting(outlook)})


async def start_waiting(unit: Unit, conversation: Conversation, wish: Wish) -> None:
    """Keep the request: the state changes, agents and subscribers hear of it."""
    await log.change_state(unit, conversation, ConversationState.HANDOVER_REQUESTED)
    await announce(unit, conversation.tenant_id, conversation.id, conversation.public_id, wish)


async def announce(
    unit: Unit, tenant_id: int, conversation_id: int, session: UUID, wish: Wish
) -> None:
    """Put a request, which the log has already, into the queue; a waiting one gets the new wish.

    A client who asks again, now for another agent, moves no place.
    """
    repository = HandoverRepository(unit, tenant_id)
    narrow = wish.operator_id is not None or wish.company is not None
    widen_at = None
    if narrow and wish.widen_seconds is not None:
        widen_at = utcnow() + timedelta(seconds=wish.widen_seconds)
    found = await repository.open(conversation_id)
    if found is None:
        found = await repository.add(Handover(conversation_id=conversation_id, reason=wish.reason))
    found.asked_for, found.widen_at = wish.operator_id, widen_at
    found.company, found.product = wish.company, wish.product
    await unit.session.flush()
    await wake(unit, tenant_id)
    await events.record(
        unit,
        tenant_id,
        "chat.handover.requested",
        "user",
        {"sessionId": str(session), "reason": wish.reason},
    )


async def apologise(unit: Unit, conversation: Conversation, key: str) -> None:
    """The assistant has broken down on a message: say so and call a human, unless one is here."""
    if conversation.state == ConversationState.WITH_AGENT:
        return
    if conversation.state != ConversationState.HANDOVER_REQUESTED:
        await start_waiting(unit, conversation, Wish("turn_failed"))
    await log.append_message(unit, conversation, Sender.AI, {"text": texts.BROKEN}, key=key)


async def wake(unit: Unit, tenant_id: int) -> None:
    """Let the agents' screens look at the queue."""
    await unit.notify(CHANNEL, str(tenant_id))
