"""Tables of messengers: accounts, their chats, what came in, what went out."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from insurance_chat.core.db.base import Base, CreatedAt, IntId, TenantId


class Connection(Base):
    """One configured messenger account of a tenant.

    `state`: `active`, `waiting` (a further step of the administrator), `paused`, `failed`, `removed`.
    The process that holds the lease polls the account, reads its updates and sends its replies, so
    order, limits and «one poller per bot» need no other lock.
    """

    __tablename__ = "connections"
    __table_args__ = (
        Index(
            "uq_connections_account",
            "kind",
            "external_id",
            unique=True,
            postgresql_where=text("state <> 'removed'"),
        ),
    )

    id: Mapped[IntId]
    public_id: Mapped[uuid.UUID] = mapped_column(
        unique=True, server_default=text("gen_random_uuid()")
    )
    tenant_id: Mapped[TenantId]
    kind: Mapped[str] = mapped_column(String(20))  # `ChannelAdapter.code`
    external_id: Mapped[str] = mapped_column(String(200))
    title: Mapped[str] = mapped_column(String(200))
    hook_hash: Mapped[str] = mapped_column(String(64), unique=True)  # of the unguessable address
    secrets: Mapped[bytes] = mapped_column(LargeBinary)  # sealed; holds the address too
    options: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    wants: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'"))
    # Who of the staff answers by hand in this account (Telegram Business, a paired phone).
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    state: Mapped[str] = mapped_column(String(10), server_default="active")
    error: Mapped[str | None] = mapped_column(String(500))  # Russian, without personal data
    error_at: Mapped[datetime | None]
    probed_at: Mapped[datetime | None]
    last_in_at: Mapped[datetime | None]
    last_out_at: Mapped[datetime | None]
    cursor: Mapped[int] = mapped_column(server_default="0")
    lease_owner: Mapped[uuid.UUID | None]
    lease_until: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]


class ChannelChat(Base):
    """A chat of a messenger and the conversation that it is.

    `sent_seq` is the line of the log up to which everything has been handed to the messenger: the log
    is the outbox, so a reply cannot be committed without being owed.
    """

    __tablename__ = "channel_chats"
    __table_args__ = (UniqueConstraint("connection_id", "address_hash"),)

    id: Mapped[IntId]
    tenant_id: Mapped[TenantId]
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id", ondelete="CASCADE"))
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), unique=True
    )
    address_hash: Mapped[str] = mapped_column(String(64))  # keyed; a WhatsApp address is a phone
    address: Mapped[bytes] = mapped_column(LargeBinary)  # sealed {chat, extra}
    sent_seq: Mapped[int] = mapped_column(server_default="0")
    offered: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed: the last numbered choices
    last_in_at: Mapped[datetime | None]  # begins the window of messengers that have one
    blocked_at: Mapped[datetime | None]
    retry_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]


class ChannelUpdate(Base):
    """One update of a messenger as it came, stored before anybody reads it.

    `state`: `new`, `media` (a file is being fetched), `done`, `ignored`, `failed`. The body is wiped
    some days after it was read.
    """

    __tablename__ = "channel_updates"
    __table_args__ = (
        UniqueConstraint("connection_id", "key"),
        Index(
            "ix_channel_updates_open",
            "connection_id",
            "chat_hash",
            postgresql_where=text("state in ('new', 'media')"),
        ),
        Index("ix_channel_updates_received", "received_at"),
    )

    id: Mapped[IntId]
    tenant_id: Mapped[TenantId]
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(200))
    chat_hash: Mapped[str] = mapped_column(String(64))
    place: Mapped[int] = mapped_column(server_default="0")  # `RawUpdate.order`
    state: Mapped[str] = mapped_column(String(10), server_default="new")
    attempts: Mapped[int] = mapped_column(server_default="0")
    media: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed cards of fetched files
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    error: Mapped[str | None] = mapped_column(String(300))
    received_at: Mapped[CreatedAt]


class Delivery(Base):
    """One part of a reply on its way to a messenger.

    `state`: `sending`, `sent`, `delivered`, `read`, `failed` (tried again at `retry_at` of the chat),
    `dead` (a person decides), `again` (a person wants it sent once more) and `skipped` (not for the
    messenger, or a person has let it go).
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("chat_id", "seq", "part"),
        Index("ix_deliveries_external", "connection_id", "external_id"),
        Index(
            "ix_deliveries_open",
            "connection_id",
            postgresql_where=text("state in ('sending', 'failed', 'again')"),
        ),
        Index(
            "ix_deliveries_dead", "tenant_id", "created_at", postgresql_where=text("state = 'dead'")
        ),
    )

    id: Mapped[IntId]
    public_id: Mapped[uuid.UUID] = mapped_column(
        unique=True, server_default=text("gen_random_uuid()")
    )
    tenant_id: Mapped[TenantId]
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id", ondelete="CASCADE"))
    chat_id: Mapped[int] = mapped_column(ForeignKey("channel_chats.id", ondelete="CASCADE"))
    seq: Mapped[int]
    part: Mapped[int]
    kind: Mapped[str] = mapped_column(String(10))  # text, file, voice, template
    state: Mapped[str] = mapped_column(String(10), server_default="sending")
    external_id: Mapped[str | None] = mapped_column(String(200))
    attempts: Mapped[int] = mapped_column(server_default="0")
    error: Mapped[str | None] = mapped_column(String(300))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]


class ChannelMessage(Base):
    """Which line of the log a messenger's message is, for edits, deletions, quotes and statuses."""

    __tablename__ = "channel_messages"
    __table_args__ = (UniqueConstraint("chat_id", "message_id"),)

    id: Mapped[IntId]
    chat_id: Mapped[int] = mapped_column(ForeignKey("channel_chats.id", ondelete="CASCADE"))
    message_id: Mapped[str] = mapped_column(String(200))
    seq: Mapped[int]
    created_at: Mapped[CreatedAt]
