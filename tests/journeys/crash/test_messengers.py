"""Processes die and the messenger misbehaves: no message is lost, none is answered twice.

`CHAOS_WEBHOOKS=2000` is the full storm; its figures are printed.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from insurance_chat.channels.health import Health
from insurance_chat.channels.service import ChannelDesk
from insurance_chat.channels.telegram.adapter import TelegramAdapter
from insurance_chat.channels.telegram.settings import TelegramSettings
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.types import Entry, EntryKind, Sender
from insurance_chat.core.crypto import Cipher, load_key
from insurance_chat.core.db.unit import Database
from insurance_chat.core.principal import Principal, Role
from insurance_chat.main.seed import seed
from insurance_chat.main.settings import load_settings
from tests.journeys.crash.chaos import OF_ONE, SEED, WEBHOOKS, Chaos
from tests.journeys.crash.storm import FAILING, LATE, OUT, TWICE, Storm
from tests.support.processes import Installation
from tests.support.sandbox_server import served
from tests.support.telegram import TOKEN

PATIENCE = 300.0
SETTLE_MS = 1500
SLACK = 2.0  # seconds
_OWED = (
    "select (select count(*) from conversations where turn_owed)"
    " + (select count(*) from channel_updates where state in ('new', 'media'))"
    " + (select count(*) from deliveries where state in ('sending', 'failed', 'again'))"
    " + (select count(*) from channel_chats ch join conversations c on c.id = ch.conversation_id"
    "    where ch.sent_seq < c.last_seq)"
)


@dataclass(frozen=True)
class Outcome:
    """What is left after the storm."""

    chaos: Chaos
    db: Database
    tenant_id: int
    logs: dict[int, list[Entry]]
    screens: dict[int, list[tuple[str, str]]]

    async def number(self, query: str) -> int:
        """The first column of the first row."""
        return int((await _rows(self.db, query))[0][0])


async def _rows(db: Database, query: str, *values: Any) -> list[tuple[Any, ...]]:
    async with db.pool.connection() as connection:
        return await (await connection.execute(query.encode(), values)).fetchall()


@pytest.fixture(scope="module")
async def after(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Outcome]:
    """The installation after the storm, still running."""
    data_dir: Path = tmp_path_factory.mktemp("chaos")
    storm = Storm(SEED)
    db = Database(database_url, Cipher([load_key("", data_dir)]))
    await db.open()
    with served(storm.app()) as address:
        extra = {
            "PUBLIC_URL": address,
            "TELEGRAM_API_URL": f"{address}{OUT}/telegram",
            "TELEGRAM_MODE": "webhook",
            # Longer than a late call is late, also on a machine that is busy with other things.
            "CHANNEL_SETTLE_MS": str(SETTLE_MS),
        }
        chaos = Chaos(Installation(database_url, data_dir, extra), storm)
        storm.door, storm.messenger = chaos.installation.url, chaos.installation.sandbox_url
        try:
            tenant_id = await _connected(chaos, db, database_url, data_dir)
            killer = asyncio.get_running_loop().create_task(chaos.kill_at_random())
            try:
                await chaos.talk()
                # On a slow machine the talk may be over before everybody was hit.
                await asyncio.wait_for(chaos.all_hit.wait(), PATIENCE)
            finally:
                killer.cancel()
                await asyncio.gather(killer, return_exceptions=True)
            await _restart(chaos)
            await _settle(chaos, db)
            yield Outcome(chaos, db, tenant_id, await _logs(db, tenant_id), await chaos.screens())
        finally:
            await db.close()
            await chaos.stop()


async def _connected(chaos: Chaos, db: Database, database_url: str, data_dir: Path) -> int:
    """Start the product and let its administrator connect the bot; gives the tenant."""
    settings = load_settings()
    core = settings.core.model_copy(update={"database_url": database_url, "data_dir": data_dir})
    await seed(settings.model_copy(update={"core": core}))
    await chaos.start()
    who = "select tenant_id, id from users where role = 'admin' order by id limit 1"
    tenant_id, user_id = (await _rows(db, who))[0]
    environment = chaos.installation.environment
    async with httpx.AsyncClient(trust_env=False) as http:
        telegram = TelegramSettings(
            telegram_api_url=environment["TELEGRAM_API_URL"], telegram_mode="webhook"
        )
        known = {"telegram": TelegramAdapter(telegram, http)}
        base = environment["PUBLIC_URL"]
        desk = ChannelDesk(db, known, base, Health(db, known, base))
        await desk.connect(Principal(tenant_id, Role.ADMIN, user_id), "telegram", {"token": TOKEN})
    return int(tenant_id)


async def _restart(chaos: Chaos) -> None:
    """Whoever was killed last may not have come up: all start anew, politely."""
    for part in (chaos.installation.api, *chaos.workers):
        await part.stop()
        await part.start()


async def _settle(chaos: Chaos, db: Database) -> None:
    """Wait until the weather has calmed down and nobody is owed anything."""
    give_up = time.monotonic() + PATIENCE
    while chaos.storm.brings or (await _rows(db, _OWED))[0][0]:
        assert time.monotonic() < give_up, await _rows(db, _OWED)
        await asyncio.sleep(0.2)


async def _logs(db: Database, tenant_id: int) -> dict[int, list[Entry]]:
    """The log of each client, by their number at the messenger."""
    chats = await _rows(db, "select conversation_id, address from channel_chats")
    kinds = (EntryKind.MESSAGE, EntryKind.DIALOGUE)
    found = {}
    async with db.unit() as unit:
        repository = ConversationRepository(unit, tenant_id)
        for conversation, sealed in chats:
            client = int(db.cipher.open_json(sealed)["chat"])
            found[client] = await repository.entries_after(conversation, 0, 10_000, kinds)
    return found


async def test_processes_were_really_killed_and_the_weather_was_bad(after: Outcome) -> None:
    chaos, counts = after.chaos, after.chaos.storm.counts
    assert chaos.installation.api.kills >= 1
    assert all(worker.kills >= 1 for worker in chaos.workers)
    assert counts["webhooks"] == WEBHOOKS // OF_ONE * OF_ONE
    assert counts["twice"] > counts["webhooks"] * TWICE / 2
    assert counts["late"] > counts["webhooks"] * LATE / 2
    failed = counts["refused"] + counts["asked to wait"] + counts["cut"]
    assert failed > counts["sends"] * FAILING / 2


async def test_every_message_is_kept_once_in_the_order_in_which_it_was_written(
    after: Outcome,
) -> None:
    assert set(after.logs) == set(after.chaos.said)
    came = {
        f"in:{key}": at
        for key, at in await _rows(after.db, "select key, received_at from channel_updates")
    }
    for client, said in after.chaos.said.items():
        kept = [entry for entry in after.logs[client] if entry.sender is Sender.USER]
        assert sorted(entry.body["text"] for entry in kept) == sorted(said)
        for earlier, later in itertools.combinations(kept, 2):
            if said.index(earlier.body["text"]) > said.index(later.body["text"]):
                # A call that was held back while the door was shut may come when its successor has
                # been read; what is there by then is put in order. The slack is for the reading.
                read = earlier.created_at - timedelta(seconds=SLACK)
                assert came[str(later.client_key)] >= read, (client, later.body, earlier.body)


async def test_every_burst_was_answered(after: Outcome) -> None:
    for log in after.logs.values():
        messages = [entry for entry in log if entry.kind is EntryKind.MESSAGE]
        assert messages[-1].sender is Sender.AI
    assert await after.number("select count(*) from conversations where turn_owed") == 0
    assert await after.number("select count(*) from channel_updates where state = 'failed'") == 0


async def test_nothing_was_answered_twice(after: Outcome) -> None:
    for log in after.logs.values():
        asked = 0
        replies: Counter[tuple[int, str]] = Counter()
        for entry in log:
            if entry.sender is Sender.USER:
                asked = entry.seq
            elif entry.kind is EntryKind.MESSAGE:
                replies[asked, entry.body["text"]] += 1
        assert [text for text, times in replies.items() if times > 1] == []
        turns = [entry for entry in log if "commands" in entry.body]
        assert len(turns) <= OF_ONE


async def test_every_reply_was_handed_over(after: Outcome) -> None:
    states = "select state, count(*) from deliveries group by state"
    assert {state for state, _ in await _rows(after.db, states)} == {"sent"}
    replies = sum(
        entry.kind is EntryKind.MESSAGE and entry.sender is not Sender.USER
        for log in after.logs.values()
        for entry in log
    )
    handed = "select count(distinct (chat_id, seq)) from deliveries"
    assert await after.number(handed) == replies


async def test_replies_were_shown_in_order_and_twice_only_after_a_kill_or_a_cut(
    after: Outcome, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = "select external_id from deliveries order by chat_id, seq, part"
    wanted = [number for (number,) in await _rows(after.db, parts)]
    place = {number: at for at, number in enumerate(wanted)}
    sends = {sent.number: sent for sent in after.chaos.storm.sent}
    seen, after_cut, after_kill = 0, 0, 0
    for screen in after.screens.values():
        assert [place[n] for n, _ in screen if n in place] == sorted(
            place[n] for n, _ in screen if n in place
        )
        for (number, text), (next_number, next_text) in itertools.pairwise(screen):
            if number in place:
                continue
            # We do not know that this one arrived, so the next one repeats it.
            assert text == next_text
            first, again = sends[number], sends[next_number]
            killed = any(first.at - 1 < kill < again.at for kill in after.chaos.kills)
            assert first.cut or killed, f"{number} was sent again for no reason"
            after_cut += first.cut
            after_kill += not first.cut
        assert screen[-1][0] in place
        seen += len(screen)
    assert seen == len(wanted) + after_cut + after_kill
    chaos = after.chaos
    with capsys.disabled():
        sys.stdout.write(
            f"\n{dict(chaos.storm.counts)}; replies {len(wanted)}, seen twice after a cut"
            f" {after_cut}, after a kill {after_kill}; kills: api {chaos.installation.api.kills},"
            f" workers {[worker.kills for worker in chaos.workers]}\n"
        )
