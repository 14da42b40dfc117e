"""Updates of watched sources reach administrators who work from Telegram."""

from __future__ import annotations

import hashlib

from typing_extensions import override

from insurance_chat.core.db.unit import Database
from insurance_chat.knowledge.sources.notices import News, Way
from insurance_chat.operators.telegram_desk import outbox_repository as outbox
from insurance_chat.operators.telegram_desk.repository import DeskRepository
from insurance_chat.operators.telegram_desk.types import Note, To


class TelegramWay(Way):
    """Messages of the bot to administrators who have linked their Telegram.

    Args:
        db: where links are.
    """

    def __init__(self, db: Database) -> None:
        self._db = db

    @property
    @override
    def code(self) -> str:
        return "telegram"

    @override
    async def tell(self, tenant_id: int, news: News) -> None:
        """Owe each of them a message; the same news is told once, however often this runs."""
        told = hashlib.sha256(news.key.encode()).hexdigest()[:24]
        async with self._db.unit() as unit:
            raw = await unit.driver_connection()
            for account in await DeskRepository(unit, tenant_id).of_administrators():
                chat = unit.cipher.open_json(account.address)["chat"]
                to = To(tenant_id, account.connection_id, account.id, chat)
                note = Note(f"**{news.title}**\n\n{news.text}")
                await outbox.add(raw, unit.cipher, to, f"news:{account.id}:{told}", note)
