"""A human takes a chat, passes it on, gives it back. The first claim wins: the row is locked."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from insurance_chat.accounts import access, audit
from insurance_chat.accounts.access import Permission
from insurance_chat.accounts.models import User
from insurance_chat.accounts.repository import StaffRepository
from insurance_chat.conversations import log, sessions
from insurance_chat.conversations.handover import repository, requests, texts
from insurance_chat.conversations.handover.repository import CAME, CLAIMED, HandoverRepository
from insurance_chat.conversations.handover.wishes import Wish
from insurance_chat.conversations.models import Conversation, Handover
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.sessions import SessionView
from insurance_chat.conversations.types import ConversationState, Sender
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import Kind, ServiceError, not_found
from insurance_chat.core.principal import Principal
from insurance_chat.integrations import service as events

TRANSFER_WIDENS_SECONDS = 120  # a colleague who does not come is not the only one for long


class Outcome(StrEnum):
    """How a human's part of a chat ends."""

    RETURNED = "returned"  # the assistant goes on where it stood
    CLOSED = "closed"
    TRANSFERRED = "transferred"
    LOST = "lost"  # the agent's connection broke


async def claim(unit: Unit, principal: Principal, session: UUID) -> SessionView:
    """Take a chat. From now on the assistant is silent; a reply being thought is dropped.

    Taking a chat that the caller holds already changes nothing.

    Raises:
        ServiceError: `session_not_found`; `forbidden`; `already_claimed` with `agentId`, `agentName`;
            `not_waiting` when nobody asked for a human and it is not the agent's own client.
    """
    conversation = await find_to_lead(unit, principal, session)
    user = await _user(unit, principal)
    if conversation.operator_id == user.id:
        return await sessions.view(unit, conversation)
    if conversation.operator_id is not None:
        await _refuse_taken(unit, conversation)
    if conversation.state != ConversationState.HANDOVER_REQUESTED and not principal.is_admin:
        await _check_own_client(unit, conversation, user)
    await _enter(unit, conversation, user)
    await events.record(
        unit,
        conversation.tenant_id,
        "chat.handover.claimed",
        principal.actor,
        {"sessionId": str(conversation.public_id), "agentId": str(user.public_id)},
    )
    await audit.record(unit, principal, "chat.claimed", f"chat:{conversation.public_id}")
    return await sessions.view(unit, conversation)


async def find_to_lead(unit: Unit, principal: Principal, session: UUID) -> Conversation:
    """The conversation, locked, for somebody who wants to lead it.

    An agent who was shown a request is told who has it, although the chat is out of sight by then.

    Raises:
        ServiceError: `session_not_found`; `forbidden`; `already_claimed` with `agentId`, `agentName`.
    """
    access.require(principal, Permission.TAKE_CHATS)
    held = await ConversationRepository(unit, principal.tenant_id).by_public_id(session, lock=True)
    if held is not None and held.operator_id not in (None, principal.user_id):
        if not principal.is_admin:
            await _refuse_taken(unit, held)
        return held
    return await sessions.find(unit, principal, session, lock=True)


async def _user(unit: Unit, principal: Principal) -> User:
    user = await HandoverRepository(unit, principal.tenant_id).user(principal.user_id or 0)
    if user is None:
        raise not_found("agent_not_found", "Агент не найден.")
    return user


async def _refuse_taken(unit: Unit, conversation: Conversation) -> None:
    holder = await HandoverRepository(unit, conversation.tenant_id).user(
        conversation.operator_id or 0
    )
    name = holder.name if holder is not None else "другой агент"
    raise ServiceError(
        "already_claimed",
        Kind.CONFLICT,
        f"К чату подключился агент {name}, заявка неактуальна.",
        agentId=str(holder.public_id) if holder is not None else None,
        agentName=name,
    )


async def _check_own_client(unit: Unit, conversation: Conversation, user: User) -> None:
    if await sessions.brought_by(unit, conversation) != user.id:
        raise ServiceError(
            "not_waiting", Kind.CONFLICT, "Клиент не ждёт агента: на вопросы отвечает ассистент."
        )


async def _enter(unit: Unit, conversation: Conversation, user: User) -> None:
    handovers = HandoverRepository(unit, conversation.tenant_id)
    request = await handovers.open(conversation.id)
    if request is None:
        request = await handovers.add(Handover(conversation_id=conversation.id, reason=CAME))
    request.status, request.claimed_by, request.claimed_at = CLAIMED, user.id, utcnow()
    conversation.operator_id = user.id
    _silence(conversation)
    shown = {"agentId": str(user.public_id), "agentName": user.name}
    await log.change_state(unit, conversation, ConversationState.WITH_AGENT, shown)
    joined = {"text": texts.JOINED.format(name=user.name)}
    await log.append_message(unit, conversation, Sender.SYSTEM, joined)
    await requests.wake(unit, conversation.tenant_id)


def _silence(conversation: Conversation) -> None:
    """Whatever was asked before belongs to the human now; a turn under way cannot commit."""
    conversation.handover_epoch += 1
    conversation.lease_owner = conversation.lease_until = None
    conversation.answered_seq = conversation.last_inbound_seq
    conversation.unread = 0


async def release(
    unit: Unit, principal: Principal, session: UUID, outcome: Outcome = Outcome.RETURNED
) -> SessionView:
    """End the human's part; after `returned` the assistant goes on where the flow stood.

    Raises:
        ServiceError: `session_not_found`; `not_your_chat` for who does not hold it.
    """
    conversation = await _held(unit, principal, session)
    name = await _leave(unit, conversation, outcome)
    text = texts.CLOSED if outcome is Outcome.CLOSED else texts.RETURNED
    await log.change_state(unit, conversation, ConversationState.QA)
    said = {"text": text.format(name=name)}
    await log.append_message(unit, conversation, Sender.SYSTEM, said)
    if outcome is Outcome.RETURNED:
        await log.poke(unit, conversation.tenant_id, conversation.id, "agent_left")
    await audit.record(
        unit, principal, "chat.released", f"chat:{conversation.public_id}", {"outcome": outcome}
    )
    return await sessions.view(unit, conversation)


async def transfer(
    unit: Unit, principal: Principal, session: UUID, to: UUID | None = None
) -> SessionView:
    """Pass a chat on to one colleague, or to whoever takes it first.

    Raises:
        ServiceError: `session_not_found`; `not_your_chat`; `agent_not_found`; `agent_away` when the
            colleague takes no chats now.
    """
    conversation = await _held(unit, principal, session)
    colleague = await _colleague(unit, principal, to) if to is not None else None
    name = await _leave(unit, conversation, Outcome.TRANSFERRED)
    text = texts.TRANSFERRED_ANY.format(name=name)
    if colleague is not None:
        text = texts.TRANSFERRED.format(name=name, to=colleague.name)
    wish = Wish(
        "transfer",
        colleague.id if colleague is not None else None,
        widen_seconds=TRANSFER_WIDENS_SECONDS,
    )
    await requests.start_waiting(unit, conversation, wish)
    await log.append_message(unit, conversation, Sender.SYSTEM, {"text": text})
    await audit.record(
        unit, principal, "chat.transferred", f"chat:{conversation.public_id}", {"to": str(to)}
    )
    return await sessions.view(unit, conversation)


async def _colleague(unit: Unit, principal: Principal, to: UUID) -> User:
    user = await StaffRepository(unit, principal.tenant_id).by_public_id(to)
    if user is None or user.blocked_at is not None or user.approved_at is None:
        raise not_found("agent_not_found", "Агент не найден.")
    if user.status != "available" or user.id == principal.user_id:
        raise ServiceError("agent_away", Kind.CONFLICT, "Этот агент сейчас не принимает чаты.")
    return user


async def _held(unit: Unit, principal: Principal, session: UUID) -> Conversation:
    access.require(principal, Permission.TAKE_CHATS)
    conversation = await sessions.find(unit, principal, session, lock=True)
    check_holder(principal, conversation)
    return conversation


def check_holder(principal: Principal, conversation: Conversation) -> None:
    """Refuse who does not lead this chat; the administrator may act for any agent.

    Raises:
        ServiceError: `not_your_chat`.
    """
    if conversation.state != ConversationState.WITH_AGENT or (
        conversation.operator_id != principal.user_id and not principal.is_admin
    ):
        raise ServiceError("not_your_chat", Kind.CONFLICT, "Этот чат ведёте не вы.")


async def _leave(unit: Unit, conversation: Conversation, outcome: Outcome) -> str:
    holder = await HandoverRepository(unit, conversation.tenant_id).user(
        conversation.operator_id or 0
    )
    conversation.operator_id = None
    _silence(conversation)
    await repository.end_open(unit, conversation.id, outcome.value)
    await requests.wake(unit, conversation.tenant_id)
    return holder.name if holder is not None else "Агент"


async def lose(unit: Unit, conversation: Conversation) -> None:
    """The agent of a chat has gone without a word: the client waits for another one."""
    await _leave(unit, conversation, Outcome.LOST)
    await requests.start_waiting(unit, conversation, Wish("agent_lost"))
    await log.append_message(unit, conversation, Sender.SYSTEM, {"text": texts.LOST})
