"""The history of backups, verifications and restores of an installation."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from insurance_chat.core.db.base import Base, CreatedAt, IntId


class BackupRun(Base):
    """One attempt. It belongs to the installation, not to a tenant: a backup holds all of them.

    `kind` is `backup`, `verify` or `restore`; `trigger` is `daily`, `manual` (the page) or `command`;
    `status` goes from `running` to `ok` or `failed`.
    """

    __tablename__ = "backup_runs"
    __table_args__ = (Index("ix_backup_runs_started", "started_at"),)

    id: Mapped[IntId]
    kind: Mapped[str] = mapped_column(String(10))
    trigger: Mapped[str] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(10), server_default="running")
    name: Mapped[str | None] = mapped_column(String(80))
    place: Mapped[str] = mapped_column(String(300))
    size: Mapped[int | None]  # bytes, all parts together
    error: Mapped[str | None] = mapped_column(String(600))
    started_at: Mapped[CreatedAt]
    finished_at: Mapped[datetime | None]
