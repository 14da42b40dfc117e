"""Table of the links that carry a conversation from one channel to another."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from insurance_chat.core.db.base import Base, CreatedAt, IntId, TenantId


class ContinueLink(Base):
    """One-time link of a conversation; `chat_id` is the chat that opened it and is asked about it."""

    __tablename__ = "continue_links"

    id: Mapped[IntId]
    tenant_id: Mapped[TenantId]
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime]
    chat_id: Mapped[int | None] = mapped_column(
        ForeignKey("channel_chats.id", ondelete="CASCADE"), index=True
    )
    outcome: Mapped[str | None] = mapped_column(String(10))  # moved, declined, replaced
    created_at: Mapped[CreatedAt]
