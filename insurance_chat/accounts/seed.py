"""The first tenant with its administrator and agent, made once in an empty database."""

from __future__ import annotations

from dataclasses import dataclass

from insurance_chat.accounts import repository
from insurance_chat.accounts.passwords import hash_password, readable_password
from insurance_chat.accounts.repository import StaffRepository
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.principal import Role

NAME = "Страховой чат"
SLUG = "main"
_STAFF = ((Role.ADMIN, "admin", "Администратор"), (Role.AGENT, "agent", "Анна Соколова"))


@dataclass(frozen=True, slots=True)
class CreatedLogin:
    """A log-in that was made just now; its password is kept nowhere else in clear."""

    role: Role
    username: str
    password: str


async def ensure_tenant_and_staff(unit: Unit) -> tuple[int, list[CreatedLogin]]:
    """Make sure that the service has an owner and somebody who can log in.

    Returns:
        The tenant's key, and the log-ins made by this call (none on later starts).
    """
    tenant_id = await repository.fetch_first_tenant(unit)
    if tenant_id is None:
        tenant_id = await repository.add_tenant(unit, NAME, SLUG)
    staff = StaffRepository(unit, tenant_id)
    if await staff.with_role(Role.ADMIN.value, limit=1):
        return tenant_id, []
    created = []
    for role, login, name in _STAFF:
        password = readable_password()
        user = await staff.add(
            login=login,
            name=name,
            role=role.value,
            password_hash=await hash_password(password),
            companies=[],
            approved_at=utcnow(),
        )
        if user is not None:
            created.append(CreatedLogin(role, login, password))
    return tenant_id, created
