"""The first start."""

from __future__ import annotations

from insurance_chat.accounts import seed
from insurance_chat.core.db.unit import Database
from insurance_chat.core.principal import Role
from tests.slices.accounts.conftest import log_in, who


async def test_an_empty_database_gets_an_owner_and_log_ins_once(db: Database) -> None:
    async with db.unit() as unit:
        tenant_id, created = await seed.ensure_tenant_and_staff(unit)
    assert [login.role for login in created] == [Role.ADMIN, Role.AGENT]
    pair = await log_in(db, created[0].username, created[0].password)
    assert (await who(db, pair.access_token)).is_admin
    async with db.unit() as unit:
        assert await seed.ensure_tenant_and_staff(unit) == (tenant_id, [])
