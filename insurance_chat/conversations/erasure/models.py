"""Table of the wishes to have data deleted."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from insurance_chat.core.db.base import Base, CreatedAt, IntId, TenantId


class ErasureRequest(Base):
    """One wish, from its receipt to the deletion; `kept` lists what the law obliges to keep."""

    __tablename__ = "erasure_requests"
    __table_args__ = (Index("ix_erasure_requests_due", "tenant_id", "due_at"),)

    id: Mapped[IntId]
    public_id: Mapped[uuid.UUID] = mapped_column(
        unique=True, server_default=text("gen_random_uuid()")
    )
    tenant_id: Mapped[TenantId]
    contact_id: Mapped[int] = mapped_column(
        ForeignKey("contacts.id", ondelete="CASCADE"), index=True
    )
    conversation_id: Mapped[int | None] = mapped_column(
        ForeignKey("conversations.id", ondelete="SET NULL"), index=True
    )
    origin: Mapped[str] = mapped_column(String(20))  # `client` or `admin`
    due_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    kept: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)
    created_at: Mapped[CreatedAt]  # when the wish was received
