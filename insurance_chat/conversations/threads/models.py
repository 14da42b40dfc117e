"""Tables of threads: which conversation a program means, and what it has been given."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from insurance_chat.core.db.base import Base, CreatedAt, IntId, TenantId


class Thread(Base):
    """A conversation of a program. `digest` is the keyed hash of whose thread and its name."""

    __tablename__ = "threads"
    __table_args__ = (UniqueConstraint("tenant_id", "digest"),)

    id: Mapped[IntId]
    tenant_id: Mapped[TenantId]
    digest: Mapped[str] = mapped_column(String(64))
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), unique=True
    )
    # The last line of the log that the program was handed.
    delivered_seq: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[CreatedAt]


class ThreadReply(Base):
    """What one message was answered with: lines after `from_seq` up to `to_seq`, for repeats."""

    __tablename__ = "thread_replies"
    __table_args__ = (UniqueConstraint("conversation_id", "asked_seq"),)

    id: Mapped[IntId]
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    asked_seq: Mapped[int]
    from_seq: Mapped[int]
    to_seq: Mapped[int]
    state: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[CreatedAt]
