"""The product with an account in every messenger, each connected by its administrator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from insurance_chat.channels.health import Health
from insurance_chat.channels.instagram.settings import InstagramSettings
from insurance_chat.channels.ports import ChannelAdapter
from insurance_chat.channels.service import ChannelDesk
from insurance_chat.core.crypto import Cipher, load_key
from insurance_chat.core.db.unit import Database
from insurance_chat.core.principal import Principal, Role
from insurance_chat.main.seed import seed
from insurance_chat.main.settings import load_settings
from tests.contracts.channels.driver import Messenger
from tests.contracts.channels.drivers.instagram import Watched
from tests.contracts.channels.drivers.whatsapp_cloud import build as whatsapp
from tests.contracts.channels.drivers.whatsapp_gateway import GatewayMessenger
from tests.support.graph_driver import GraphMessenger
from tests.support.processes import Installation
from tests.support.telegram import TelegramMessenger

WHATSAPP, INSTAGRAM = "106540352242922", "17841400008460056"
#: 127.0.0.1 in another spelling: Instagram fetches files itself, so it is given only addresses that
#: others than this computer can open, and the product must take itself for one of those.
HOST = "2130706433"
_ACTIVE = "select count(*) from connections where state = 'active' and lease_until > now()"


@dataclass(frozen=True)
class Market:
    """The running product and the messengers where it sells."""

    installation: Installation
    db: Database
    tenant_id: int
    messengers: dict[str, Messenger]

    async def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Look into the database."""
        async with self.db.pool.connection() as connection:
            return await (await connection.execute(query.encode(), values)).fetchall()


@asynccontextmanager
async def opened(database_url: str, data_dir: Path) -> AsyncIterator[Market]:
    """Start the product and connect everything."""
    hears = {"VOICE_STT": "openai", "VOICE_TTS": "openai"}
    installation = Installation(database_url, data_dir, hears, HOST)
    settings = load_settings()
    core = settings.core.model_copy(update={"database_url": database_url, "data_dir": data_dir})
    await seed(settings.model_copy(update={"core": core}))
    db = Database(database_url, Cipher([load_key("", data_dir)]))
    await db.open()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(db.close)
        stack.push_async_callback(installation.stop)
        await installation.start()
        messengers = await _messengers(stack, installation.sandbox_url)
        who = "select tenant_id, id from users where role = 'admin' order by id limit 1"
        market = Market(installation, db, 0, messengers)
        tenant_id, user_id = (await market.rows(who))[0]
        await _connect(market, Principal(tenant_id, Role.ADMIN, user_id))
        yield Market(installation, db, tenant_id, messengers)


async def _messengers(stack: AsyncExitStack, url: str) -> dict[str, Messenger]:
    """Telegram stands there twice: the bot itself, and the same bot in a person's account."""

    def instagram(api: str, http: httpx.AsyncClient) -> ChannelAdapter:
        watched.append(Watched(InstagramSettings(instagram_api_url=api), http))
        return watched[0]

    watched: list[Watched] = []
    telegram, business = (TelegramMessenger(url, "polling", business=one) for one in (False, True))
    graph = url.replace("127.0.0.1", HOST)
    meta = GraphMessenger(graph, "whatsapp_business_account", WHATSAPP, whatsapp, 131009)
    insta = GraphMessenger(graph, "instagram", INSTAGRAM, instagram, 100, lambda: watched[0].word)
    gateway = GatewayMessenger(url)
    for one in (telegram, business, meta, insta, gateway):
        stack.push_async_callback(one.close)
    pace = {"account": 10_000, "chat": 10_000, "burst": 10_000}
    await telegram.post("/pace", pace)
    await meta.open()
    await insta.open()
    return {
        "telegram": telegram,
        "telegram business": business,
        "whatsapp cloud": meta,
        "instagram": insta,
        "whatsapp gateway": gateway,
    }


async def _connect(market: Market, admin: Principal) -> None:
    messengers = {name: one for name, one in market.messengers.items() if "business" not in name}
    known = {one.adapter.code: one.adapter for one in messengers.values()}
    base = market.installation.environment["PUBLIC_URL"]
    desk = ChannelDesk(market.db, known, base, Health(market.db, known, base))
    for messenger in messengers.values():
        made = await desk.connect(admin, messenger.adapter.code, dict(messenger.form))
        await messenger.joined(made.hook_url)
    await market.messengers["telegram business"].joined("")
    for _ in range(600):
        if (await market.rows(_ACTIVE))[0][0] == len(messengers):
            return
        await asyncio.sleep(0.1)
    raise AssertionError(await market.rows("select kind, state, error from connections"))
