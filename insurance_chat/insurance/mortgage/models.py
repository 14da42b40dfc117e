"""The store of health declarations: apart from everything else, sealed, and erased with the consent."""

from __future__ import annotations

import uuid

from sqlalchemy import ForeignKey, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from insurance_chat.core.db.base import Base, CreatedAt, IntId, TenantId


class HealthDeclaration(Base):
    """Answers of one questionnaire, sealed, with the proof of the consent under which they were given."""

    __tablename__ = "health_declarations"

    id: Mapped[IntId]
    public_id: Mapped[uuid.UUID] = mapped_column(
        unique=True, server_default=text("gen_random_uuid()")
    )
    tenant_id: Mapped[TenantId]
    contact_id: Mapped[int | None] = mapped_column(
        ForeignKey("contacts.id", ondelete="CASCADE"), index=True
    )
    channel: Mapped[str] = mapped_column(String(20))
    consent_version: Mapped[str] = mapped_column(String(40))
    consent_hash: Mapped[str] = mapped_column(String(64))
    answers: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[CreatedAt]
