"""Creating and reading conversations: the `/v1/chat/sessions` part of the agreed contract."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from insurance_chat.accounts.models import User
from insurance_chat.conversations.handover.repository import HandoverRepository
from insurance_chat.conversations.memory import service as memory
from insurance_chat.conversations.memory.types import VOICE
from insurance_chat.conversations.models import Contact, Conversation
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.types import ConversationState, Entry, EntryKind
from insurance_chat.core.crypto import Cipher, hash_token, new_token
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import Kind, ServiceError, not_found
from insurance_chat.core.principal import Principal


@dataclass(frozen=True, slots=True)
class SessionView:
    """A conversation as `ChatSession` of the contract shows it."""

    id: UUID
    user_id: UUID
    agent_id: UUID | None
    agent_name: str | None
    state: ConversationState
    channel: str
    prefer_voice: bool
    email: str | None
    created_at: datetime
    updated_at: datetime
    conversation_id: int
    contact_id: int
    is_agent_client: bool  # an insurance agent brought this client


async def create_session(
    unit: Unit,
    tenant_id: int,
    principal: Principal | None,
    *,
    channel: str,
    channel_user_id: str,
    prefer_voice: bool,
    email: str | None,
) -> tuple[SessionView, str]:
    """Open a conversation and give the token that alone opens it.

    An anonymous visitor may only come from the web, and gets a new contact: an identifier that
    anybody could type proves nothing, so it must not show another person's policies.

    Args:
        channel: web, telegram or whatsapp.
        channel_user_id: identifier of the client in that channel.

    Raises:
        ServiceError: `login_required` for a messenger channel without a staff log-in.
    """
    repository = ConversationRepository(unit, tenant_id)
    if principal is not None and principal.is_staff:
        contact = await repository.contact_by_identity(channel, channel_user_id)
        known = await memory.recall(unit, tenant_id, contact.id)
        prefer_voice = prefer_voice or known.prefers_voice
    elif channel == "web":
        contact = await repository.add_contact()
    else:
        raise ServiceError(
            "login_required", Kind.UNAUTHENTICATED, "Для этого канала нужен вход сотрудника."
        )
    token = new_token()
    conversation = await repository.add(
        Conversation(
            contact_id=contact.id,
            channel=channel,
            channel_user_id=channel_user_id,
            access_token_hash=hash_token(token),
            prefer_voice=prefer_voice,
            email=unit.cipher.seal(email) if email else None,
        )
    )
    await unit.session.refresh(conversation)
    return _view(conversation, contact, unit.cipher), token


def _view(
    conversation: Conversation, contact: Contact, cipher: Cipher, agent: User | None = None
) -> SessionView:
    return SessionView(
        id=conversation.public_id,
        user_id=contact.public_id,
        agent_id=agent.public_id if agent is not None else None,
        agent_name=agent.name if agent is not None else None,
        state=ConversationState(conversation.state),
        channel=conversation.channel,
        prefer_voice=conversation.prefer_voice,
        email=cipher.open(conversation.email) if conversation.email is not None else None,
        created_at=conversation.created_at,
        updated_at=conversation.updated_at,
        conversation_id=conversation.id,
        contact_id=conversation.contact_id,
        is_agent_client=contact.operator_id is not None,
    )


async def find(
    unit: Unit, principal: Principal, session: UUID, *, lock: bool = False
) -> Conversation:
    """The conversation, if the caller may see it; what is hidden looks absent.

    The administrator sees all of the tenant; an agent those that wait for an agent, that they lead
    or led, and those of clients whom they brought; a client their own.

    Raises:
        ServiceError: `session_not_found`.
    """
    repository = ConversationRepository(unit, principal.tenant_id)
    conversation = await repository.by_public_id(session, lock=lock)
    if conversation is None or not await may_see(unit, principal, conversation.id):
        raise not_found("session_not_found", "Чат не найден.")
    return conversation


async def may_see(unit: Unit, principal: Principal, conversation_id: int) -> bool:
    """Whether the caller may see a conversation of the tenant, and what came out of it (see `find`)."""
    if principal.is_admin:
        return True
    if not principal.is_staff:
        return principal.conversation_id == conversation_id
    seen = HandoverRepository(unit, principal.tenant_id)
    return await seen.may_see(conversation_id, principal.user_id or 0)


async def brought_by(unit: Unit, conversation: Conversation) -> int | None:
    """The agent whose own client this is, if any (inner key)."""
    contact = await ConversationRepository(unit, conversation.tenant_id).contact(
        conversation.contact_id
    )
    return contact.operator_id if contact is not None else None


async def get_session(unit: Unit, principal: Principal, session: UUID) -> SessionView:
    """State, preferences and participants of a conversation."""
    conversation = await find(unit, principal, session)
    return await view(unit, conversation)


async def view(unit: Unit, conversation: Conversation) -> SessionView:
    """Show a loaded conversation."""
    repository = ConversationRepository(unit, conversation.tenant_id)
    contact = await repository.contact(conversation.contact_id)
    if contact is None:
        raise not_found("session_not_found", "Чат не найден.")
    agent = None
    if conversation.operator_id is not None:
        agent = await HandoverRepository(unit, conversation.tenant_id).user(
            conversation.operator_id
        )
    return _view(conversation, contact, unit.cipher, agent)


async def set_preferences(
    unit: Unit,
    principal: Principal,
    session: UUID,
    *,
    prefer_voice: bool | None,
    email: str | None,
) -> SessionView:
    """Remember how the client wants to be answered, also in later chats; None changes nothing."""
    conversation = await find(unit, principal, session, lock=True)
    if prefer_voice is not None and conversation.prefer_voice != prefer_voice:
        conversation.prefer_voice = prefer_voice
        await memory.keep(
            unit,
            conversation.tenant_id,
            conversation.contact_id,
            {VOICE: {"prefer_voice": prefer_voice}},
            flow="",
            channel=conversation.channel,
        )
    if email is not None:
        conversation.email = unit.cipher.seal(email)
    await unit.session.flush()
    await unit.session.refresh(conversation)
    return await view(unit, conversation)


@dataclass(frozen=True, slots=True)
class Page:
    """Messages oldest first; `next_cursor` continues (and polls for later ones)."""

    items: list[Entry]
    next_cursor: int
    previous_cursor: int | None


async def list_messages(
    unit: Unit,
    principal: Principal,
    session: UUID,
    *,
    cursor: int = 0,
    before: int | None = None,
    limit: int = 50,
) -> Page:
    """A page of the conversation's messages.

    Args:
        cursor: give messages after this number.
        before: instead, give the last messages before this number (history upwards).
        limit: 1 to 100.
    """
    conversation = await find(unit, principal, session)
    repository = ConversationRepository(unit, principal.tenant_id)
    if before is not None:
        items = await repository.entries_before(conversation.id, before, limit)
    else:
        items = await repository.entries_after(conversation.id, cursor, limit, (EntryKind.MESSAGE,))
    previous = items[0].seq if before is not None and len(items) == limit else None
    return Page(items, items[-1].seq if items else cursor, previous)
