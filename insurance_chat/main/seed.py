"""What an empty installation starts with: a tenant, two log-ins, templates, the knowledge base."""

from __future__ import annotations

from dataclasses import dataclass

from insurance_chat.accounts.seed import CreatedLogin, ensure_tenant_and_staff
from insurance_chat.core.principal import Role
from insurance_chat.knowledge.seeding import seed_knowledge
from insurance_chat.main.settings import Settings
from insurance_chat.main.wiring import Services
from insurance_chat.operators.inbox.starter import add_starter_templates


@dataclass(frozen=True, slots=True)
class SeedResult:
    """Log-ins that were created just now; None when they were there before."""

    admin: CreatedLogin | None
    agent: CreatedLogin | None


async def seed(settings: Settings) -> SeedResult:
    """Fill an empty database; harmless on a filled one."""
    services = Services(settings)
    await services.db.open()
    try:
        async with services.db.unit() as unit:
            tenant_id, created = await ensure_tenant_and_staff(unit)
            if created:
                await add_starter_templates(unit, tenant_id)
            await seed_knowledge(unit, services.files, tenant_id)
        by_role = {login.role: login for login in created}
        return SeedResult(by_role.get(Role.ADMIN), by_role.get(Role.AGENT))
    finally:
        await services.http.aclose()
        await services.db.close()
