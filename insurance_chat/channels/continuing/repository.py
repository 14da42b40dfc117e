"""SQL of the links, always under a tenant."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update

from insurance_chat.channels.continuing.models import ContinueLink
from insurance_chat.channels.models import ChannelChat, Connection
from insurance_chat.conversations.models import Conversation, LogEntry
from insurance_chat.conversations.types import EntryKind, Sender
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Unit

REMEMBERED = timedelta(days=1)  # an update that is read again after a crash is not older


class ContinueRepository:
    """Links, chats and last words of one tenant."""

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._tenant_id = tenant_id

    async def replace(self, conversation_id: int, token_hash: str, expires_at: datetime) -> None:
        """Store a new link; older ones that nobody has opened yet stop working."""
        await self._session.execute(
            update(ContinueLink)
            .where(
                ContinueLink.tenant_id == self._tenant_id,
                ContinueLink.conversation_id == conversation_id,
                ContinueLink.outcome.is_(None),
                ContinueLink.chat_id.is_(None),
            )
            .values(outcome="replaced")
        )
        self._session.add(
            ContinueLink(
                tenant_id=self._tenant_id,
                conversation_id=conversation_id,
                token_hash=token_hash,
                expires_at=expires_at,
            )
        )
        await self._session.flush()

    async def link(self, token_hash: str) -> ContinueLink | None:
        """A link in whatever state, locked."""
        return await self._session.scalar(
            select(ContinueLink)
            .where(ContinueLink.tenant_id == self._tenant_id, ContinueLink.token_hash == token_hash)
            .with_for_update()
        )

    async def asked(self, chat_id: int) -> ContinueLink | None:
        """The last link that a chat has opened in the last day, locked."""
        return await self._session.scalar(
            select(ContinueLink)
            .where(
                ContinueLink.tenant_id == self._tenant_id,
                ContinueLink.chat_id == chat_id,
                ContinueLink.created_at > utcnow() - REMEMBERED,
            )
            .order_by(ContinueLink.id.desc())
            .limit(1)
            .with_for_update()
        )

    async def was_said(self, chat_id: int, key: str) -> bool:
        """Whether a line with this key stands in any conversation of the client of a chat."""
        own = (
            select(Conversation.contact_id)
            .join(ChannelChat, ChannelChat.conversation_id == Conversation.id)
            .where(ChannelChat.id == chat_id, ChannelChat.tenant_id == self._tenant_id)
            .scalar_subquery()
        )
        found = await self._session.scalar(
            select(LogEntry.id)
            .join(Conversation, Conversation.id == LogEntry.conversation_id)
            .where(
                Conversation.tenant_id == self._tenant_id,
                Conversation.contact_id == own,
                LogEntry.client_key == key,
            )
            .limit(1)
        )
        return found is not None

    async def chat_of(self, conversation_id: int) -> ChannelChat | None:
        """The messenger chat of a conversation, if it has one."""
        return await self._session.scalar(
            select(ChannelChat).where(
                ChannelChat.tenant_id == self._tenant_id,
                ChannelChat.conversation_id == conversation_id,
            )
        )

    async def chat(self, chat_id: int) -> ChannelChat | None:
        """One chat, locked."""
        return await self._session.scalar(
            select(ChannelChat)
            .where(ChannelChat.tenant_id == self._tenant_id, ChannelChat.id == chat_id)
            .with_for_update()
        )

    async def pair(self, *ids: int) -> dict[int, Conversation]:
        """Conversations by inner key, locked in the order of their age."""
        rows = await self._session.scalars(
            select(Conversation)
            .where(Conversation.tenant_id == self._tenant_id, Conversation.id.in_(ids))
            .order_by(Conversation.id)
            .with_for_update(key_share=True)
        )
        return {row.id: row for row in rows}

    async def last_said(self, conversation_id: int, sender: Sender) -> LogEntry | None:
        """The last message of somebody in a conversation, sealed."""
        return await self._session.scalar(
            select(LogEntry)
            .where(
                LogEntry.conversation_id == conversation_id,
                LogEntry.kind == EntryKind.MESSAGE.value,
                LogEntry.sender == sender.value,
            )
            .order_by(LogEntry.seq.desc())
            .limit(1)
        )

    async def active(self) -> list[Connection]:
        """Messenger accounts that answer now."""
        rows = await self._session.scalars(
            select(Connection)
            .where(Connection.tenant_id == self._tenant_id, Connection.state == "active")
            .order_by(Connection.id)
        )
        return list(rows)
