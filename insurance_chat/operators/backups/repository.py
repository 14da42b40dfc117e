"""What the duty of backups asks of other tables."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from insurance_chat.accounts.models import Tenant
from insurance_chat.core.db.unit import Unit


async def fetch_installed_at(unit: Unit) -> datetime | None:
    """When the first tenant was made; None before that."""
    return await unit.session.scalar(select(func.min(Tenant.created_at)))
