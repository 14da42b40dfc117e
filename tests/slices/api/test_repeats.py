"""A repeat, and twenty at once, have the effect of one."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.slices.api.conftest import Chat, Staff, Stand, say
from tests.support.selling import SOLD, question_of

TIMES = 20


async def _number(stand: Stand, query: str, *values: Any) -> int:
    async with stand.services.db.pool.connection() as connection:
        row = await (await connection.execute(query.encode(), values)).fetchone()
    assert row is not None
    return int(row[0])


async def _items(http: httpx.AsyncClient, chat: Chat) -> list[dict[str, Any]]:
    answer = await http.get(f"/v1/chat/sessions/{chat.id}/messages", headers=chat.headers)
    return list(answer.json()["items"])


async def _replied(http: httpx.AsyncClient, chat: Chat) -> list[dict[str, Any]]:
    for _ in range(200):
        items = await _items(http, chat)
        if any(item["sender"] == "ai" for item in items):
            return items
        await asyncio.sleep(0.05)
    raise AssertionError("no reply")


async def _one_message(http: httpx.AsyncClient, stand: Stand, chat: Chat, calls: Any) -> None:
    answers = await asyncio.gather(*(calls() for _ in range(TIMES)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    await _replied(http, chat)
    await stand.services.turns.drain()
    senders = [item["sender"] for item in await _items(http, chat)]
    assert senders == ["user", "ai"]


async def test_a_message_sent_twenty_times_is_one_message_with_one_reply(
    http: httpx.AsyncClient, stand: Stand, chat: Chat
) -> None:
    body = say(chat, "Здравствуйте", clientMessageId=str(uuid4()))

    async def call() -> httpx.Response:
        return await http.post("/v1/chat/messages", json=body, headers=chat.headers)

    await _one_message(http, stand, chat, call)


async def test_the_header_does_the_same_as_the_field(
    http: httpx.AsyncClient, stand: Stand, chat: Chat
) -> None:
    headers = {**chat.headers, "Idempotency-Key": str(uuid4())}

    async def call() -> httpx.Response:
        return await http.post("/v1/chat/messages", json=say(chat, "Привет"), headers=headers)

    await _one_message(http, stand, chat, call)


async def test_one_key_opens_one_chat(http: httpx.AsyncClient, stand: Stand) -> None:
    visitor = str(uuid4())
    body = {"channel": "web", "channelUserId": visitor}
    headers = {"Idempotency-Key": str(uuid4())}
    before = await _number(stand, "select count(*) from conversations")

    async def call() -> httpx.Response:
        return await http.post("/v1/chat/sessions", json=body, headers=headers)

    answers = await asyncio.gather(*(call() for _ in range(TIMES)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len({answer.json()["accessToken"] for answer in answers}) == 1
    assert await _number(stand, "select count(*) from conversations") == before + 1
    other = {**body, "channelUserId": str(uuid4())}
    another = await http.post("/v1/chat/sessions", json=other, headers=headers)
    assert another.json()["id"] != answers[0].json()["id"]


async def test_a_client_who_hangs_up_does_not_break_the_others_with_the_same_key(
    http: httpx.AsyncClient,
) -> None:
    body = {"channel": "web", "channelUserId": str(uuid4())}
    headers = {"Idempotency-Key": str(uuid4())}

    async def call() -> httpx.Response:
        return await http.post("/v1/chat/sessions", json=body, headers=headers)

    calls = [asyncio.ensure_future(call()) for _ in range(6)]
    await asyncio.sleep(0.002)
    calls[0].cancel()
    answers = await asyncio.gather(*calls[1:])
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1


async def _draft(http: httpx.AsyncClient, agent: Staff, product: str) -> dict[str, Any]:
    question, choice = question_of(product)
    root = f"/v1/policies/{product}"
    quoted = await http.post(f"{root}/quote", json=question, headers=agent.headers, timeout=60)
    assert quoted.status_code == 200, quoted.text
    offer = quoted.json()["offers"][0]
    choice = {
        **choice,
        "quoteOffer": {"companyCode": offer["companyCode"], "price": offer["price"]},
        "quoteId": quoted.json()["quoteId"],
        "offerId": offer["offerId"],
    }
    calls = [
        http.post(f"{root}/draft", json=choice, headers=agent.headers, timeout=60) for _ in range(3)
    ]
    answers = await asyncio.gather(*calls)
    assert {answer.status_code for answer in answers} == {201}, [one.text for one in answers]
    assert len({answer.json()["id"] for answer in answers}) == 1
    return dict(answers[0].json())


@pytest.mark.parametrize("product", sorted(SOLD))
async def test_a_policy_issued_many_times_at_once_is_one_policy(
    http: httpx.AsyncClient, stand: Stand, agent: Staff, product: str
) -> None:
    made = await _draft(http, agent, product)
    body = {
        "draftId": made["id"],
        "paymentToken": "test_9",
        "price": made["payload"]["price"],
    }

    async def call() -> httpx.Response:
        path = f"/v1/policies/{product}/issue"
        return await http.post(path, json=body, headers=agent.headers, timeout=60)

    answers = [*await asyncio.gather(*(call() for _ in range(5))), await call()]
    assert {answer.status_code for answer in answers} == {201}, [one.text for one in answers]
    final = answers[-1].json()
    assert final["status"] == "issued"
    numbers = {one.json()["number"] for one in answers if one.json()["status"] == "issued"}
    assert numbers == {final["number"]}
    count = "select count(*) from policies where product = %s"
    assert await _number(stand, count, product) == 1
    issued = (await http.get("/sandbox/control/policies")).json()["policies"]
    assert [one["number"] for one in issued if one["product"] == product] == [final["number"]]
