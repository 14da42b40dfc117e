"""Tables of agents in Telegram: who is linked, which chats they have open there, what they are owed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from insurance_chat.core.db.base import Base, CreatedAt, IntId, TenantId


class DeskCode(Base):
    """A one-time link by which a member of staff connects their Telegram; one at a time each."""

    __tablename__ = "desk_codes"

    id: Mapped[IntId]
    tenant_id: Mapped[TenantId]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), unique=True)
    connection_id: Mapped[int] = mapped_column(
        ForeignKey("connections.id", ondelete="CASCADE"), index=True
    )
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime]
    created_at: Mapped[CreatedAt]


class DeskAccount(Base):
    """One Telegram account is one member of staff.

    `epoch` is the person's `token_epoch` when they linked it: a block or a new password ends the link
    together with all other log-ins.
    """

    __tablename__ = "desk_accounts"
    __table_args__ = (UniqueConstraint("tenant_id", "person_hash"),)

    id: Mapped[IntId]
    tenant_id: Mapped[TenantId]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), unique=True)
    connection_id: Mapped[int] = mapped_column(
        ForeignKey("connections.id", ondelete="CASCADE"), index=True
    )
    person_hash: Mapped[str] = mapped_column(String(64))  # keyed
    address: Mapped[bytes] = mapped_column(LargeBinary)  # sealed {chat, title}
    epoch: Mapped[int]
    # The chat to which words without a reply go.
    conversation_id: Mapped[int | None] = mapped_column(
        ForeignKey("conversations.id", ondelete="SET NULL"), index=True
    )
    awaits: Mapped[int | None]  # the draft (`desk_messages.id`) that the next words change
    status_told: Mapped[str] = mapped_column(String(10), server_default="offline")
    acted_at: Mapped[datetime]  # last act of the person in Telegram
    blocked_at: Mapped[datetime | None]  # the person has stopped the bot
    created_at: Mapped[CreatedAt]


class DeskChat(Base):
    """A client's chat that its agent leads from Telegram; `told_seq` is the last line told there."""

    __tablename__ = "desk_chats"
    __table_args__ = (
        UniqueConstraint("account_id", "conversation_id"),
        UniqueConstraint("account_id", "number"),
    )

    id: Mapped[IntId]
    tenant_id: Mapped[TenantId]
    account_id: Mapped[int] = mapped_column(ForeignKey("desk_accounts.id", ondelete="CASCADE"))
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    number: Mapped[int]  # by which the agent tells chats apart
    told_seq: Mapped[int]
    created_at: Mapped[CreatedAt]


class DeskMessage(Base):
    """A message to an agent (or one of theirs, `heard`), kept until long after it was sent.

    `state`: `new`, `sending`, `failed` (tried again at `retry_at`), `sent`, `dead`, `dropped` (nobody
    needs it any more), `heard`. The row is written before it is sent, so a process that dies in
    between leaves `sending`, and the next one sends it again. `key` makes a repeat harmless.
    """

    __tablename__ = "desk_messages"
    __table_args__ = (
        UniqueConstraint("connection_id", "key"),
        Index("ix_desk_messages_external", "account_id", "external_id"),
        Index(
            "ix_desk_messages_owed",
            "connection_id",
            "id",
            postgresql_where=text("state in ('new', 'sending', 'failed')"),
        ),
        Index(
            "ix_desk_messages_open",
            "connection_id",
            postgresql_where=text("handover_id is not null"),
        ),
        Index("ix_desk_messages_created_at", "created_at"),
    )

    id: Mapped[IntId]
    tenant_id: Mapped[TenantId]
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id", ondelete="CASCADE"))
    # Empty for a stranger who is refused.
    account_id: Mapped[int | None] = mapped_column(
        ForeignKey("desk_accounts.id", ondelete="CASCADE")
    )
    key: Mapped[str] = mapped_column(String(200))
    conversation_id: Mapped[int | None] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    # A card of a request that still waits, as far as the agent was told.
    handover_id: Mapped[int | None] = mapped_column(
        ForeignKey("handovers.id", ondelete="CASCADE"), index=True
    )
    seq: Mapped[int | None]  # the line of the log that it shows
    edits_id: Mapped[int | None]  # the message whose words it replaces
    body: Mapped[bytes] = mapped_column(LargeBinary)  # sealed
    state: Mapped[str] = mapped_column(String(10), server_default="new")
    external_id: Mapped[str | None] = mapped_column(String(200))
    attempts: Mapped[int] = mapped_column(server_default="0")
    retry_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
