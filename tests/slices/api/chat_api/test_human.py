"""A human leads the chat, and the socket over which all of it comes by itself."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import uuid4

import httpx
import websockets

from insurance_chat.api.chat.shown import WITH_AGENT
from tests.slices.api.chat_api.conftest import Door, Patient, session_of
from tests.slices.api.conftest import Staff, Stand

JOINED = "К чату подключился агент Пётр Иванов."


async def _as_agent(http: httpx.AsyncClient, agent: Staff, session: str, text: str) -> None:
    body = {"sessionId": session, "sender": "agent", "text": text}
    answer = await http.post("/v1/chat/messages", json=body, headers=agent.headers)
    assert answer.status_code == 201, answer.text


async def test_the_reply_says_that_a_human_leads_and_the_next_call_brings_their_words(
    api: httpx.AsyncClient, stand: Stand, thread: str
) -> None:
    agent = await stand.staff("admin")
    await api.post("/api/chat", json={"message": "Раз", "thread_id": thread})
    session = await session_of(stand)
    await _as_agent(api, agent, session, "Здравствуйте, это Пётр.")
    asked = {"message": "Кто вы?", "thread_id": thread, "message_id": "q"}
    body = (await api.post("/api/chat", json=asked)).json()
    assert body["response"] == f"{JOINED}\n\nЗдравствуйте, это Пётр."
    assert (body["state"], body["success"]) == ("with_agent", True)
    assert body["agent_name"]
    assert [one["sender"] for one in body["messages"]] == ["system", "agent"]
    quiet = (await api.post("/api/chat", json={"message": "Ау", "thread_id": thread})).json()
    assert (quiet["response"], quiet["messages"]) == (WITH_AGENT, [])
    await _as_agent(api, agent, session, "Отвечаю.")
    news = (await api.get("/api/chat", params={"thread_id": thread})).json()
    assert news["response"] == "Отвечаю."
    again = (await api.post("/api/chat", json=asked)).json()
    assert again["response"] == body["response"]
    done = await api.post(f"/v1/chat/sessions/{session}/handover/release", headers=agent.headers)
    assert done.status_code == 200, done.text
    after = (await api.post("/api/chat", json={"message": "Два", "thread_id": thread})).json()
    assert after["response"].endswith("Эхо: Два")
    assert after["agent_name"] is None


async def test_a_human_who_takes_the_chat_ends_the_wait(
    api: httpx.AsyncClient, stand: Stand, patient: Patient, thread: str
) -> None:
    agent = await stand.staff("admin")
    asked = {"message": "Раз", "thread_id": thread}
    async with asyncio.TaskGroup() as group:
        call = group.create_task(api.post("/api/chat", json=asked))
        await patient.thinks.wait()
        await _as_agent(api, agent, await session_of(stand), "Я отвечу.")
    assert call.result().json()["response"] == f"{JOINED}\n\nЯ отвечу."


async def test_a_stream_without_a_message_is_the_live_feed(
    api: httpx.AsyncClient, stand: Stand, thread: str
) -> None:
    agent = await stand.staff("admin")
    await api.post("/api/chat", json={"message": "Раз", "thread_id": thread})
    session = await session_of(stand)
    seen: list[dict[str, Any]] = []
    place = ""
    async with api.stream("GET", "/api/chat/stream", params={"thread_id": thread}) as feed:
        async for line in feed.aiter_lines():
            if line.startswith("id: "):
                place = line[4:]
            if not line.startswith("data: "):
                continue
            seen.append(json.loads(line[6:]))
            if len(seen) == 1:
                await _as_agent(api, agent, session, "Добрый день. Слушаю.")
            if seen[-1]["type"] == "done":
                break
    said = "".join(one["content"] for one in seen if one["type"] == "chunk")
    assert said == f"{JOINED}\n\nДобрый день. Слушаю."
    assert {one.get("state") for one in seen if one["type"] == "metadata"} == {"qa", "with_agent"}
    await _as_agent(api, agent, session, "Ещё.")
    headers = {"Last-Event-ID": place}
    params = {"thread_id": thread}
    async with api.stream("GET", "/api/chat/stream", params=params, headers=headers) as feed:
        async for line in feed.aiter_lines():
            if line.startswith("data: ") and '"done"' in line:
                assert json.loads(line[6:])["response"] == "Ещё."
                break


async def _until(socket: Any, kind: str) -> dict[str, Any]:
    while True:
        event: dict[str, Any] = json.loads(await socket.recv())
        if event["type"] == kind:
            return event


async def test_a_socket_carries_both_ways(
    api: httpx.AsyncClient, door: Door, stand: Stand, thread: str
) -> None:
    agent = await stand.staff("admin")
    address = f"ws{door.url.removeprefix('http')}/api/chat/ws?thread_id={thread}"
    async with websockets.connect(address, proxy=None) as socket:
        told = await _until(socket, "metadata")
        assert (told["thread_id"], told["state"]) == (thread, "qa")
        await socket.send(json.dumps({"message": "Раз. Два.", "message_id": "one"}))
        assert (await _until(socket, "chunk"))["content"] == "Эхо: Раз. "
        assert (await _until(socket, "done"))["response"] == "Эхо: Раз. Два."
        for wrong in ("", "{", "[]", '{"message": " "}', '{"message": 1}'):
            await socket.send(wrong)
            assert (await _until(socket, "error"))["code"] == "validation_error"
        await socket.send(json.dumps({"message": "Раз. Два.", "message_id": "one"}))
        await _as_agent(api, agent, await session_of(stand), "Это человек.")
        assert (await _until(socket, "done"))["response"] == f"{JOINED}\n\nЭто человек."
    # What came over the socket does not come again.
    assert (await api.get("/api/chat", params={"thread_id": thread})).json()["messages"] == []


async def test_a_socket_without_a_name_makes_a_thread(door: Door, api: httpx.AsyncClient) -> None:
    address = f"ws{door.url.removeprefix('http')}/api/chat/ws"
    async with websockets.connect(address, proxy=None) as socket:
        thread = (await _until(socket, "metadata"))["thread_id"]
        await socket.send(json.dumps({"message": uuid4().hex}))
        await _until(socket, "done")
    assert (await api.get("/api/chat", params={"thread_id": thread})).status_code == 200
