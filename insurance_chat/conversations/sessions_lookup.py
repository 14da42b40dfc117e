"""Small look-ups for slices above that know a conversation by its inner key."""

from __future__ import annotations

from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.core.db.unit import Unit


async def public_id(unit: Unit, tenant_id: int, conversation_id: int | None) -> str | None:
    """Public id of a conversation; None when there is no conversation."""
    if conversation_id is None:
        return None
    found = await ConversationRepository(unit, tenant_id).public_ids([conversation_id])
    return str(found[conversation_id]) if conversation_id in found else None
