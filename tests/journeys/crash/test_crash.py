"""Kill -9 anywhere: nothing is lost, nothing is answered twice, nothing is sold twice."""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.types import Entry, EntryKind, Sender
from insurance_chat.core.clock import moscow_today
from insurance_chat.core.crypto import Cipher, load_key
from insurance_chat.core.db.unit import Database
from insurance_chat.main.evaluation.buyers import MAKERS
from insurance_chat.main.seed import seed
from insurance_chat.main.settings import load_settings
from tests.support.processes import Installation
from tests.support.selling import SOLD, buy
from tests.support.simulator import Client, Journal

SALES = int(os.environ.get("CRASH_SALES", "300"))
OVER_API = 5  # of every product, by outside systems, in the same storm
AT_ONCE = 12
MOSTLY = 0.75
PATIENCE_SECONDS = 300.0  # a sale that stands still is lost; one that was killed often is not
SEED = int(os.environ.get("CRASH_SEED", "20261121"))


async def _kill_at_random(installation: Installation, source: random.Random) -> None:
    both = (installation.api, installation.worker)
    first = source.sample(both, 2)  # a quick machine is done soon: each is hit at least once
    while True:
        await asyncio.sleep(source.uniform(4, 12))
        part = first.pop() if first else source.choice(both)
        await part.kill()
        await asyncio.sleep(source.uniform(0, 0.5))
        await part.start()
        if source.random() < MOSTLY:
            # A slow machine must not spend all its time on starts: the storm hits work as well.
            await installation.wait_until_ready(part)


async def _sell(
    installation: Installation, source: random.Random
) -> tuple[list[Journal], dict[str, list[str]]]:
    gate = asyncio.Semaphore(AT_ONCE)
    limits = httpx.Limits(max_connections=AT_ONCE * 2)

    async def one(number: int) -> Journal:
        make = MAKERS[number % len(MAKERS)]  # of all products by turns
        person = make(random.Random(SEED + number), moscow_today())
        async with gate:
            return await Client(http, person, patience=PATIENCE_SECONDS).buy()

    async with httpx.AsyncClient(
        base_url=installation.url, timeout=20, trust_env=False, limits=limits
    ) as http:
        chats = asyncio.gather(*(one(number) for number in range(SALES)))
        outside = asyncio.gather(
            *(_buy_over_api(http, product) for product in sorted(SOLD)),
        )
        journals, numbers = await asyncio.gather(chats, outside)
        return list(journals), dict(zip(sorted(SOLD), numbers, strict=True))


async def _buy_over_api(http: httpx.AsyncClient, product: str) -> list[str]:
    return [await buy(http, product, patience=PATIENCE_SECONDS) for _ in range(OVER_API)]


@pytest.fixture(scope="module")
async def sold(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Journals of all clients after the storm, with the installation still running."""
    data_dir: Path = tmp_path_factory.mktemp("crash")
    installation = Installation(database_url, data_dir, {"QUOTE_POLL_SECONDS": "0.2"})
    settings = load_settings()
    core = settings.core.model_copy(update={"database_url": database_url, "data_dir": data_dir})
    await seed(settings.model_copy(update={"core": core}))
    await installation.start()
    source = random.Random(SEED)
    killer = asyncio.get_running_loop().create_task(_kill_at_random(installation, source))
    try:
        journals, numbers = await _sell(installation, source)
        killer.cancel()
        await asyncio.gather(killer, return_exceptions=True)
        for part in (installation.api, installation.worker):
            await part.stop()
            await part.start()
        db = Database(database_url, Cipher([load_key("", data_dir)]))
        await db.open()
        await _settle(db)
        yield journals, db, installation, numbers
        await db.close()
    finally:
        killer.cancel()
        await installation.stop()


async def _settle(db: Database) -> None:
    owed = -1
    for _ in range(600):
        owed = await _count(
            db,
            "select (select count(*) from conversations where turn_owed)"
            " + (select count(*) from sales where not settled)"
            " + (select count(*) from quote_requests where status = 'running')",
        )
        if owed == 0:
            return
        await asyncio.sleep(0.2)
    raise AssertionError(f"{owed} things never ended")


async def _count(db: Database, query: str) -> int:
    async with db.pool.connection() as connection:
        row = await (await connection.execute(query.encode())).fetchone()
    assert row is not None
    return int(row[0])


async def _log(db: Database, journal: Journal) -> list[Entry]:
    async with db.unit() as unit:
        row = await unit.driver_connection()
        cursor = await row.execute(
            "select tenant_id, id from conversations where public_id = %s", (journal.session,)
        )
        found = await cursor.fetchone()
        assert found is not None
        kinds = (EntryKind.MESSAGE, EntryKind.DIALOGUE, EntryKind.STATE)
        return await ConversationRepository(unit, found[0]).entries_after(
            found[1], 0, 10_000, kinds
        )


async def test_both_processes_were_really_killed(sold: Any) -> None:
    _, _, installation, _ = sold
    assert installation.api.kills >= 1
    assert installation.worker.kills >= 1


async def test_every_client_left_with_one_policy(sold: Any) -> None:
    journals, db, installation, _ = sold
    assert len(journals) == SALES
    assert all(journal.finished and journal.file_url for journal in journals)
    all_sold = SALES + OVER_API * len(SOLD)
    assert await _count(db, "select count(*) from policies") == all_sold
    assert await _count(db, "select count(distinct conversation_id) from policies") == all_sold
    async with httpx.AsyncClient(base_url=installation.sandbox_url, trust_env=False) as http:
        issued = (await http.get("/control/policies")).json()
    assert len(issued["policies"]) == all_sold


@pytest.mark.parametrize("product", sorted(SOLD))
async def test_every_sale_of_an_outside_system_is_one_policy(sold: Any, product: str) -> None:
    _, db, installation, numbers = sold
    assert len(set(numbers[product])) == OVER_API
    async with httpx.AsyncClient(base_url=installation.sandbox_url, trust_env=False) as http:
        issued = (await http.get("/control/policies")).json()["policies"]
    there = {one["number"] for one in issued if one["product"] == product}
    assert set(numbers[product]) <= there
    kept = await _count(db, f"select count(*) from policies where product = '{product}'")
    assert kept == len(there)


async def test_no_message_was_lost_or_stored_twice(sold: Any) -> None:
    journals, db, _, _ = sold
    for journal in journals:
        log = await _log(db, journal)
        stored = [e.body["text"] for e in log if e.sender is Sender.USER]
        assert stored == journal.sent
        assert [e.seq for e in log] == sorted({e.seq for e in log})


async def test_nothing_was_answered_twice(sold: Any) -> None:
    journals, db, _, _ = sold
    for journal in journals:
        log = await _log(db, journal)
        turns = [e for e in log if "commands" in e.body]
        assert len(turns) <= len(journal.sent)
        replies = Counter(
            (e.body["text"], _asked_before(log, e))
            for e in log
            if e.sender is Sender.AI and e.kind is EntryKind.MESSAGE
        )
        assert [text for text, times in replies.items() if times > 1] == []


def _asked_before(log: list[Entry], entry: Entry) -> int:
    return max((e.seq for e in log if e.seq < entry.seq and e.sender is Sender.USER), default=0)


async def test_every_sale_has_ended(sold: Any) -> None:
    _, db, _, _ = sold
    assert await _count(db, "select count(*) from sales where not settled") == 0
    assert await _count(db, "select count(*) from sales where state = 'issued'") == (
        SALES + OVER_API * len(SOLD)
    )
    assert await _count(db, "select count(*) from conversations where turn_owed") == 0
