"""Chats leave the service as files: what goes into them, and the entry in the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from insurance_chat.accounts import access, audit
from insurance_chat.accounts.access import Permission
from insurance_chat.conversations import sessions
from insurance_chat.conversations.overview import service
from insurance_chat.conversations.overview.filters import ChatFilter
from insurance_chat.conversations.overview.repository import OverviewRepository
from insurance_chat.conversations.overview.service import ChatPage
from insurance_chat.conversations.sessions import SessionView
from insurance_chat.conversations.types import Entry, EntryKind
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.principal import Principal

MOST_LINES = 10_000
MOST_CHATS = 10_000


@dataclass(frozen=True, slots=True)
class ChatExport:
    """A whole conversation as it was at a moment, oldest line first; `cut` when it was too long."""

    chat: SessionView
    entries: list[Entry]
    cut: bool
    made_at: datetime


async def read_chat(unit: Unit, principal: Principal, session: UUID, format_: str) -> ChatExport:
    """Take a chat out as a file; the audit log remembers who did.

    Args:
        format_: `pdf` or `csv`, for the audit log.

    Raises:
        ServiceError: `forbidden`, `session_not_found`.
    """
    access.require(principal, Permission.READ_ALL_CHATS)
    conversation = await sessions.find(unit, principal, session)
    entries = await OverviewRepository(unit, principal.tenant_id).lines(
        conversation.id, (EntryKind.MESSAGE, EntryKind.STATE), limit=MOST_LINES
    )
    await audit.record(
        unit,
        principal,
        "chat.exported",
        f"chat:{session}",
        {"format": format_, "lines": len(entries)},
    )
    view = await sessions.view(unit, conversation)
    return ChatExport(view, entries, len(entries) == MOST_LINES, utcnow())


async def read_list(
    unit: Unit, principal: Principal, wanted: ChatFilter, order: str = "updated"
) -> ChatPage:
    """Take a filtered list of chats out as a file, at most ten thousand of them.

    Raises:
        ServiceError: `forbidden`.
    """
    access.require(principal, Permission.READ_ALL_CHATS)
    page = await service.list_chats(unit, principal, wanted, order=order, limit=MOST_CHATS)
    await audit.record(
        unit, principal, "chat.list_exported", "chats:", {"format": "csv", "chats": len(page.rows)}
    )
    return page
