"""How soon a client of Telegram sees the first reply of the whole product: `python -m bench.first_reply`.

API, worker and sandbox are processes of their own; the bot is polled. The time runs from the client's
message to the moment when the emulated Telegram has taken the reply.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from bench.turns import PHRASES
from insurance_chat.channels.health import Health
from insurance_chat.channels.service import ChannelDesk
from insurance_chat.core.crypto import Cipher, load_key
from insurance_chat.core.db.embedded import EmbeddedPostgres
from insurance_chat.core.db.unit import Database
from insurance_chat.core.principal import Principal, Role
from insurance_chat.main import models
from insurance_chat.main.migrate import migrate
from insurance_chat.main.seed import seed
from insurance_chat.main.settings import load_settings
from tests.support.processes import Installation
from tests.support.telegram import TelegramClient, TelegramMessenger

MESSAGES = 60
LOOKS_EVERY = 0.01
assert models.Base.metadata.tables  # every slice knows the tables that it refers to


async def _connect(db: Database, installation: Installation, messenger: TelegramMessenger) -> None:
    async with db.pool.connection() as connection:
        query = "select tenant_id, id from users where role = 'admin' order by id limit 1"
        row = await (await connection.execute(query)).fetchone()
    assert row is not None
    known = {"telegram": messenger.adapter}
    desk = ChannelDesk(db, known, installation.url, Health(db, known, installation.url))
    await desk.connect(Principal(row[0], Role.ADMIN, row[1]), "telegram", dict(messenger.form))


async def _ask(client: TelegramClient, text: str) -> float:
    """Seconds until a reply is on the client's screen."""
    before = len(await client.lines("bot"))
    began = time.perf_counter()
    await client.say(text)
    while len(await client.lines("bot")) == before:  # noqa: ASYNC110 - another process
        await asyncio.sleep(LOOKS_EVERY)
    return time.perf_counter() - began


async def _measure(url: str, folder: Path, settle_ms: int) -> list[float]:
    installation = Installation(url, folder, {"CHANNEL_SETTLE_MS": str(settle_ms)})
    db = Database(url, Cipher([load_key("", folder)]))
    await db.open()
    messenger = TelegramMessenger(installation.sandbox_url, "polling")
    try:
        await installation.start()
        await messenger.post("/pace", {"account": 10_000, "chat": 10_000, "burst": 10_000})
        await _connect(db, installation, messenger)
        spent = []
        await _ask(await messenger.client(), PHRASES[0])  # the library is loaded by now
        for number in range(MESSAGES):
            # A person of their own for each: the pace of one chat is one message a second.
            spent.append(await _ask(await messenger.client(), PHRASES[number % len(PHRASES)]))
    finally:
        await messenger.close()
        await installation.stop()
        await db.close()
    return sorted(spent)


async def report() -> None:
    """Print the table: as installed, and with no time to settle."""
    settings = load_settings()
    print("\n| settle, ms | messages | median ms | p95 ms |\n|---|---|---|---|")
    for settle_ms in (settings.channels.channel_settle_ms, 0):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / "files"
            folder.mkdir()
            server = EmbeddedPostgres(Path(name) / "data")
            url = server.start()
            try:
                await asyncio.to_thread(migrate, url)
                core = settings.core.model_copy(update={"database_url": url, "data_dir": folder})
                await seed(settings.model_copy(update={"core": core}))
                spent = await _measure(url, folder, settle_ms)
            finally:
                server.stop()
        half, most = spent[len(spent) // 2] * 1e3, spent[int(len(spent) * 0.95)] * 1e3
        print(f"| {settle_ms} | {len(spent)} | {half:.0f} | {most:.0f} |")


if __name__ == "__main__":
    asyncio.run(report())
