"""Appending to a conversation outside of a turn: system lines, results of jobs, wakes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from insurance_chat.conversations.models import Conversation
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.types import ConversationState, Entry, EntryKind, Sender
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Unit
from insurance_chat.integrations import service as events


async def append_message(
    unit: Unit,
    conversation: Conversation,
    sender: Sender,
    body: dict[str, Any],
    *,
    key: str | None = None,
) -> Entry | None:
    """Say something in a conversation whose row is locked; None when this key was said before."""
    repository = ConversationRepository(unit, conversation.tenant_id)
    if key is not None and await repository.has_key(conversation.id, key):
        return None
    entry = await repository.append(conversation, EntryKind.MESSAGE, sender, body, key)
    context = {
        "sessionId": str(conversation.public_id),
        "messageId": str(entry.public_id),
        "sender": sender.value,
    }
    context |= {name: body[name] for name in ("text", "voiceUrl", "fileUrl") if body.get(name)}
    await events.record(unit, conversation.tenant_id, "chat.message.created", sender.value, context)
    await wake(unit, conversation)
    return entry


async def change_state(
    unit: Unit,
    conversation: Conversation,
    state: ConversationState,
    shown: Mapping[str, str] | None = None,
) -> None:
    """Move a locked conversation to another state and tell its screens.

    Args:
        shown: what screens show with it, e.g. `agentName`.
    """
    if conversation.state == state.value:
        return
    conversation.state = state.value
    repository = ConversationRepository(unit, conversation.tenant_id)
    body = {"state": state.value, **(shown or {})}
    await repository.append(conversation, EntryKind.STATE, Sender.SYSTEM, body)
    await wake(unit, conversation)


async def poke(unit: Unit, tenant_id: int, conversation_id: int, reason: str) -> None:
    """Something that the dialogue waits for has happened: a turn is owed.

    The reason is a line of the log, so a turn that is thinking right now sees that it is stale.

    Args:
        reason: short code, e.g. `quotes_ready`.
    """
    repository = ConversationRepository(unit, tenant_id)
    conversation = await repository.by_id(conversation_id, lock=True)
    if conversation is None:
        return
    await repository.append(conversation, EntryKind.DIALOGUE, Sender.SYSTEM, {"poke": reason})
    conversation.turn_owed = True
    conversation.turn_owed_at = utcnow()
    await unit.session.flush()
    await unit.notify("turns", str(conversation_id))


async def wake(unit: Unit, conversation: Conversation) -> None:
    """Let screens look at the log."""
    await unit.session.flush()
    await unit.notify("feed", f"{conversation.id}:{conversation.last_seq}")
