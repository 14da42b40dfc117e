"""Tables of the knowledge base."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, ForeignKey, Index, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from insurance_chat.core.db.base import Base, CreatedAt, IntId, TenantId


class Document(Base):
    """One version of a document: uploaded (preview), answering questions (published) or deleted."""

    __tablename__ = "kb_documents"
    __table_args__ = (
        Index("ix_kb_documents_changes", "tenant_id", "revision"),
        Index("ix_kb_documents_file_name", "tenant_id", "file_name"),
    )

    id: Mapped[IntId]
    public_id: Mapped[uuid.UUID] = mapped_column(
        unique=True, server_default=text("gen_random_uuid()")
    )
    tenant_id: Mapped[TenantId]
    company_code: Mapped[str | None] = mapped_column(String(60))
    product_code: Mapped[str | None] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(300))
    kind: Mapped[str] = mapped_column(String(30), server_default="document")
    visibility: Mapped[str] = mapped_column(String(10), server_default="public")
    status: Mapped[str] = mapped_column(String(10), server_default="preview")
    version: Mapped[int] = mapped_column(server_default="1")
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    source_url: Mapped[str | None]
    file_key: Mapped[str]
    file_name: Mapped[str] = mapped_column(String(255))
    mime: Mapped[str] = mapped_column(String(100))
    page_count: Mapped[int]
    content_hash: Mapped[str] = mapped_column(String(64))
    revision: Mapped[int] = mapped_column(server_default="0")
    analysis: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    deleted_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]


class Passage(Base):
    """A searchable piece of a document."""

    __tablename__ = "kb_passages"
    __table_args__ = (Index("ix_kb_passages_place", "document_id", "idx", unique=True),)

    id: Mapped[IntId]
    tenant_id: Mapped[TenantId]
    document_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("kb_documents.id", ondelete="CASCADE")
    )
    idx: Mapped[int]
    heading_path: Mapped[str] = mapped_column(server_default="")
    page: Mapped[int | None]
    text: Mapped[str]


class Revision(Base):
    """How many times a tenant's knowledge has changed; processes compare it with what they indexed."""

    __tablename__ = "kb_revisions"

    tenant_id: Mapped[int] = mapped_column(
        ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    revision: Mapped[int] = mapped_column(server_default="0")
