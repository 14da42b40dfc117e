"""Tables of tenants and staff."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
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
    phone: Mapped[bytes | None] = mapped_column(LargeBinary)
    seen_at: Mapped[datetime | None]  # last sign of life while available or busy
    totp_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_enabled_at: Mapped[datetime | None]
    totp_used: Mapped[int | None]  # number of the last accepted 30-second step: no code works twice
    only_own_companies: Mapped[bool | None]  # None: not asked yet
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


class AuditEntry(Base):
    """One action of a member of staff; never changed or deleted."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index("ix_audit_entries_tenant_created", "tenant_id", "created_at"),)

    id: Mapped[IntId]
    tenant_id: Mapped[TenantId]
    user_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    action: Mapped[str] = mapped_column(String(60), index=True)
    target: Mapped[str] = mapped_column(String(120))  # what it was done to, e.g. `agent:<uuid>`
    details: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[CreatedAt]
