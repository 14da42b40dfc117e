"""A client comes by an invitation: the chat is bound to the agent and the client is greeted."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from insurance_chat.accounts.models import User
from insurance_chat.conversations import log, sessions
from insurance_chat.conversations.models import Conversation
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.sessions import SessionView
from insurance_chat.conversations.types import Sender
from insurance_chat.core.clock import utcnow
from insurance_chat.core.crypto import hash_token
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import Kind, ServiceError, not_found
from insurance_chat.core.principal import Principal, Role
from insurance_chat.operators.invitations.models import Invitation
from insurance_chat.operators.invitations.repository import (
    InvitationRepository,
    fetch_by_token_across_tenants,
)
from insurance_chat.operators.invitations.service import state_of

WELCOME = (
    "Здравствуйте! Вас пригласил страховой агент {name}. Отвечаю я, ИИ-помощник: рассчитаю и "
    "оформлю ОСАГО, отвечу на вопросы. Агент видит этот чат и подключится, когда понадобится."
)
ANOTHER = "С вами уже работает страховой агент {name}. Он и подключится к чату, когда понадобится."
BUTTONS = [
    {"title": "Оформить ОСАГО", "value": "Хочу оформить ОСАГО"},
    {"title": "Какие нужны документы?", "value": "Какие нужны документы?"},
    {"title": "Позвать агента", "value": "Позовите агента"},
]


@dataclass(frozen=True, slots=True)
class Welcome:
    """What a visitor may know of an invitation: who invites."""

    agent_name: str


async def welcome(unit: Unit, token: str) -> Welcome | None:
    """Who invites by this link; None when it does not work (any more). Nothing is counted."""
    found = await fetch_by_token_across_tenants(unit, hash_token(token))
    if found is None or state_of(found[0]) != "active":
        return None
    return Welcome(found[1].name)


async def open_session(
    unit: Unit,
    home: int,
    principal: Principal | None,
    token: str,
    *,
    channel: str,
    channel_user_id: str,
    prefer_voice: bool,
    email: str | None,
) -> tuple[SessionView, str]:
    """Open a chat of a new client bound to the agent who invites.

    The link alone shows nothing of those who came by it before: every new browser is a new
    client. A person goes on with an earlier chat only by that chat's own token.

    Args:
        home: tenant whose links are good here.

    Raises:
        ServiceError: `forbidden`, `invitation_not_found`, and what `sessions.create_session` raises.
    """
    _check_no_agent(principal)
    invitation, agent = await _take(unit, token, home)
    view, access_token = await sessions.create_session(
        unit,
        home,
        principal,
        channel=channel,
        channel_user_id=channel_user_id,
        prefer_voice=prefer_voice,
        email=email,
    )
    conversation = await ConversationRepository(unit, home).by_id(view.conversation_id, lock=True)
    assert conversation is not None
    return await _bind(unit, conversation, invitation, agent), access_token


async def accept(unit: Unit, principal: Principal, session: UUID, token: str) -> SessionView:
    """A client who has a chat already opens an invitation: the same chat is bound to the agent.

    A client who has an agent keeps that agent, and is told so once.

    Raises:
        ServiceError: `forbidden`, `session_not_found`, `invitation_not_found`.
    """
    _check_no_agent(principal)
    conversation = await sessions.find(unit, principal, session, lock=True)
    invitation, agent = await _take(unit, token, principal.tenant_id, known=conversation)
    return await _bind(unit, conversation, invitation, agent)


def _check_no_agent(principal: Principal | None) -> None:
    # An agent who could accept for a client would take clients of the queue, and their commission.
    if principal is not None and principal.role is Role.AGENT:
        raise ServiceError("forbidden", Kind.FORBIDDEN, "Приглашение принимает сам клиент.")


async def _take(
    unit: Unit, token: str, tenant_id: int, known: Conversation | None = None
) -> tuple[Invitation, User]:
    found = await fetch_by_token_across_tenants(unit, hash_token(token), lock=True)
    if found is not None and found[0].tenant_id == tenant_id:
        state = state_of(found[0])
        if state == "active" or (state == "spent" and await _is_own(unit, known, found[1])):
            return found
    raise not_found("invitation_not_found", "Приглашение не найдено или больше не действует.")


async def _is_own(unit: Unit, conversation: Conversation | None, agent: User) -> bool:
    # A link that was opened often enough still greets those who came by it.
    if conversation is None:
        return False
    repository = InvitationRepository(unit, conversation.tenant_id)
    owner = await repository.agent_of_contact(conversation.contact_id)
    return owner is not None and owner.id == agent.id


async def _bind(
    unit: Unit, conversation: Conversation, invitation: Invitation, agent: User
) -> SessionView:
    repository = InvitationRepository(unit, conversation.tenant_id)
    if await repository.bind(conversation.contact_id, invitation):
        now = utcnow()
        invitation.used_count += 1
        invitation.first_used_at = invitation.first_used_at or now
        invitation.last_used_at = now
        await _say(unit, conversation, WELCOME.format(name=agent.name), invitation, BUTTONS)
    else:
        owner = await repository.agent_of_contact(conversation.contact_id)
        if owner is not None and owner.id != agent.id:
            await _say(unit, conversation, ANOTHER.format(name=owner.name), invitation, [])
    return await sessions.view(unit, conversation)


async def _say(
    unit: Unit,
    conversation: Conversation,
    words: str,
    invitation: Invitation,
    buttons: list[dict[str, str]],
) -> None:
    body: dict[str, object] = {"text": words}
    if buttons:
        body["metadata"] = {"quickReplies": buttons}
    key = f"invitation:{invitation.public_id}"
    await log.append_message(unit, conversation, Sender.AI, body, key=key)
