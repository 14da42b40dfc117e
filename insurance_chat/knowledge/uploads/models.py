"""Table of the files that are on their way into the knowledge base."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from insurance_chat.core.db.base import Base, CreatedAt, IntId, TenantId

OPEN = "stage in ('waiting', 'reading')"


class Upload(Base):
    """One file or link that somebody gave to the service, and how far it has been read."""

    __tablename__ = "kb_uploads"
    __table_args__ = (
        Index("ix_kb_uploads_batch", "tenant_id", "batch_id"),
        Index("ix_kb_uploads_open", "changed_at", postgresql_where=text(OPEN)),
        Index(
            "uq_kb_uploads_same_file",
            "tenant_id",
            "content_hash",
            unique=True,
            postgresql_where=text(OPEN),
        ),
    )

    id: Mapped[IntId]
    public_id: Mapped[uuid.UUID] = mapped_column(
        unique=True, server_default=text("gen_random_uuid()")
    )
    tenant_id: Mapped[TenantId]
    batch_id: Mapped[uuid.UUID]
    uploaded_by: Mapped[str] = mapped_column(String(80))
    file_name: Mapped[str] = mapped_column(String(255))
    source_url: Mapped[str | None]
    size: Mapped[int] = mapped_column(BigInteger, server_default="0")
    content_hash: Mapped[str | None] = mapped_column(String(64))
    file_key: Mapped[str | None]
    company_code: Mapped[str | None] = mapped_column(String(60))
    product_code: Mapped[str | None] = mapped_column(String(60))
    visibility: Mapped[str | None] = mapped_column(String(10))
    stage: Mapped[str] = mapped_column(String(10), server_default="waiting")
    step: Mapped[str] = mapped_column(String(10), server_default="")
    page: Mapped[int] = mapped_column(server_default="0")
    pages: Mapped[int] = mapped_column(server_default="0")
    percent: Mapped[int] = mapped_column(server_default="0")
    attempts: Mapped[int] = mapped_column(server_default="0")
    error_code: Mapped[str | None] = mapped_column(String(40))
    message: Mapped[str | None]
    document_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("kb_documents.id", ondelete="SET NULL")
    )
    created_at: Mapped[CreatedAt]
    changed_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
