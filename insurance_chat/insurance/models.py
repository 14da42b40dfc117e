"""Tables of the sale: quotes, sales with their steps, policies, reminders, the provider's trace."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, LargeBinary, Numeric, String, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from insurance_chat.core.db.base import Base, CreatedAt, IntId, TenantId

_UUID = text("gen_random_uuid()")


class QuoteRequest(Base):
    """One calculation at a provider. `request` and `offers` are sealed."""

    __tablename__ = "quote_requests"

    id: Mapped[IntId]
    public_id: Mapped[uuid.UUID] = mapped_column(unique=True, server_default=_UUID)
    tenant_id: Mapped[TenantId]
    conversation_id: Mapped[int | None] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    key: Mapped[str] = mapped_column(String(200), unique=True)
    product: Mapped[str] = mapped_column(String(20))
    provider: Mapped[str] = mapped_column(String(40))
    provider_request_id: Mapped[str | None] = mapped_column(String(120))
    status: Mapped[str] = mapped_column(String(12), server_default="running")
    failure: Mapped[str | None] = mapped_column(String(80))
    fields: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=text("'{}'"))
    request: Mapped[bytes] = mapped_column(LargeBinary)
    offers: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[CreatedAt]


class Sale(Base):
    """One policy being sold: quoted → draft → awaiting_payment → paid → issuing → issued | failed."""

    __tablename__ = "sales"
    __table_args__ = (Index("ix_sales_due", "next_check_at", postgresql_where="not settled"),)

    id: Mapped[IntId]
    public_id: Mapped[uuid.UUID] = mapped_column(unique=True, server_default=_UUID)
    tenant_id: Mapped[TenantId]
    conversation_id: Mapped[int | None] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    # The agent who led the chat when the client chose; the chat may be released before the payment.
    operator_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    run_id: Mapped[str | None] = mapped_column(String(40), index=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    product: Mapped[str] = mapped_column(String(20))
    provider: Mapped[str] = mapped_column(String(40))
    company_code: Mapped[str] = mapped_column(String(40))
    offer_id: Mapped[str] = mapped_column(String(120))
    offer_price: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    price: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    state: Mapped[str] = mapped_column(String(20), server_default="quoted")
    confirmed_price: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    provider_draft_id: Mapped[str | None] = mapped_column(String(120), index=True)
    payment_url: Mapped[str | None]
    payment_expires_at: Mapped[datetime | None]
    payment_token: Mapped[bytes | None] = mapped_column(LargeBinary)
    policy_number: Mapped[str | None] = mapped_column(String(40))
    start_date: Mapped[date | None]
    end_date: Mapped[date | None]
    failure: Mapped[str | None] = mapped_column(String(200))
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    settled: Mapped[bool] = mapped_column(server_default="false")
    checks: Mapped[int] = mapped_column(server_default="0")
    next_check_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]


class SaleStep(Base):
    """Intent and result of one outside effect; the key makes a repeat harmless."""

    __tablename__ = "sale_steps"

    id: Mapped[IntId]
    sale_id: Mapped[int] = mapped_column(ForeignKey("sales.id", ondelete="CASCADE"), index=True)
    step: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(240), unique=True)
    attempts: Mapped[int] = mapped_column(server_default="1")
    result: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[CreatedAt]
    finished_at: Mapped[datetime | None]


class SaleDocument(Base):
    """A document that has to be in the client's hands before they pay, and the proof that it is."""

    __tablename__ = "sale_documents"
    __table_args__ = (Index("ux_sale_documents_kind", "sale_id", "kind", unique=True),)

    id: Mapped[IntId]
    sale_id: Mapped[int] = mapped_column(ForeignKey("sales.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    file_key: Mapped[str] = mapped_column(String(120))
    size: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))  # SHA-256 of what was given
    price: Mapped[Decimal] = mapped_column(Numeric(12, 2))  # the price that it names
    delivered_at: Mapped[datetime | None]
    delivered_to: Mapped[str | None] = mapped_column(String(20))
    created_at: Mapped[CreatedAt]


class Policy(Base):
    """An issued policy. One sale can have one only: the unique key is the last guard."""

    __tablename__ = "policies"

    id: Mapped[IntId]
    public_id: Mapped[uuid.UUID] = mapped_column(unique=True, server_default=_UUID)
    tenant_id: Mapped[TenantId]
    sale_id: Mapped[int] = mapped_column(ForeignKey("sales.id", ondelete="CASCADE"), unique=True)
    conversation_id: Mapped[int | None] = mapped_column(
        ForeignKey("conversations.id", ondelete="SET NULL"), index=True
    )
    contact_id: Mapped[int | None] = mapped_column(
        ForeignKey("contacts.id", ondelete="SET NULL"), index=True
    )
    product: Mapped[str] = mapped_column(String(20))
    company_code: Mapped[str] = mapped_column(String(40))
    number: Mapped[str] = mapped_column(String(40), unique=True)
    price: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    start_date: Mapped[date]
    expire_at: Mapped[date] = mapped_column(index=True)
    file_key: Mapped[str] = mapped_column(String(120))
    subject: Mapped[bytes] = mapped_column(LargeBinary)  # sealed: what is insured, in words
    # The agent with whom, or for whose client, it was issued; remembered at that moment.
    operator_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    is_agent_client: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[CreatedAt]


class Reminder(Base):
    """A promise to remind of renewal at a moment."""

    __tablename__ = "reminders"
    __table_args__ = (
        Index("ix_reminders_due", "remind_at", postgresql_where=text("status = 'pending'")),
    )

    id: Mapped[IntId]
    public_id: Mapped[uuid.UUID] = mapped_column(unique=True, server_default=_UUID)
    tenant_id: Mapped[TenantId]
    policy_id: Mapped[int] = mapped_column(
        ForeignKey("policies.id", ondelete="CASCADE"), index=True
    )
    remind_at: Mapped[datetime]
    recipients: Mapped[list[str]] = mapped_column(ARRAY(String))
    status: Mapped[str] = mapped_column(String(10), server_default="pending")
    days_before: Mapped[int | None]
    handled_at: Mapped[datetime | None]  # the agent has dealt with it
    created_at: Mapped[CreatedAt]


class PolicyMail(Base):
    """One e-mail with a policy or a reminder; the key is also the Message-ID."""

    __tablename__ = "policy_mails"

    id: Mapped[IntId]
    tenant_id: Mapped[TenantId]
    policy_id: Mapped[int] = mapped_column(
        ForeignKey("policies.id", ondelete="CASCADE"), index=True
    )
    key: Mapped[str] = mapped_column(String(200), unique=True)
    template: Mapped[str] = mapped_column(String(40))
    email: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[str] = mapped_column(String(10), server_default="pending")
    created_at: Mapped[CreatedAt]


class ProviderExchange(Base):
    """One masked exchange with a provider, for the administrator."""

    __tablename__ = "provider_exchanges"

    id: Mapped[IntId]
    provider: Mapped[str] = mapped_column(String(40))
    operation: Mapped[str] = mapped_column(String(40), index=True)
    method: Mapped[str] = mapped_column(String(8))
    path: Mapped[str] = mapped_column(String(300))
    status: Mapped[int | None]
    duration_ms: Mapped[int]
    attempt: Mapped[int]
    request: Mapped[dict[str, object] | None] = mapped_column(JSONB)
    response: Mapped[dict[str, object] | None] = mapped_column(JSONB)
    error: Mapped[str | None] = mapped_column(String(300))
    created_at: Mapped[CreatedAt]
