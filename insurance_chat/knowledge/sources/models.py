"""Tables of watched sources, of the documents found there, and of what has changed."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from insurance_chat.core.db.base import Base, CreatedAt, IntId, TenantId

WAITING = "status in ('new', 'failed')"


class UpdateSource(Base):
    """Where the service looks for news: a feed, a page, a site map, a file, a folder."""

    __tablename__ = "update_sources"
    __table_args__ = (Index("ix_update_sources_due", "next_at", postgresql_where=text("active")),)

    id: Mapped[IntId]
    public_id: Mapped[uuid.UUID] = mapped_column(
        unique=True, server_default=text("gen_random_uuid()")
    )
    tenant_id: Mapped[TenantId]
    type: Mapped[str] = mapped_column(String(10))
    url: Mapped[str]
    title: Mapped[str] = mapped_column(String(300))
    company_code: Mapped[str | None] = mapped_column(String(60))
    product_code: Mapped[str | None] = mapped_column(String(60))
    visibility: Mapped[str] = mapped_column(String(10), server_default="public")
    schedule_cron: Mapped[str] = mapped_column(String(100))
    only_with: Mapped[str] = mapped_column(String(200), server_default="")
    offer_first: Mapped[bool] = mapped_column(server_default="true")
    active: Mapped[bool] = mapped_column(server_default="true")
    next_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    ok_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(server_default="0")
    error_code: Mapped[str | None] = mapped_column(String(40))
    error: Mapped[str | None]
    note: Mapped[str] = mapped_column(server_default="")
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    created_by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[CreatedAt]


class UpdateItem(Base):
    """One document of a source: what was seen of it last, and what the knowledge base holds of it.

    `seen_hash` is the text that a person has been told of, `base_hash` the one that is in force.
    `base` is that text (packed JSON) where no published document holds it.
    """

    __tablename__ = "update_items"
    __table_args__ = (UniqueConstraint("source_id", "url"),)

    id: Mapped[IntId]
    tenant_id: Mapped[TenantId]
    source_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("update_sources.id", ondelete="CASCADE")
    )
    url: Mapped[str]
    title: Mapped[str] = mapped_column(String(300), server_default="")
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    raw_hash: Mapped[str | None] = mapped_column(String(64))
    seen_hash: Mapped[str | None] = mapped_column(String(64))
    base_hash: Mapped[str | None] = mapped_column(String(64))
    base: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    document_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("kb_documents.id", ondelete="SET NULL"), index=True
    )
    misses: Mapped[int] = mapped_column(server_default="0")
    checked_at: Mapped[datetime | None]
    error: Mapped[str | None]


class UpdateEvent(Base):
    """A document that is new, has changed or has vanished, and what a person decided about it."""

    __tablename__ = "update_events"
    __table_args__ = (
        Index("ix_update_events_listing", "tenant_id", "status", "id"),
        Index("ix_update_events_source_id", "source_id"),
        Index("uq_update_events_waiting", "item_id", unique=True, postgresql_where=text(WAITING)),
    )

    id: Mapped[IntId]
    public_id: Mapped[uuid.UUID] = mapped_column(
        unique=True, server_default=text("gen_random_uuid()")
    )
    tenant_id: Mapped[TenantId]
    source_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("update_sources.id", ondelete="CASCADE")
    )
    item_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("update_items.id", ondelete="CASCADE")
    )
    kind: Mapped[str] = mapped_column(String(10))
    detected_at: Mapped[CreatedAt]
    summary: Mapped[str]
    status: Mapped[str] = mapped_column(String(10), server_default="new")
    title: Mapped[str] = mapped_column(String(300))
    url: Mapped[str]
    company_code: Mapped[str | None] = mapped_column(String(60))
    product_code: Mapped[str | None] = mapped_column(String(60))
    text_hash: Mapped[str | None] = mapped_column(String(64))
    differences: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    analysis: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    file_key: Mapped[str | None]
    file_name: Mapped[str | None] = mapped_column(String(255))
    decision: Mapped[str | None] = mapped_column(String(10))
    decided_by: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="SET NULL")
    )
    decided_at: Mapped[datetime | None]
    message: Mapped[str | None]
    document_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("kb_documents.id", ondelete="SET NULL")
    )
