"""Administrators who work from Telegram are told there of what their sources have found."""

from __future__ import annotations

from insurance_chat.knowledge.sources.notices import News
from insurance_chat.operators.telegram_desk.news import TelegramWay
from tests.slices.operators.telegram_desk.conftest import Place

URL = "https://chat.example/staff/admin/updates"


def _news(key: str, line: str) -> News:
    return News(key, (line,), URL)


async def test_administrators_are_told_once_and_agents_are_not(place: Place) -> None:
    admin = await place.agent("Глеб Дом", on_line=False, role="admin")
    agent = await place.agent("Анна Луг", on_line=False)
    tenant_id = place.world.admin.tenant_id
    way = TelegramWay(place.parts.db)

    for _ in range(2):
        await way.tell(tenant_id, _news("1:1", "У Альфы изменился лимит: было 100 000"))
    await way.tell(tenant_id, _news("1:2", "У Согаза новая редакция правил"))

    await admin.sees("новая редакция правил")
    texts = await admin.texts()
    assert texts.count("изменился лимит") == 1
    assert "Обновления у страховых: 1" in texts
    assert URL in texts
    await place.world.settled()
    assert "Обновления" not in await agent.texts()


async def test_with_nobody_linked_nothing_is_owed(place: Place) -> None:
    before = await place.world.number("select count(*) from desk_messages")
    await TelegramWay(place.parts.db).tell(place.world.admin.tenant_id + 1000, _news("2:1", "—"))
    assert await place.world.number("select count(*) from desk_messages") == before
