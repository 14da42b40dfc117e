"""Tables of commissions: rules, entries, their lines of money, their history, the watch's cursors."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, Numeric, String, text
from sqlalchemy.orm import Mapped, mapped_column

from insurance_chat.core.db.base import Base, CreatedAt, IntId, TenantId

_UUID = text("gen_random_uuid()")


class CommissionRule(Base):
    """What an agent owes the service for a policy; None in a scope means «any».

    A rule is never changed: it is in force from `valid_from` to `valid_to`, both included.
    """

    __tablename__ = "commission_rules"
    __table_args__ = (
        Index(
            "uq_commission_rules_open",
            "tenant_id",
            "product",
            "company",
            "operator_id",
            "valid_from",
            unique=True,
            postgresql_where=text("valid_to is null"),
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[IntId]
    public_id: Mapped[uuid.UUID] = mapped_column(unique=True, server_default=_UUID)
    tenant_id: Mapped[TenantId]
    product: Mapped[str | None] = mapped_column(String(20))
    company: Mapped[str | None] = mapped_column(String(40))
    operator_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    value: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    created_at: Mapped[CreatedAt]


class Commission(Base):
    """One debt of an agent to the service, for one policy or for a sign of a sale outside it.

    The policy may be erased with its client; what was sold stays here, without the client. The sum
    is that of its lines.
    """

    __tablename__ = "commissions"
    __table_args__ = (
        Index(
            "uq_commissions_sign",
            "conversation_id",
            "sign",
            unique=True,
            postgresql_where=text("sign is not null"),
        ),
        Index("ix_commissions_tenant_booked", "tenant_id", "booked_on"),
    )

    id: Mapped[IntId]
    public_id: Mapped[uuid.UUID] = mapped_column(unique=True, server_default=_UUID)
    tenant_id: Mapped[TenantId]
    operator_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    policy_id: Mapped[int | None] = mapped_column(
        ForeignKey("policies.id", ondelete="SET NULL"), unique=True
    )
    conversation_id: Mapped[int | None] = mapped_column(
        ForeignKey("conversations.id", ondelete="SET NULL"), index=True
    )
    sign: Mapped[str | None] = mapped_column(String(20))
    sign_seq: Mapped[int | None]  # number of the message in the log
    policy_number: Mapped[str | None] = mapped_column(String(40))
    product: Mapped[str | None] = mapped_column(String(20))
    company_code: Mapped[str | None] = mapped_column(String(40))
    premium: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    issued_on: Mapped[date | None]
    status: Mapped[str] = mapped_column(String(12))
    attention: Mapped[str | None] = mapped_column(String(24))
    booked_on: Mapped[date]
    paid_on: Mapped[date | None]  # stays when a paid entry is cancelled: the money was received
    checked_at: Mapped[datetime | None]  # when the insurer was last asked about the policy
    created_at: Mapped[CreatedAt]


class CommissionLine(Base):
    """One movement of money of an entry, with the rule that it was counted by. Append-only."""

    __tablename__ = "commission_lines"
    __table_args__ = (Index("ix_commission_lines_booked", "tenant_id", "booked_on"),)

    id: Mapped[IntId]
    tenant_id: Mapped[TenantId]
    commission_id: Mapped[int] = mapped_column(
        ForeignKey("commissions.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(String(12))
    amount: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    rule_id: Mapped[int | None] = mapped_column(ForeignKey("commission_rules.id"))
    rule_kind: Mapped[str | None] = mapped_column(String(10))
    rule_value: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    comment: Mapped[bytes | None] = mapped_column(LargeBinary)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    booked_on: Mapped[date]
    created_at: Mapped[CreatedAt]


class CommissionChange(Base):
    """One move of an entry from status to status; no user means the service itself."""

    __tablename__ = "commission_changes"

    id: Mapped[IntId]
    commission_id: Mapped[int] = mapped_column(
        ForeignKey("commissions.id", ondelete="CASCADE"), index=True
    )
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    from_status: Mapped[str | None] = mapped_column(String(12))
    to_status: Mapped[str] = mapped_column(String(12))
    comment: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[CreatedAt]


class CommissionWatch(Base):
    """How far the log of a conversation has been read for signs."""

    __tablename__ = "commission_watches"

    conversation_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True
    )
    seq: Mapped[int]
