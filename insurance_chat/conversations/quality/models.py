"""Table of examples by which assistants are judged."""

from __future__ import annotations

import uuid

from sqlalchemy import ForeignKey, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from insurance_chat.core.db.base import Base, CreatedAt, IntId, TenantId


class EvalCase(Base):
    """A turn that went wrong, kept with what should have happened; `insurance-chat eval` plays it.

    `body` is sealed JSON: `{messages, state, history, expected}`, see `quality/cases.py`.
    """

    __tablename__ = "eval_cases"

    id: Mapped[IntId]
    public_id: Mapped[uuid.UUID] = mapped_column(
        unique=True, server_default=text("gen_random_uuid()")
    )
    tenant_id: Mapped[TenantId]
    conversation_id: Mapped[int | None] = mapped_column(
        ForeignKey("conversations.id", ondelete="SET NULL"), index=True
    )
    seq: Mapped[int]  # line of the answer in the log
    title: Mapped[str] = mapped_column(String(200), server_default="")
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[CreatedAt]
