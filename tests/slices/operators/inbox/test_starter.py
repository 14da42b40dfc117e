"""Ready texts of a new tenant."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from insurance_chat.accounts.repository import add_tenant
from insurance_chat.core.db.unit import Database
from insurance_chat.core.principal import Principal, Role
from insurance_chat.main.seed import seed
from insurance_chat.main.settings import Settings
from insurance_chat.operators.inbox import templates
from insurance_chat.operators.inbox.starter import add_starter_templates
from insurance_chat.operators.pull_away.detector import judge
from insurance_chat.operators.pull_away.types import Allowed, Level

FILLED_BY_THE_ROOM = {"имя", "агент", "компания", "цена", "номер полиса", "дата окончания"}


async def test_a_new_tenant_begins_with_texts_that_can_be_sent(db: Database) -> None:
    async with db.unit() as unit:
        tenant_id = await add_tenant(unit, "Новая", uuid4().hex)
        added = await add_starter_templates(unit, tenant_id)
    async with db.unit() as unit:
        agent = Principal(tenant_id, Role.AGENT, user_id=1)
        shown = await templates.list_templates(unit, agent)
    assert 8 <= len(shown) == added <= 10
    for one in shown:
        assert one.common
        assert set(templates.variables(one.text)) <= FILLED_BY_THE_ROOM
        assert templates.variables(one.text) or "{" not in one.text
        assert len(one.title) <= templates.LONGEST_TITLE
        assert judge(one.text, Allowed.make()).level is Level.OK


async def test_what_the_administrator_deleted_does_not_come_back(
    database_url: str, db: Database, tmp_path: Path
) -> None:
    settings = Settings.model_validate(
        {"core": {"database_url": database_url, "data_dir": str(tmp_path)}}
    )
    first = await seed(settings)
    assert first.admin is not None
    async with db.pool.connection() as connection:
        cursor = await connection.execute("delete from message_templates returning title")
        assert len(await cursor.fetchall()) >= 8
    again = await seed(settings)
    assert again.admin is None
    async with db.pool.connection() as connection:
        cursor = await connection.execute("select count(*) from message_templates")
        assert await cursor.fetchone() == (0,)
