"""Tables of tenants and staff."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from insurance_chat.core.db.base import Base, CreatedAt, IntId, TenantId


class Tenant(Base):
    """A company that uses the service; owns everything else."""

    __tablename__ = "tenants"

    id: Mapped[IntId]
    public_id: Mapped[uuid.UUID] = mapped_column(
        unique=True, server_default=text("gen_random_uuid()")
    )
    name: Mapped[str]
    slug: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[CreatedAt]


class User(Base):
    """A member of staff: administrator or insurance agent."""

    __tablename__ = "users"
    __table_args__ = (UniqueConstraint("tenant_id", "login"),)

    id: Mapped[IntId]
    tenant_id: Mapped[TenantId]
    public_id: Mapped[uuid.UUID] = mapped_column(
        unique=True, server_default=text("gen_random_uuid()")
    )
    login: Mapped[str] = mapped_column(String(120))
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(10))
    password_hash: Mapped[str]
    status: Mapped[str] = mapped_column(String(10), server_default="offline")
    companies: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=text("'{}'"))
    token_epoch: Mapped[int] = mapped_column(server_default="0")
    approved_at: Mapped[datetime | None]
    blocked_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]


class RefreshToken(Base):
    """One refresh token; using a spent one ends the whole family (a stolen copy)."""

    __tablename__ = "refresh_tokens"
    __table_args__ = (Index("ix_refresh_tokens_family", "family"),)

    id: Mapped[IntId]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    family: Mapped[uuid.UUID]
    token_hash: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
