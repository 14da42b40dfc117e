"""The live feed: nothing is lost, nothing comes twice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from tests.slices.api.conftest import Chat, Staff, Stand, open_chat, say


@asynccontextmanager
async def socket(stand: Stand, chat: Chat, cursor: int = 0) -> AsyncIterator[ClientConnection]:
    address = f"{stand.url.replace('http', 'ws')}/v1/chat/sessions/{chat.id}/ws?cursor={cursor}"
    protocols: Any = ["insurance-chat.v1", f"token.{chat.token}"]
    async with connect(address, subprotocols=protocols, proxy=None) as connection:
        yield connection


async def frames(connection: ClientConnection, count: int) -> list[dict[str, Any]]:
    """So many log frames; passing notices are left out."""
    found: list[dict[str, Any]] = []
    while len(found) < count:
        frame = json.loads(await asyncio.wait_for(connection.recv(), 10))
        if "seq" in frame:
            found.append(frame)
    return found


async def post(http: httpx.AsyncClient, chat: Chat, text: str) -> None:
    answer = await http.post("/v1/chat/messages", json=say(chat, text), headers=chat.headers)
    assert answer.status_code == 201


async def test_a_socket_gets_the_past_and_then_the_present(
    http: httpx.AsyncClient, chat: Chat, stand: Stand
) -> None:
    await post(http, chat, "раз")
    await stand.services.turns.drain()
    async with socket(stand, chat) as live:
        assert live.subprotocol == "insurance-chat.v1"
        past = await frames(live, 2)
        await post(http, chat, "два")
        present = await frames(live, 2)
    seen = [frame["message"]["text"] for frame in past + present]
    assert seen == ["раз", "Эхо: раз", "два", "Эхо: два"]
    assert [frame["seq"] for frame in past + present] == [1, 2, 3, 4]


async def test_a_frame_holds_the_same_message_as_the_list(
    http: httpx.AsyncClient, chat: Chat, stand: Stand
) -> None:
    await post(http, chat, "раз")
    async with socket(stand, chat) as live:
        frame = (await frames(live, 1))[0]
    page = (await http.get(f"/v1/chat/sessions/{chat.id}/messages", headers=chat.headers)).json()
    assert frame["message"] == page["items"][0]


async def test_a_burst_while_reconnecting_leaves_no_gap_and_no_repeat(
    http: httpx.AsyncClient, chat: Chat, stand: Stand
) -> None:
    async def burst() -> None:
        for number in range(40):
            await post(http, chat, str(number))

    async def read() -> list[dict[str, Any]]:
        seen: list[dict[str, Any]] = []
        while len([frame for frame in seen if frame["message"]["sender"] == "user"]) < 40:
            cursor = seen[-1]["seq"] if seen else 0
            async with socket(stand, chat, cursor) as live:
                seen += await frames(live, 2)
        return seen

    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        group.create_task(burst())
        reading = group.create_task(read())
    seen = [frame["seq"] for frame in reading.result()]
    assert seen == list(range(1, len(seen) + 1))


async def test_the_state_and_typing_are_shown(
    http: httpx.AsyncClient, chat: Chat, stand: Stand, admin: Staff
) -> None:
    as_agent = Chat(chat.id, admin.token)
    async with socket(stand, chat) as client, socket(stand, as_agent) as watcher:
        await client.send(json.dumps({"type": "typing"}))
        typing = json.loads(await asyncio.wait_for(watcher.recv(), 5))
        assert typing == {"type": "typing", "sender": "user", "expiresInMs": 4000}
        path = f"/v1/chat/sessions/{chat.id}/handover/request"
        await http.post(path, headers=chat.headers)
        state, message = await frames(client, 2)
        assert state == {"type": "state", "seq": 1, "state": "handover_requested"}
        assert message["message"]["sender"] == "system"


async def test_the_assistant_is_seen_typing_while_it_thinks(
    http: httpx.AsyncClient, chat: Chat, stand: Stand
) -> None:
    async with socket(stand, chat) as live:
        await post(http, chat, "раз")
        kinds = [json.loads(await asyncio.wait_for(live.recv(), 5))["type"] for _ in range(2)]
    assert "message" in kinds


async def test_nonsense_from_the_client_does_not_break_the_socket(
    http: httpx.AsyncClient, chat: Chat, stand: Stand
) -> None:
    async with socket(stand, chat) as live:
        for nonsense in ("", "{", "[]", '{"type": 5}', "[" * 3000, "x" * 100_000):
            await live.send(nonsense)
        await live.send(b"\x00\xff")
        await post(http, chat, "раз")
        assert (await frames(live, 1))[0]["message"]["text"] == "раз"


@pytest.mark.parametrize(("token", "status"), [("wrong", 401), ("", 401)])
async def test_a_socket_without_a_good_token_is_refused(
    stand: Stand, chat: Chat, token: str, status: int
) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with socket(stand, Chat(chat.id, token or "-")):
            pass
    assert refused.value.response.status_code == status


async def test_a_socket_of_another_chat_is_not_found(
    http: httpx.AsyncClient, stand: Stand, chat: Chat
) -> None:
    other = await open_chat(http)
    with pytest.raises(InvalidStatus) as refused:
        async with socket(stand, Chat(chat.id, other.token)):
            pass
    assert refused.value.response.status_code == 404


async def events(response: httpx.Response, count: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    async for line in response.aiter_lines():
        if line.startswith("data: "):
            frame = json.loads(line.removeprefix("data: "))
            found += [frame] if "seq" in frame else []
        if len(found) == count:
            break
    return found


async def test_server_sent_events_go_on_from_the_last_event(
    http: httpx.AsyncClient, chat: Chat, stand: Stand
) -> None:
    await post(http, chat, "раз")
    await stand.services.turns.drain()
    path = f"/v1/chat/sessions/{chat.id}/events"
    async with http.stream("GET", path, headers=chat.headers) as live:
        assert live.headers["content-type"].startswith("text/event-stream")
        first = await events(live, 1)
    headers = {**chat.headers, "Last-Event-ID": str(first[0]["seq"])}
    async with http.stream("GET", f"{path}?cursor=0", headers=headers) as live:
        second = await events(live, 1)
    assert [frame["seq"] for frame in first + second] == [1, 2]
    async with http.stream("GET", f"{path}?cursor=1&token={chat.token}") as live:
        assert (await events(live, 1))[0]["seq"] == 2


async def test_server_sent_events_of_another_chat_are_not_found(
    http: httpx.AsyncClient, chat: Chat
) -> None:
    other = await open_chat(http)
    path = f"/v1/chat/sessions/{chat.id}/events"
    assert (await http.get(path)).status_code == 401
    assert (await http.get(path, headers=other.headers)).status_code == 404
    assert (await http.get(f"{path}?cursor=x", headers=chat.headers)).status_code == 422
