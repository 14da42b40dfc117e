"""Tables of the agent's workplace: ready texts and notes that clients never see."""

from __future__ import annotations

import uuid

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from insurance_chat.core.db.base import Base, CreatedAt, IntId, TenantId


class MessageTemplate(Base):
    """A ready text with variables: of everybody when `operator_id` is empty, else of one agent."""

    __tablename__ = "message_templates"
    __table_args__ = (Index("ix_message_templates_owner", "tenant_id", "operator_id"),)

    id: Mapped[IntId]
    public_id: Mapped[uuid.UUID] = mapped_column(
        unique=True, server_default=text("gen_random_uuid()")
    )
    tenant_id: Mapped[TenantId]
    operator_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(80))
    body: Mapped[str] = mapped_column(Text)
    updated_at: Mapped[CreatedAt]
    created_at: Mapped[CreatedAt]


class ConversationNote(Base):
    """A word of staff to staff inside a chat; it is never changed, only taken back by its author."""

    __tablename__ = "conversation_notes"
    __table_args__ = (Index("ix_conversation_notes_chat", "conversation_id", "id"),)

    id: Mapped[IntId]
    public_id: Mapped[uuid.UUID] = mapped_column(
        unique=True, server_default=text("gen_random_uuid()")
    )
    tenant_id: Mapped[TenantId]
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    body: Mapped[bytes] = mapped_column(LargeBinary)  # sealed text
    created_at: Mapped[CreatedAt]
