"""Going on with a conversation of a messenger on the site.

The link is given in the messenger, whose client is proven, so who opens it needs no other proof. It
works once and for half an hour; what it gives is a token of that conversation, like any visitor's.
"""

from __future__ import annotations

from datetime import timedelta

from insurance_chat.conversations import sessions
from insurance_chat.conversations.returning.repository import (
    ReturnRepository,
    is_good_across_tenants,
)
from insurance_chat.conversations.sessions import SessionView
from insurance_chat.core.clock import utcnow
from insurance_chat.core.crypto import hash_token, new_token
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import not_found

LIFE = timedelta(minutes=30)


async def issue(unit: Unit, tenant_id: int, conversation_id: int) -> str:
    """A link that opens this conversation on the site.

    Returns:
        The last part of the address, `/r/<token>`.
    """
    token = new_token()
    repository = ReturnRepository(unit, tenant_id)
    await repository.add(conversation_id, hash_token(token), utcnow() + LIFE)
    return token


async def is_good(unit: Unit, token: str) -> bool:
    """Whether a link still works; looking uses nothing up, so that previews of messengers may."""
    return await is_good_across_tenants(unit, hash_token(token))


async def use(unit: Unit, tenant_id: int, token: str) -> tuple[SessionView, str]:
    """Open the conversation of a link in a browser; the link is worth nothing afterwards.

    Returns:
        The conversation and a token of it; other browsers keep theirs.

    Raises:
        ServiceError: `link_expired`.
    """
    repository = ReturnRepository(unit, tenant_id)
    link = await repository.good(hash_token(token))
    conversation = await repository.conversation(link.conversation_id) if link else None
    if link is None or conversation is None:
        raise not_found("link_expired", "Ссылка больше не действует. Попросите в чате новую.")
    access = new_token()
    link.used_at = utcnow()
    link.access_token_hash = hash_token(access)
    return await sessions.view(unit, conversation), access
