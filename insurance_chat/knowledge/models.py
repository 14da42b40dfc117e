"""Tables of the knowledge base."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, ForeignKey, Index, String, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from insurance_chat.core.db.base import Base, CreatedAt, IntId, TenantId


class Document(Base):
    """One version of a document.

    `status`: `preview` (uploaded, waits for a person), `published` (answers questions within its
    days), `replaced` (an earlier version, kept to be compared and taken back), `deleted` (in the
    bin for 30 days), `purged` (its text and file are gone, the row tells that it was).
    `lineage`: the same for all versions of one document. `operator_id`: the only agent who reads
    it; None for all whom `visibility` lets. `revision` is 0 until it is published.
    """

    __tablename__ = "kb_documents"
    __table_args__ = (
        Index("ix_kb_documents_changes", "tenant_id", "revision"),
        Index("ix_kb_documents_file_name", "tenant_id", "file_name"),
        Index("ix_kb_documents_lineage", "tenant_id", "lineage"),
        Index("ix_kb_documents_file_key", "file_key"),
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
    operator_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="CASCADE")
    )
    lineage: Mapped[uuid.UUID | None]
    tags: Mapped[list[str]] = mapped_column(ARRAY(String(40)), server_default="{}")
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


class HistoryEntry(Base):
    """Who did what to a document and when; entries are never changed."""

    __tablename__ = "kb_history"
    __table_args__ = (Index("ix_kb_history_lineage", "tenant_id", "lineage"),)

    id: Mapped[IntId]
    tenant_id: Mapped[TenantId]
    lineage: Mapped[uuid.UUID]
    version: Mapped[int]
    user_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="SET NULL")
    )
    verb: Mapped[str] = mapped_column(String(20))
    details: Mapped[str] = mapped_column(String(300), server_default="")
    created_at: Mapped[CreatedAt]


class Revision(Base):
    """How many times a tenant's knowledge has changed; processes compare it with what they indexed."""

    __tablename__ = "kb_revisions"

    tenant_id: Mapped[int] = mapped_column(
        ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    revision: Mapped[int] = mapped_column(server_default="0")
