"""Queries of the settings of the installation."""

from __future__ import annotations

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from insurance_chat.accounts.installation.models import InstallationSetting
from insurance_chat.accounts.models import Tenant
from insurance_chat.core.db.unit import Unit


async def fetch_settings_across_tenants(unit: Unit) -> dict[str, bytes]:
    """Every sealed value by its name."""
    rows = await unit.session.scalars(select(InstallationSetting))
    return {row.name: row.value for row in rows}


async def put_setting_across_tenants(unit: Unit, name: str, value: bytes) -> None:
    """Store a sealed value, instead of an earlier one if there is one."""
    await unit.session.execute(
        insert(InstallationSetting)
        .values(name=name, value=value)
        .on_conflict_do_update(
            index_elements=["name"], set_={"value": value, "updated_at": func.now()}
        )
    )


async def remove_setting_across_tenants(unit: Unit, name: str) -> None:
    """Forget a value."""
    await unit.session.execute(delete(InstallationSetting).where(InstallationSetting.name == name))


class CompanyRepository:
    """The tenant as a company."""

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._tenant_id = tenant_id

    async def get(self, *, lock: bool = False) -> Tenant:
        """The company, locked against other writers if asked."""
        query = select(Tenant).where(Tenant.id == self._tenant_id)
        if lock:
            query = query.with_for_update(key_share=True)
        return (await self._session.scalars(query)).one()
