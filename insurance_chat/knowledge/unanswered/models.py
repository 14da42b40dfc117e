"""Table of the questions that the assistant could not answer."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from insurance_chat.core.db.base import Base, CreatedAt, IntId, TenantId


class Unanswered(Base):
    """One question without an answer; personal data are masked before the words are sealed.

    `status`: `open`, `answered` (an answer was written), `wanted` (a document is asked for),
    `dismissed`.
    """

    __tablename__ = "kb_unanswered"
    __table_args__ = (
        Index("ix_kb_unanswered_status", "tenant_id", "status", "id"),
        Index("ix_kb_unanswered_created", "created_at"),
    )

    id: Mapped[IntId]
    public_id: Mapped[uuid.UUID] = mapped_column(
        unique=True, server_default=text("gen_random_uuid()")
    )
    tenant_id: Mapped[TenantId]
    conversation_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    question: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[str] = mapped_column(String(10), server_default="open")
    note: Mapped[bytes | None] = mapped_column(LargeBinary)
    document_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("kb_documents.id", ondelete="SET NULL")
    )
    decided_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
