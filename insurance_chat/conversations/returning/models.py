"""Table of the links that open a conversation of a messenger on the site."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from insurance_chat.core.db.base import Base, CreatedAt, IntId, TenantId


class ReturnLink(Base):
    """One-time link to a conversation; used, it has become a token of that conversation.

    A conversation may be open in a browser already, so its own token stays as it is.
    """

    __tablename__ = "return_links"

    id: Mapped[IntId]
    tenant_id: Mapped[TenantId]
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    access_token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    created_at: Mapped[CreatedAt]
