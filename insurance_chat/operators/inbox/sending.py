"""An agent speaks to the client. Who writes takes the chat: the assistant falls silent at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from insurance_chat.accounts import access, audit
from insurance_chat.accounts.access import Permission
from insurance_chat.conversations import log
from insurance_chat.conversations.handover import claiming
from insurance_chat.conversations.handover.repository import HandoverRepository
from insurance_chat.conversations.models import Conversation
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.types import Entry, InboundMessage, Sender
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.core.principal import Principal


@dataclass(frozen=True, slots=True)
class Sent:
    """A stored message of an agent; `fresh` is false for a repeat of one that was stored before."""

    entry: Entry
    conversation_id: int
    fresh: bool


async def send(
    unit: Unit,
    principal: Principal,
    session: UUID,
    message: InboundMessage,
    *,
    quoted: UUID | None = None,
) -> Sent:
    """Say something to the client as a human; takes the chat when nobody holds it.

    Args:
        message: with the sender `agent`; its `client_key` makes a repeat harmless.
        quoted: public id of the line that this answers.

    Raises:
        ServiceError: `session_not_found`; `already_claimed`; `not_waiting`; `forbidden`;
            `message_not_found` for a quoted line that is not in this chat.
    """
    access.require(principal, Permission.WRITE_AS_AGENT)
    conversation = await claiming.find_to_lead(unit, principal, session)
    repository = ConversationRepository(unit, principal.tenant_id)
    if message.client_key is not None:
        before = await repository.entry_with_key(conversation.id, message.client_key)
        if before is not None:
            return Sent(before, conversation.id, fresh=False)
    if not _leads(principal, conversation):
        await claiming.claim(unit, principal, session)
    body = message.body()
    metadata = body.setdefault("metadata", {})
    metadata |= {"agentName": await _name(unit, principal), "agentId": principal.user_public_id}
    if quoted is not None:
        metadata["quote"] = await _quote(repository, conversation, quoted)
    entry = await log.append_message(unit, conversation, Sender.AGENT, body, key=message.client_key)
    assert entry is not None  # the row is locked and the key was looked for
    await _note_reply(unit, conversation)
    await audit.record(unit, principal, "message.sent", f"chat:{session}", {"seq": entry.seq})
    return Sent(entry, conversation.id, fresh=True)


def _leads(principal: Principal, conversation: Conversation) -> bool:
    """The holder, or an administrator who joins a chat that an agent leads."""
    if conversation.operator_id is None:
        return False
    return conversation.operator_id == principal.user_id or principal.is_admin


async def _name(unit: Unit, principal: Principal) -> str:
    user = await HandoverRepository(unit, principal.tenant_id).user(principal.user_id or 0)
    return user.name if user is not None else "Агент"


async def _quote(
    repository: ConversationRepository, conversation: Conversation, quoted: UUID
) -> dict[str, Any]:
    entry = await repository.entry(conversation.id, quoted)
    if entry is None:
        raise ServiceError("message_not_found", Kind.INVALID, "Сообщение для ответа не найдено.")
    sound = entry.body.get("voiceUrl") or entry.body.get("voiceKey")
    bare = "голосовое сообщение" if sound else "файл"
    text = " ".join((entry.body.get("text") or bare).split())
    return {"id": str(entry.public_id), "sender": entry.sender.value, "text": text[:200]}


async def _note_reply(unit: Unit, conversation: Conversation) -> None:
    request = await HandoverRepository(unit, conversation.tenant_id).open(conversation.id)
    if request is not None and request.first_reply_at is None:
        request.first_reply_at = utcnow()
