"""Small look-ups for slices above that know a conversation by its inner key."""

from __future__ import annotations

from collections.abc import Iterable

from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.core.db.unit import Unit


async def public_id(unit: Unit, tenant_id: int, conversation_id: int | None) -> str | None:
    """Public id of a conversation; None when there is no conversation."""
    if conversation_id is None:
        return None
    found = await ConversationRepository(unit, tenant_id).public_ids([conversation_id])
    return str(found[conversation_id]) if conversation_id in found else None


async def public_ids(
    unit: Unit, tenant_id: int, conversation_ids: Iterable[int | None]
) -> dict[int, str]:
    """Public ids of many conversations by their inner keys, in one query."""
    wanted = sorted({one for one in conversation_ids if one is not None})
    if not wanted:
        return {}
    found = await ConversationRepository(unit, tenant_id).public_ids(wanted)
    return {key: str(value) for key, value in found.items()}
