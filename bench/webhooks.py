"""How fast a signed notice of the insurer is checked and its job recorded."""

from __future__ import annotations

import asyncio
import json
import time
from uuid import uuid4

import aiohttp
import psycopg

from insurance_chat.insurance.providers.polis_online.settings import SANDBOX_WEBHOOK_SECRET
from insurance_chat.sandbox.polis_online.webhooks import sign

AT_ONCE = 16


def add_sale(database_url: str) -> str:
    """A sale that waits for a notice; returns the insurer's name of its draft."""
    draft = uuid4().hex
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into sales (tenant_id, key, product, provider, company_code, offer_id,"
            " offer_price, provider_draft_id, payload)"
            " select min(id), %(draft)s, 'osago', 'polis_online', 'bench', 'bench', 1, %(draft)s, ''"
            " from tenants",
            {"draft": draft},
        )
    return draft


async def measure(address: str, database_url: str, count: int) -> tuple[float, list[float]]:
    """Send notices, several at once.

    Returns:
        Notices a second and the time of each answer in seconds, shortest first.
    """
    draft = await asyncio.to_thread(add_sale, database_url)
    left = iter(range(count))
    spent: list[float] = []

    async def talk(http: aiohttp.ClientSession) -> None:
        for _ in left:
            notice = {"type": "payment.succeeded", "eventId": uuid4().hex, "draftId": draft}
            body, now = json.dumps(notice).encode(), str(int(time.time()))
            headers = {
                "X-Polis-Timestamp": now,
                "X-Polis-Signature": "sha256=" + sign(SANDBOX_WEBHOOK_SECRET, now, body),
            }
            began = time.perf_counter()
            async with http.post(
                f"{address}/hooks/polis_online", data=body, headers=headers
            ) as answer:
                assert await answer.json() == {"status": "ok"}
            spent.append(time.perf_counter() - began)

    async with aiohttp.ClientSession() as http:
        began = time.perf_counter()
        await asyncio.gather(*(talk(http) for _ in range(AT_ONCE)))
        whole = time.perf_counter() - began
    await asyncio.to_thread(_check_recorded, database_url, count)
    return count / whole, sorted(spent)


def _check_recorded(database_url: str, count: int) -> None:
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "select count(*) from procrastinate_jobs where task_name = 'insurance.advance_sale'"
        ).fetchone()
    assert row is not None
    assert row[0] >= count, f"{row[0]} jobs for {count} notices"


async def show(address: str, database_url: str, count: int) -> None:
    """Print the table."""
    rate, spent = await measure(address, database_url, count)
    half, most = spent[len(spent) // 2] * 1e3, spent[int(len(spent) * 0.99)] * 1e3
    print(
        "\n| notices of the insurer | at once | a second | p50 ms | p99 ms |\n|---|---|---|---|---|"
    )
    print(f"| signature checked, job recorded | {AT_ONCE} | {rate:.0f} | {half:.1f} | {most:.1f} |")
