"""Tables of invitations: links by which agents bring their own clients."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from insurance_chat.core.db.base import Base, CreatedAt, IntId, TenantId


class Invitation(Base):
    """A link of one agent. The token itself is kept nowhere: who reads the table cannot use it."""

    __tablename__ = "invitations"
    __table_args__ = (Index("ix_invitations_operator", "tenant_id", "operator_id"),)

    id: Mapped[IntId]
    public_id: Mapped[uuid.UUID] = mapped_column(
        unique=True, server_default=text("gen_random_uuid()")
    )
    tenant_id: Mapped[TenantId]
    operator_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    label: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed: whom the agent thinks of
    reusable: Mapped[bool] = mapped_column(server_default="false")
    only_own_companies: Mapped[bool] = mapped_column(server_default="false")
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    used_count: Mapped[int] = mapped_column(server_default="0")
    first_used_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]


class InvitedContact(Base):
    """The client whom an invitation has brought; the first agent to bring a client keeps them."""

    __tablename__ = "invited_contacts"

    contact_id: Mapped[int] = mapped_column(
        ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True
    )
    tenant_id: Mapped[TenantId]
    invitation_id: Mapped[int] = mapped_column(
        ForeignKey("invitations.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[CreatedAt]
