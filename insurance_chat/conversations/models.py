"""Tables of contacts, conversations and their append-only log."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import (
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from insurance_chat.core.db.base import Base, CreatedAt, IntId, TenantId


class Contact(Base):
    """The client as a person; names and addresses are sealed."""

    __tablename__ = "contacts"

    id: Mapped[IntId]
    public_id: Mapped[uuid.UUID] = mapped_column(
        unique=True, server_default=text("gen_random_uuid()")
    )
    tenant_id: Mapped[TenantId]
    profile: Mapped[bytes | None] = mapped_column(
        LargeBinary
    )  # sealed {name, email, phone, language}
    # The insurance agent who brought this client; set by an invitation.
    operator_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    erased_at: Mapped[datetime | None]  # data deleted; the row ties together what the law keeps
    created_at: Mapped[CreatedAt]


class Identity(Base):
    """One proven identifier of a contact in one channel."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("tenant_id", "channel", "external_id"),)

    id: Mapped[IntId]
    tenant_id: Mapped[TenantId]
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String(20))
    external_id: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[CreatedAt]


class Conversation(Base):
    """The log between a contact and the service in one channel, and what is needed to go on.

    `last_seq` numbers the log and is the version that a turn checks before it commits; a turn is
    owed while `last_inbound_seq > answered_seq` or somebody poked; `lease_*` names the turn at work.
    """

    __tablename__ = "conversations"
    __table_args__ = (
        Index("ix_conversations_turn_owed", "turn_owed_at", postgresql_where="turn_owed"),
        Index("ix_conversations_tenant_updated", "tenant_id", "updated_at"),
    )

    id: Mapped[IntId]
    public_id: Mapped[uuid.UUID] = mapped_column(
        unique=True, server_default=text("gen_random_uuid()")
    )
    tenant_id: Mapped[TenantId]
    contact_id: Mapped[int] = mapped_column(
        ForeignKey("contacts.id", ondelete="CASCADE"), index=True
    )
    channel: Mapped[str] = mapped_column(String(20))
    channel_user_id: Mapped[str] = mapped_column(String(200))
    access_token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    state: Mapped[str] = mapped_column(String(20), server_default="qa")
    operator_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    tags: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=text("'{}'"))
    prefer_voice: Mapped[bool] = mapped_column(server_default="false")
    email: Mapped[bytes | None] = mapped_column(LargeBinary)
    dialogue: Mapped[bytes | None] = mapped_column(LargeBinary)
    last_seq: Mapped[int] = mapped_column(server_default="0")
    last_inbound_seq: Mapped[int] = mapped_column(server_default="0")
    answered_seq: Mapped[int] = mapped_column(server_default="0")
    unread: Mapped[int] = mapped_column(server_default="0")
    handover_epoch: Mapped[int] = mapped_column(server_default="0")
    # A sale that the agent leads waits for the client's own word (consent, choice, payment).
    flow_asks: Mapped[bool] = mapped_column(server_default="false")
    turn_owed: Mapped[bool] = mapped_column(server_default="false")
    turn_owed_at: Mapped[datetime | None]
    lease_owner: Mapped[uuid.UUID | None]
    lease_until: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]


class ConversationSummary(Base):
    """What was said in a long chat before the window that a model is shown; sealed text."""

    __tablename__ = "conversation_summaries"

    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True
    )
    upto_seq: Mapped[int]  # the last line of the log that is summed up
    body: Mapped[bytes] = mapped_column(LargeBinary)
    updated_at: Mapped[CreatedAt]


class ContactMemory(Base):
    """What the assistant remembers of a client between chats; sealed JSON."""

    __tablename__ = "contact_memories"

    contact_id: Mapped[int] = mapped_column(
        ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True
    )
    tenant_id: Mapped[TenantId]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    updated_at: Mapped[CreatedAt]


class Handover(Base):
    """One wish for a human, from the request to its end.

    `waiting` → `claimed` → `ended`; at most one that is not ended in a conversation. `asked_for`
    narrows the audience to one operator, `company` and `product` to those who know them, until
    `widen_at`.
    """

    __tablename__ = "handovers"
    __table_args__ = (
        Index(
            "uq_handovers_open",
            "conversation_id",
            unique=True,
            postgresql_where=text("status <> 'ended'"),
        ),
        Index(
            "ix_handovers_waiting", "tenant_id", "id", postgresql_where=text("status = 'waiting'")
        ),
        Index("ix_handovers_requested", "tenant_id", "requested_at"),
    )

    id: Mapped[IntId]
    public_id: Mapped[uuid.UUID] = mapped_column(
        unique=True, server_default=text("gen_random_uuid()")
    )
    tenant_id: Mapped[TenantId]
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    status: Mapped[str] = mapped_column(String(10), server_default="waiting")
    reason: Mapped[str] = mapped_column(String(40))
    asked_for: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    company: Mapped[str | None] = mapped_column(String(60))
    product: Mapped[str | None] = mapped_column(String(40))
    widen_at: Mapped[datetime | None]
    told_nobody_at: Mapped[datetime | None]  # the client was told that nobody has come yet
    requested_at: Mapped[CreatedAt]
    claimed_by: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    claimed_at: Mapped[datetime | None]
    first_reply_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(20))


class LogEntry(Base):
    """One line of the append-only log: a message or an event. Bodies are sealed.

    `sound` is what was learnt later of a message's voice (heard words, or the recording of a reply);
    it is written once, and a line of kind `voice` says the same at its place in the log.
    """

    __tablename__ = "log_entries"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        UniqueConstraint("conversation_id", "client_key"),
    )

    id: Mapped[IntId]
    public_id: Mapped[uuid.UUID] = mapped_column(unique=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    seq: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    sender: Mapped[str] = mapped_column(String(10))
    client_key: Mapped[str | None] = mapped_column(String(120))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    sound: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[CreatedAt]


class Consent(Base):
    """Proof of one consent (152-ФЗ art. 9): purpose, exact text version, when and by what message."""

    __tablename__ = "consents"

    id: Mapped[IntId]
    tenant_id: Mapped[TenantId]
    contact_id: Mapped[int] = mapped_column(
        ForeignKey("contacts.id", ondelete="CASCADE"), index=True
    )
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    purpose: Mapped[str] = mapped_column(String(40))
    version: Mapped[str] = mapped_column(String(40))
    text_hash: Mapped[str] = mapped_column(String(64))
    text: Mapped[str | None] = mapped_column(Text)  # None: given before texts were kept here
    channel: Mapped[str] = mapped_column(String(20))
    given_at: Mapped[CreatedAt]
    withdrawn_at: Mapped[datetime | None]


class Incident(Base):
    """Something went wrong in a conversation and a person has to look at it."""

    __tablename__ = "incidents"

    id: Mapped[IntId]
    public_id: Mapped[uuid.UUID] = mapped_column(
        unique=True, server_default=text("gen_random_uuid()")
    )
    tenant_id: Mapped[TenantId]
    conversation_id: Mapped[int | None] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    type: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(20), server_default="open")
    dedupe_key: Mapped[str | None] = mapped_column(String(120), unique=True)
    details: Mapped[bytes] = mapped_column(LargeBinary)
    reporter: Mapped[str | None] = mapped_column(String(60))  # `Principal.actor` of who reported it
    operator_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    resolution: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed {decision, comment, …}
    closed_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
