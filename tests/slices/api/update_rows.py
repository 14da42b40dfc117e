"""An update of an insurer that waits for a decision."""

from __future__ import annotations

from uuid import uuid4

from insurance_chat.core.clock import utcnow
from insurance_chat.knowledge.sources.models import UpdateEvent, UpdateSource
from insurance_chat.knowledge.sources.repository import ItemRepository
from tests.slices.api.conftest import Stand

CHANGE = {"field": "Лимит", "old": "10", "new": "20", "quote": "Лимит 20 рублей.", "page": 3}
EDIT = {"old": "Лимит 10 рублей.", "new": "Лимит 20 рублей.", "heading": "Выплаты", "page": None}


async def waiting_update(stand: Stand) -> str:
    """A page of an insurer that waits for a decision."""
    async with stand.services.db.unit() as unit:
        source = UpdateSource(
            tenant_id=stand.tenant_id,
            type="page",
            url=f"https://insurer.example/{uuid4()}",
            title="Страница",
            schedule_cron="0 6 * * *",
            next_at=utcnow(),
            created_by="test",
        )
        unit.session.add(source)
        await unit.session.flush()
        items = ItemRepository(unit, source)
        await items.remember([source.url], known=False)
        (item,) = await items.oldest(None, 1)
        event = UpdateEvent(
            public_id=uuid4(),
            item_id=item.id,
            kind="new",
            summary="Лимит: было 10 рублей, стало 20 рублей.",
            differences={"changes": [CHANGE], "edits": [EDIT], "more": 0},
            title="Новый",
            url=item.url,
        )
        return str((await items.add_event(event)).public_id)
