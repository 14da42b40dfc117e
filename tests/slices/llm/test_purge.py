"""Old records of calls go, counters of keys stay."""

from __future__ import annotations

from datetime import timedelta

from insurance_chat.llm.purge import purge
from tests.slices.llm.conftest import NOON, Desk

CALL = (
    "insert into ai_calls (id, tenant_id, token_id, day, model, started_at, ended_at, outcome)"
    " select gen_random_uuid(), {tenant}, {key}, '{day}', 'sandbox-model', '{began}', {ended}, 'ok'"
    " from generate_series(1, {count})"
)


async def _called(desk: Desk, key: int, days_ago: int, count: int, *, ended: bool = True) -> None:
    began = NOON - timedelta(days=days_ago)
    text = CALL.format(
        tenant=desk.tenant_id,
        key=key,
        day=began.date(),
        began=began.isoformat(),
        ended=f"'{began.isoformat()}'" if ended else "null",
        count=count,
    )
    await desk.rows(text)


async def test_only_calls_beyond_the_time_to_keep_are_deleted(desk: Desk) -> None:
    key = await desk.key("sk-first-key-aaaa")
    await _called(desk, key, days_ago=91, count=7)
    await _called(desk, key, days_ago=92, count=1, ended=False)
    await _called(desk, key, days_ago=89, count=2)
    await desk.rows(
        f"insert into ai_token_days (token_id, day, requests) values ({key}, '2026-08-22', 8)"
    )
    # More old calls than fit into one transaction.
    assert await purge(desk.db, 90, NOON, batch=3) == 8
    assert len(await desk.rows("select id from ai_calls")) == 2
    assert await desk.rows("select requests from ai_token_days") == [{"requests": 8}]
    assert await purge(desk.db, 90, NOON, batch=3) == 0
