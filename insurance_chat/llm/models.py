"""Tables of keys of language models, their use, and the settings of assistants."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from insurance_chat.core.db.base import Base, CreatedAt, IntId


class AiToken(Base):
    """One key of a model; no tenant means that all tenants of the installation use it.

    Limits count requests. `token` is sealed, `hint` is what people may see of it.
    """

    __tablename__ = "ai_tokens"
    __table_args__ = (
        Index(
            "uq_ai_tokens_settings",
            "source",
            unique=True,
            postgresql_where=text("source = 'settings'"),
        ),
    )

    id: Mapped[IntId]
    tenant_id: Mapped[int | None] = mapped_column(
        ForeignKey("tenants.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(String(120))
    token: Mapped[bytes] = mapped_column(LargeBinary)
    hint: Mapped[str] = mapped_column(String(12))
    provider: Mapped[str] = mapped_column(String(12))
    base_url: Mapped[str] = mapped_column(String(300))
    model_access: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=text("'{}'"))
    daily_limit: Mapped[int | None]
    monthly_limit: Mapped[int | None]
    priority: Mapped[int] = mapped_column(server_default="1")
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    domestic: Mapped[bool] = mapped_column(
        server_default=text("false")
    )  # personal data may go there
    notes: Mapped[str] = mapped_column(String(500), server_default="")
    source: Mapped[str] = mapped_column(String(10), server_default="panel")
    cooldown_until: Mapped[datetime | None]  # other processes leave the key alone until then
    last_failure: Mapped[str | None] = mapped_column(String(20))
    created_at: Mapped[CreatedAt]

    def serves(self, model: str) -> bool:
        """Whether the key has access to a model; the empty name means any."""
        return bool(self.model_access) and (not model or model in self.model_access)


class AiTokenDay(Base):
    """What one key did on one day of the Moscow calendar."""

    __tablename__ = "ai_token_days"

    token_id: Mapped[int] = mapped_column(
        ForeignKey("ai_tokens.id", ondelete="CASCADE"), primary_key=True
    )
    day: Mapped[date] = mapped_column(primary_key=True)
    requests: Mapped[int] = mapped_column(server_default="0")
    prompt_tokens: Mapped[int] = mapped_column(server_default="0")
    completion_tokens: Mapped[int] = mapped_column(server_default="0")


class AiCall(Base):
    """One call: written before it is made, ended once. Without an end its process died meanwhile."""

    __tablename__ = "ai_calls"
    __table_args__ = (Index("ix_ai_calls_tenant_started", "tenant_id", "started_at"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"))
    token_id: Mapped[int | None] = mapped_column(
        ForeignKey("ai_tokens.id", ondelete="SET NULL"), index=True
    )
    day: Mapped[date]
    model: Mapped[str] = mapped_column(String(120))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(20))
    prompt_tokens: Mapped[int | None]
    completion_tokens: Mapped[int | None]


class AssistantProfile(Base):
    """How a tenant's assistant speaks."""

    __tablename__ = "assistant_profiles"

    tenant_id: Mapped[int] = mapped_column(
        ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True
    )
    model: Mapped[str] = mapped_column(String(120))
    temperature: Mapped[float]
    system_prompt: Mapped[str] = mapped_column(String(4000))
    tone: Mapped[str] = mapped_column(String(200))
    allowed_topics: Mapped[list[str]] = mapped_column(ARRAY(String))
    language: Mapped[str] = mapped_column(String(40))
