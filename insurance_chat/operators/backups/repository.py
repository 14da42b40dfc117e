"""What the duty of backups asks of other tables."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from insurance_chat.accounts.models import Tenant, User
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.principal import Role


async def fetch_installed_at(unit: Unit) -> datetime | None:
    """When the first tenant was made; None before that."""
    return await unit.session.scalar(select(func.min(Tenant.created_at)))


async def fetch_admin_logins(unit: Unit, tenant_id: int) -> list[str]:
    """Log-ins of the administrators who may work."""
    rows = await unit.session.scalars(
        select(User.login)
        .where(
            User.tenant_id == tenant_id,
            User.role == Role.ADMIN.value,
            User.blocked_at.is_(None),
        )
        .order_by(User.id)
    )
    return list(rows)
