"""The line of a chat that an agent answers, as it stands above the field."""

from __future__ import annotations

from uuid import UUID

from insurance_chat.conversations import privacy
from insurance_chat.conversations.overview import service as overview
from insurance_chat.conversations.types import EntryKind
from insurance_chat.web.session import Visit

_LONGEST = 160  # characters


async def quotable(visit: Visit, session: UUID, message: UUID) -> str | None:
    """Words of a line for the strip above the field, without contacts unless an administrator looks.

    Args:
        session: public id of the chat.
        message: public id of the line.

    Returns:
        At most 160 characters; None when there is no such message in the chat.
    """
    async with visit.unit() as (unit, principal):
        shown = await overview.transcript(unit, principal, session)
    entry = next((one for one in shown if one.public_id == message), None)
    if entry is None or entry.kind is not EntryKind.MESSAGE:
        return None
    words = " ".join((entry.body.get("text") or "файл").split())
    words = words if len(words) <= _LONGEST else words[:_LONGEST] + "…"
    return words if principal.is_admin else privacy.mask_text(words)
